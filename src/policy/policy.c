// SPDX-License-Identifier: Apache-2.0
#include "policy/policy.h"

#include "base/hash.h"
#include "base/macro.h"
#include "policy/check.h"
#include "policy/decode.h"
#include "policy/yaml_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MISTAKES_MAX 3

/* In a file: each takes memory of its own, and is compared with the others. */
#define DOCUMENTS_MAX 1024

/* A policy with what it lives in. */
struct holder {
	struct arena arena;
	unsigned refs;
	struct policy policy;
};

static void holder_free(struct holder **holder)
{
	if (!*holder)
		return;
	if (--(*holder)->refs) {
		*holder = NULL;
		return;
	}
	arena_done(&(*holder)->arena);
	free(*holder);
	*holder = NULL;
}

void policy_free(struct policy **policy)
{
	struct holder *holder = *policy ? container_of(*policy, struct holder, policy) : NULL;

	holder_free(&holder);
	*policy = NULL;
}

struct policy *policy_ref(struct policy *policy)
{
	container_of(policy, struct holder, policy)->refs++;
	return policy;
}

/* What kind of policy the document is. */

static bool node_is(const struct node *node, const char *word)
{
	return node->kind == NODE_SCALAR && node->len == strlen(word) &&
	       !memcmp(node->text, word, node->len);
}

/* Returns whether the document has this string, and says so when it has none. */
static const struct node *need_string(struct diagnostics *diags, const struct node *root,
				      const char *name, const char *example)
{
	const struct node *node = node_get(root, name);
	struct finding *finding;

	if (node && node->kind == NODE_SCALAR)
		return node;
	finding = diagnose_error(diags, node ? node->mark : root->mark,
				 "the document does not say what it is: %s has no \"%s\"",
				 node ? "its" : "it", name);
	finding_remedy(finding, "a policy begins with %s", example);
	return NULL;
}

static int find_kind(struct diagnostics *diags, const struct node *root)
{
	const struct node *version, *kind;
	struct finding *finding;
	struct suggest suggest;

	if (root->kind != NODE_MAPPING) {
		finding = diagnose_error(diags, root->mark, "the document is %s, and no policy",
					 node_kind_name(root));
		finding_remedy(finding, "a policy begins with apiVersion: " POLICY_API_VERSION);
		return -1;
	}
	version = need_string(diags, root, "apiVersion", "apiVersion: " POLICY_API_VERSION);
	kind = need_string(diags, root, "kind", "kind: TracingPolicy");
	if (!version || !kind)
		return -1;
	if (!node_is(version, POLICY_API_VERSION)) {
		finding = diagnose_error(diags, version->mark,
					 "documents of apiVersion " QUOTED " are no policies",
					 QUOTE(version->text, version->len));
		finding_remedy(finding, "policies have apiVersion: " POLICY_API_VERSION);
		return -1;
	}
	suggest_init(&suggest, kind->text, kind->len, MISTAKES_MAX);
	for (int i = 0; i < POLICY_KINDS; i++) {
		if (node_is(kind, policy_kind_names[i]))
			return i;
		suggest_offer(&suggest, policy_kind_names[i]);
	}
	finding = diagnose_error(diags, kind->mark, "a " QUOTED " is no policy",
				 QUOTE(kind->text, kind->len));
	if (!finding_suggest(finding, &suggest))
		finding_remedy(finding, "policies are of kind %s or %s",
			       policy_kind_names[POLICY_CLUSTER],
			       policy_kind_names[POLICY_NAMESPACED]);
	return -1;
}

/* Documents. */

static int add(struct policies *policies, struct policy *policy)
{
	struct policy **grown;
	size_t cap;

	if (policies->n == policies->cap) {
		cap = policies->cap ? policies->cap * 2 : 8;
		grown = reallocarray(policies->v, cap, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		policies->v = grown;
		policies->cap = cap;
	}
	policies->v[policies->n++] = policy;
	return 0;
}

/* Makes a policy of a document; that it is a bad one shows in the count of mistakes. */
static void make(struct holder *holder, struct diagnostics *diags, const struct node *root)
{
	struct check check = {
		.builder = {.arena = &holder->arena, .diags = diags, .left = BUILDER_COST_MAX},
		.policy = &holder->policy,
	};
	int kind = find_kind(diags, root);

	if (kind < 0)
		return;
	holder->policy.kind = (enum policy_kind)kind;
	if (diags->file)
		holder->policy.file = alloc_text(&holder->arena, diags->file, strlen(diags->file));
	decode_object(&check.builder, &policy_objects[kind], root, &holder->policy);
	if (!check.builder.exhausted)
		check_policy(&check);
	holder->policy.settings.written_mode = holder->policy.settings.mode;
}

static bool is_known(const struct policies *policies, const struct policy *policy)
{
	const struct policy_metadata *m = &policy->metadata;

	for (size_t i = 0; i < policies->n; i++) {
		const struct policy_metadata *other = &policies->v[i]->metadata;

		if (policies->v[i]->kind == policy->kind && other->name.len == m->name.len &&
		    other->namespace.len == m->namespace.len &&
		    !memcmp(other->name.s, m->name.s, m->name.len) &&
		    !memcmp(other->namespace.s, m->namespace.s, m->namespace.len))
			return true;
	}
	return false;
}

/* Reads one document. Returns 0 at the end of the file. */
static int read_one(struct yaml_reader *reader, struct policies *policies, size_t *ret_documents)
{
	__attribute__((cleanup(holder_free))) struct holder *holder = calloc(1, sizeof(*holder));
	struct diagnostics *diags = reader->diags;
	const struct node *root;
	size_t mistakes = diags->mistakes;
	int r;

	if (!holder)
		return -ENOMEM;
	holder->refs = 1;
	r = yaml_read(reader, &holder->arena, &root);
	if (r == -ENOMEM || r == 0)
		return r;
	if (*ret_documents == DOCUMENTS_MAX) {
		diagnose_error(diags, (struct mark){0},
			       "the file has more than %d documents, which is the limit",
			       DOCUMENTS_MAX);
		return 0;
	}
	/* What is between two "---" may be nothing. */
	if (r > 0 && root->kind == NODE_NULL)
		return 1;
	++*ret_documents;
	if (r > 0)
		make(holder, diags, root);
	if (holder->arena.failed || diagnostics_failed(diags))
		return -ENOMEM;
	if (r < 0 || diags->mistakes > mistakes)
		return 1;
	if (is_known(policies, &holder->policy)) {
		diagnose_warning(
			diags, holder->policy.metadata.name.mark,
			"another policy of this kind has the name " QUOTED,
			QUOTE(holder->policy.metadata.name.s, holder->policy.metadata.name.len));
	}
	r = add(policies, &holder->policy);
	if (r == 0)
		holder = NULL;
	return r < 0 ? r : 1;
}

/* Where the text of the policy that was read last begins, which ends where the next document does.
 */
struct text_cut {
	const char *text;
	size_t len;
	size_t at;             /* of the document that was read last … */
	unsigned line;         /* … which is this one */
	struct policy *policy; /* NULL: it is none */
};

/* The document of the policy, if there is one, is over at @end. */
static int cut(struct text_cut *cut, size_t end)
{
	struct arena *arena;

	if (!cut->policy)
		return 0;
	arena = &container_of(cut->policy, struct holder, policy)->arena;
	cut->policy->text_line = cut->line;
	cut->policy->text = alloc_text(arena, cut->text + cut->at, end - cut->at);
	return cut->policy->text ? 0 : -ENOMEM;
}

/* Another document was read, @policy or no policy. */
static int cut_at(struct text_cut *c, unsigned line, struct policy *policy)
{
	size_t at = 0;
	int r;

	/* What is before the first one may say why it is there. */
	if (!c->line)
		line = 1;
	else
		at = yaml_line(c->text, c->len, c->at, MAX(line, c->line) - c->line);
	r = cut(c, at);
	c->at = at;
	c->line = MAX(line, c->line);
	c->policy = policy;
	return r;
}

int policies_read(struct policies *policies, struct diagnostics *diags, const char *file,
		  const char *text, size_t len)
{
	_cleanup_yaml_reader_ struct yaml_reader reader;
	struct text_cut text_cut = {.text = text, .len = len};
	size_t documents = 0, errors, first = policies->n, n;
	uint64_t digest;
	int r;

	diagnostics_file(diags, file);
	errors = diags->counts[SEVERITY_ERROR];
	yaml_reader_init(&reader, diags, text, len);
	do {
		n = policies->n;
		r = read_one(&reader, policies, &documents);
		if (r > 0 &&
		    cut_at(&text_cut, reader.begun, policies->n > n ? policies->v[n] : NULL) < 0)
			r = -ENOMEM;
	} while (r > 0);
	if (r == 0)
		r = cut(&text_cut, len);
	if (r == 0 && !documents && diags->counts[SEVERITY_ERROR] == errors)
		finding_remedy(diagnose_error(diags, (struct mark){0}, "there is no policy in it"),
			       "a policy begins with apiVersion: " POLICY_API_VERSION);
	diagnostics_file(diags, NULL);
	diagnostics_sort(diags);
	digest = hash_bytes(text, len);
	for (size_t i = first; i < policies->n; i++)
		policies->v[i]->digest = digest;
	return r;
}

struct policy *policies_take(struct policies *policies, size_t i)
{
	struct policy *policy = policies->v[i];

	memmove(policies->v + i, policies->v + i + 1, (policies->n - i - 1) * sizeof(*policies->v));
	policies->n--;
	return policy;
}

void policies_done(struct policies *policies)
{
	for (size_t i = 0; i < policies->n; i++)
		policy_free(&policies->v[i]);
	free(policies->v);
	*policies = POLICIES_INIT;
}
