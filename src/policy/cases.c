// SPDX-License-Identifier: Apache-2.0
#include "policy/cases.h"
#include "base/number.h"
#include "policy/action.h"
#include "policy/alloc.h"
#include "policy/yaml_reader.h"

#include <errno.h>
#include <string.h>

#define SECONDS_DEFAULT 10
#define MISTAKES_MAX 3

struct reading {
	struct policy_cases *cases;
	struct diagnostics *diags;
	/* Where the text of the annotation is, in the file. */
	struct mark whole, begins;
	bool is_block;   /* its lines are those of the file, below its "|" … */
	unsigned indent; /* … behind so many columns */
};

/* Of what is no block only the first line is where it seems to be. */
static struct mark place(const struct reading *r, struct mark in)
{
	if (r->is_block)
		return (struct mark){r->whole.line + in.line, r->indent + in.column};
	return mark_within(r->whole, r->begins, in.line, in.column);
}

/* That of the first line below this one that has anything in it. */
static unsigned indent_below(const struct policy *policy, unsigned line)
{
	size_t len = policy->text ? strlen(policy->text) : 0;
	size_t at = yaml_line(policy->text, len, 0, line + 1 - policy->text_line);
	unsigned n = 0;

	while (at < len && strspn(policy->text + at, " ") == strcspn(policy->text + at, "\n"))
		at = yaml_line(policy->text, len, at, 1);
	while (at + n < len && policy->text[at + n] == ' ')
		n++;
	return n;
}

static struct finding *complain(const struct reading *r, const struct node *node, const char *what)
{
	return diagnose_error(r->diags, place(r, node->mark), "%s", what);
}

/* --- members of a case */

typedef void member_fn(const struct reading *r, const struct node *node, struct policy_case *to);

static const char *text_of(const struct reading *r, const struct node *node)
{
	return alloc_text(&r->cases->arena, node->text, node->len);
}

static void set_name(const struct reading *r, const struct node *node, struct policy_case *to)
{
	to->name = text_of(r, node);
}

static void set_run(const struct reading *r, const struct node *node, struct policy_case *to)
{
	if (!node->len || memchr(node->text, '\0', node->len))
		complain(r, node, "\"run\" is no command");
	to->run = text_of(r, node);
}

static bool read_count(const char *s, size_t len, uint64_t *ret)
{
	return number_read_digits(s, len, 10, ret) == 0;
}

/* "3", "1..", "..4", "2..4" */
static void set_expect(const struct reading *r, const struct node *node, struct policy_case *to)
{
	const char *dots = memmem(node->text, node->len, "..", 2);
	size_t low = dots ? (size_t)(dots - node->text) : node->len;
	size_t high = dots ? node->len - low - 2 : 0;
	bool good;

	to->min = 0;
	to->max = UINT64_MAX;
	good = dots && !low ? high > 0 : read_count(node->text, low, &to->min);
	if (!dots)
		to->max = to->min;
	else if (high)
		good = good && read_count(dots + 2, high, &to->max);
	if (!good || to->min > to->max)
		finding_remedy(complain(r, node, "\"expect\" is not a number of events"),
			       "write how many, such as 0, 1, 1.. for some, ..3 or 2..4");
}

static void set_action(const struct reading *r, const struct node *node, struct policy_case *to)
{
	struct suggest suggest;

	suggest_init(&suggest, node->text, node->len, MISTAKES_MAX);
	for (size_t i = 0; action_at(i); i++) {
		suggest_offer(&suggest, action_at(i)->name);
		if (strcmp(action_at(i)->name, node->text) != 0)
			continue;
		/* In events 0 is none that is known. */
		to->action = (int)action_at(i)->number + 1;
		return;
	}
	finding_suggest(complain(r, node, "this is not an action"), &suggest);
}

static void set_seconds(const struct reading *r, const struct node *node, struct policy_case *to)
{
	if (!read_count(node->text, node->len, &to->seconds) || !to->seconds ||
	    to->seconds > POLICY_CASE_SECONDS_MAX)
		finding_remedy(complain(r, node, "\"seconds\" is not a time"),
			       "write a number from 1 to %d", POLICY_CASE_SECONDS_MAX);
}

static const struct {
	const char *name;
	member_fn *set;
} members[] = {
	{"name", set_name},     {"run", set_run},         {"expect", set_expect},
	{"action", set_action}, {"seconds", set_seconds},
};

/* --- */

static void set_member(const struct reading *r, const struct node_entry *entry,
		       struct policy_case *to)
{
	struct suggest suggest;
	struct finding *finding;

	suggest_init(&suggest, entry->key->text, entry->key->len, MISTAKES_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
		suggest_offer(&suggest, members[i].name);
		if (strcmp(entry->key->text, members[i].name) != 0)
			continue;
		if (entry->value->kind == NODE_SCALAR)
			members[i].set(r, entry->value, to);
		else
			complain(r, entry->value, "this is not a word");
		return;
	}
	finding = complain(r, entry->key, "a test has no such field");
	if (!finding_suggest(finding, &suggest))
		finding_remedy(finding, "its fields are: name, run, expect, action, seconds");
}

static void read_case(const struct reading *r, const struct node *node, struct policy_case *to)
{
	*to = (struct policy_case){
		.min = 1, .max = UINT64_MAX, .action = -1, .seconds = SECONDS_DEFAULT};
	if (node->kind != NODE_MAPPING) {
		complain(r, node, "this is not a test");
		return;
	}
	for (size_t i = 0; i < node->n; i++)
		set_member(r, &node->entries[i], to);
	if (!to->run)
		complain(r, node, "a test has to have a command to \"run\"");
	if (!to->name)
		to->name = to->run;
}

static int read_list(const struct reading *r, const struct node *root)
{
	struct policy_cases *cases = r->cases;

	if (root->kind != NODE_SEQUENCE || root->n > POLICY_CASES_MAX) {
		finding_remedy(complain(r, root, "this is not a list of tests"),
			       "write at most %d, such as \"- {run: cat /etc/hosts, expect: 1}\"",
			       POLICY_CASES_MAX);
		return 0;
	}
	cases->v = arena_alloc(&cases->arena, (root->n + 1) * sizeof(*cases->v));
	if (!cases->v)
		return -ENOMEM;
	for (size_t i = 0; i < root->n; i++)
		read_case(r, root->items[i], &cases->v[cases->n++]);
	return 0;
}

/* What YAML is wrong has its place in the annotation. */
static void take_over(const struct reading *r, const struct diagnostics *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct finding *f = from->v[i];
		struct finding *to =
			diagnose(r->diags, f->severity, place(r, f->mark), "%s", f->what);

		if (f->remedy)
			finding_remedy(to, "%s", f->remedy);
	}
}

static int read_text(const struct reading *r, const struct policy_text *text)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_yaml_reader_ struct yaml_reader reader;
	const struct node *root = NULL;
	int n;

	yaml_reader_init(&reader, &diags, text->s, text->len);
	n = yaml_read(&reader, &r->cases->arena, &root);
	take_over(r, &diags);
	if (n == -ENOMEM || r->cases->arena.failed)
		return -ENOMEM;
	return n > 0 && !diags.mistakes ? read_list(r, root) : 0;
}

int policy_cases_read(struct policy_cases *cases, const struct policy *policy,
		      struct diagnostics *diags)
{
	const struct policy_pairs *annotations = &policy->metadata.annotations;
	int r = 0;

	diagnostics_file(diags, policy->file);
	for (size_t i = 0; i < annotations->n && r >= 0; i++) {
		const struct policy_pair *pair = &annotations->v[i];
		struct reading reading = {
			.cases = cases,
			.diags = diags,
			.whole = pair->value.mark,
			.begins = pair->value.inside,
			.is_block = !pair->value.inside.line && strchr(pair->value.s, '\n'),
		};

		if (strcmp(pair->key.s, POLICY_CASES) != 0)
			continue;
		if (reading.is_block)
			reading.indent = indent_below(policy, reading.whole.line);
		r = read_text(&reading, &pair->value);
	}
	diagnostics_file(diags, NULL);
	return r;
}

void policy_cases_done(struct policy_cases *cases)
{
	arena_done(&cases->arena);
	*cases = POLICY_CASES_INIT;
}
