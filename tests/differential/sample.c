// SPDX-License-Identifier: Apache-2.0
#include "sample.h"
#include "expression.h"
#include "base/hash.h"
#include "base/macro.h"
#include "random.h"
#include "tracing/resolve.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of enum exec_ns, as policies and as /proc name them. */
static const struct {
	const char *name, *file;
	enum exec_ns ns;
} namespaces[] = {
	{"Uts", "uts", EXEC_NS_UTS},          {"Ipc", "ipc", EXEC_NS_IPC},
	{"Mnt", "mnt", EXEC_NS_MNT},          {"Net", "net", EXEC_NS_NET},
	{"Cgroup", "cgroup", EXEC_NS_CGROUP}, {"User", "user", EXEC_NS_USER},
};

static char image[PATH_MAX];

static uint64_t capability_set(const char *status, const char *name)
{
	const char *at = strstr(status, name);

	return at ? strtoull(at + strlen(name), NULL, 16) : 0;
}

/* Those that end with NULL. Returns how many they are. */
static size_t list_strings(char *const *from, const struct bytes **ret)
{
	struct bytes *v;
	size_t n = 0;

	while (from[n])
		n++;
	v = calloc(n + 1, sizeof(*v));
	if (!v)
		abort();
	for (size_t i = 0; i < n; i++)
		v[i] = (struct bytes){from[i], strlen(from[i])};
	*ret = v;
	return n;
}

void subject_of_this_process(struct subject *ret, char *const *argv, uint32_t pid, uint32_t nspid)
{
	char status[8192] = "";
	FILE *f = fopen("/proc/thread-self/status", "re");
	ssize_t n = readlink("/proc/self/exe", image, sizeof(image) - 1);

	if (!f || n < 0 || !fread(status, 1, sizeof(status) - 1, f))
		abort();
	fclose(f);
	*ret = (struct subject){.pid = pid, .nspid = nspid};
	ret->image = (struct bytes){image, (size_t)n};
	ret->n_strings[0] = list_strings(argv, &ret->strings[0]);
	ret->n_strings[1] = list_strings(environ, &ret->strings[1]);
	if (getresuid(&ret->users[1], &ret->users[0], &ret->users[2]) < 0)
		abort();
	ret->users[3] = ret->users[0];
	ret->capabilities[0] = capability_set(status, "CapEff:");
	ret->capabilities[1] = capability_set(status, "CapInh:");
	ret->capabilities[2] = capability_set(status, "CapPrm:");
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		char path[64], link[64] = "";

		snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i].file);
		if (readlink(path, link, sizeof(link) - 1) > 0 && strchr(link, '['))
			ret->namespaces[namespaces[i].ns] =
				(uint32_t)strtoul(strchr(link, '[') + 1, NULL, 10);
	}
}

/* --- policies */

static void append_args(struct sample *s)
{
	str_append_lit(&s->text, "    args:\n");
	for (size_t i = 0; i < ARGS; i++) {
		const struct type *type = &types[pick((uint32_t)n_types)];
		bool behind = i && type_is_sized(s->values[i - 1]);

		/* The size of a buffer is what stands behind it. */
		if (i == ARGS - 1)
			while (type_is_sized(type))
				type = &types[pick((uint32_t)n_types)];
		if (behind)
			for (type = types; strcmp(type->name, "size_t") != 0;)
				type++;
		s->values[i] = type;
		str_appendf(&s->text, "    - {index: %zu, type: %s", i, type->name);
		if (type_is_sized(type))
			str_appendf(&s->text, ", sizeArgIndex: %zu", i + 2);
		str_append_lit(&s->text, "}\n");
	}
}

static void append_data(struct sample *s)
{
	if (pick(3) == 0)
		return;
	str_append_lit(&s->text, "    data:\n");
	for (; s->n_data < DATA; s->n_data++) {
		s->values[ARGS + s->n_data] = current_type(s->n_data);
		current_append_data(s->n_data, &s->text);
	}
}

static void append_match_data(struct sample *s)
{
	str_append_lit(&s->text, "      matchData:\n");
	for (uint32_t n = 1 + pick(2); n; n--) {
		size_t i = pick(DATA);

		str_appendf(&s->text, "      - {index: %zu, ", i);
		type_append_match(s->values[ARGS + i], &s->text);
		str_append_lit(&s->text, "}\n");
	}
}

static void append_match_args(struct sample *s)
{
	str_append_lit(&s->text, "      matchArgs:\n");
	for (uint32_t n = 1 + pick(3); n; n--) {
		size_t i = pick(ARGS);

		while (s->values[i]->family == FAMILY_VECTOR)
			i = pick(ARGS);
		if (pick(5) == 0) {
			str_append_lit(&s->text, "      - {operator: CelExpr, values: [\"");
			append_expression(s->values, &s->text);
			str_append_lit(&s->text, "\"]}\n");
			continue;
		}

		str_appendf(&s->text, "      - {index: %zu, ", i);
		type_append_match(s->values[i], &s->text);
		str_append_lit(&s->text, "}\n");
	}
}

static void append_pids(struct str *out, const struct subject *subject)
{
	bool inner = pick(2);

	str_appendf(out,
		    "      matchPIDs: [{operator: %s, isNamespacePID: %s, followForks: %s, "
		    "values: [1234567, %u]}]\n",
		    pick(2) ? "In" : "NotIn", inner ? "true" : "false", pick(2) ? "true" : "false",
		    pick(2) ? inner ? subject->nspid : subject->pid : 1234568);
}

static void append_binaries(struct str *out, const struct subject *subject)
{
	static const char *const operators[] = {"In",        "NotIn",   "Prefix",
						"NotPrefix", "Postfix", "NotPostfix"};
	size_t kind = pick(ARRAY_SIZE(operators)), len = subject->image.len, from = 0;

	if (kind >= 4)
		from = pick((uint32_t)len);
	else if (kind >= 2)
		len = 1 + pick((uint32_t)len);
	str_appendf(
		out, "      matchBinaries: [{operator: %s, values: [\"/bin/true\", \"%.*s%s\"]}]\n",
		operators[kind], (int)(len - from), subject->image.s + from, pick(2) ? "" : "?");
}

static void append_namespaces(struct str *out, const struct subject *subject)
{
	size_t i = pick(ARRAY_SIZE(namespaces));

	str_appendf(
		out,
		"      matchNamespaces: [{namespace: %s, operator: %s, values: [\"1\", \"%u\"]}]\n",
		namespaces[i].name, pick(2) ? "In" : "NotIn",
		subject->namespaces[namespaces[i].ns] + pick(2));
}

static void append_capabilities(struct str *out, const struct subject *subject)
{
	static const char *const sets[] = {"Effective", "Inheritable", "Permitted"};
	static const char *const names[] = {"CAP_CHOWN", "CAP_SYS_ADMIN", "CAP_BPF", "CAP_SYSLOG"};

	str_appendf(out, "      matchCapabilities: [{type: %s, operator: %s, values: [\"%s\"]}]\n",
		    PICK(sets), pick(2) ? "In" : "NotIn", PICK(names));
}

static void append_users(struct str *out, const struct subject *subject)
{
	static const char *const kinds[] = {"Effective", "Real", "Saved", "Filesystem"};
	size_t i = pick(ARRAY_SIZE(kinds));

	str_appendf(out,
		    "      matchUsers: [{type: %s, operator: %s, values: [\"%u\", \"7:99\"]}]\n",
		    kinds[i], pick(2) ? "In" : "NotIn", subject->users[i] + pick(2));
}

/* Of its arguments, or of the names of its variables. */
static void append_strings(struct str *out, const struct subject *subject)
{
	static const char *const operators[] = {"Equal",     "NotEqual",    "Prefix",
						"NotPrefix", "Postfix",     "NotPostfix",
						"SubString", "NotSubString"};
	uint32_t i = pick((uint32_t)subject->n_strings[0] + 1);
	const struct bytes *word = &subject->strings[0][pick((uint32_t)subject->n_strings[0])];

	if (pick(4) == 0) {
		str_appendf(out, "      matchEnvironment: [{name: %s, operator: %s}]\n",
			    pick(2) ? "PATH" : "NO_SUCH_NAME", pick(2) ? "Exists" : "DoesNotExist");
		return;
	}
	str_append_lit(out, "      matchArguments: [{");
	if (pick(2))
		str_appendf(out, "index: %u, ", i);
	str_appendf(out, "operator: %s, values: [\"%.*s\", \"%s\"]}]\n", PICK(operators),
		    (int)(word->len - pick(2) * word->len / 2), word->s, PICK(words));
}

/* Around what is returned. */
static void append_return(struct str *out, int returns)
{
	static const char *const operators[] = {"Equal", "NotEqual", "GT", "LT", "InRange"};
	size_t kind = pick(ARRAY_SIZE(operators));
	int v = returns - 1 + (int)pick(3);

	str_appendf(out, "      matchReturnArgs: [{index: 0, operator: %s, values: [\"%d%s\"",
		    operators[kind], v, kind == 4 ? ":-1" : "");
	if (kind < 2)
		str_appendf(out, ", \"%d\"", (int)pick(3));
	str_append_lit(out, "]}]\n");
	if (pick(4) == 0)
		str_append_lit(out, "      matchReturnActions: [{action: NoPost}]\n");
}

static void append_action(struct sample *s, size_t selector, bool quiet)
{
	bool limit = !quiet && pick(3) == 0;

	str_appendf(&s->text, "    - matchActions: [{action: %s", quiet ? "NoPost" : "Post");
	if (limit)
		limit_append(&s->limit[selector], s->values, ARGS, ARGS + s->n_data, &s->text);
	str_append_lit(&s->text, "}]\n");
	s->limits |= limit;
}

static void append_selectors(struct sample *s, int returns, const struct subject *subject)
{
	static void (*const of_process[])(struct str *, const struct subject *) = {
		append_pids,         append_binaries, append_namespaces,
		append_capabilities, append_users,    append_strings};
	uint32_t n = pick(SELECTORS + 1);

	if (n)
		str_append_lit(&s->text, "    selectors:\n");
	for (uint32_t i = 0; i < n; i++) {
		uint32_t quiet = pick(5) == 0, process = pick(3) == 0;

		append_action(s, i, quiet);
		if (pick(8))
			append_match_args(s);
		if (s->n_data && pick(3) == 0)
			append_match_data(s);
		if (process)
			PICK(of_process)(&s->text, subject);
		if (s->returns && pick(2))
			append_return(&s->text, returns);
	}
}

static void print_findings(const struct sample *s, struct diagnostics *diags)
{
	struct str text = STR_INIT;

	for (size_t i = 0; i < diags->n; i++)
		finding_text(diags->v[i], &text);
	fprintf(stderr, "this policy is refused:\n%s\n%s\n", str_cstr((struct str *)&s->text),
		str_cstr(&text));
	str_free(&text);
}

static int plan_sample(struct sample *s, struct kernel_functions *functions, uint32_t number,
		       struct diagnostics *diags)
{
	static const struct resolve_site nowhere;
	const struct plan_facts facts = {0};
	const struct policy_hook *hook = &s->policies.v[0]->spec.hooks[HOOK_KPROBE].v[0];
	int r = 0;

	if (policy_resolves(hook))
		r = policy_resolve(functions, &nowhere, &s->arena, s->policies.v[0], diags, &hook);
	if (r >= 0)
		r = plan_make(hook, &facts, &s->arena, diags, &s->plan);
	return r < 0 ? r : plan_number(&s->plan, number, &s->arena);
}

int sample_make(struct sample *s, const char *call, int returns, const struct subject *subject,
		struct kernel_functions *functions, uint32_t number)
{
	struct diagnostics diags = DIAGNOSTICS_INIT;
	int r;

	*s = (struct sample){0};
	str_appendf(
		&s->text,
		"apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\n"
		"metadata: {name: random}\nspec:\n  kprobes:\n  - call: %s\n    syscall: true\n",
		call);
	s->returns = returns && pick(3) == 0;
	if (s->returns)
		str_append_lit(&s->text,
			       "    return: true\n    returnArg: {index: 0, type: int}\n");
	append_args(s);
	append_data(s);
	append_selectors(s, returns, subject);
	r = policies_read(&s->policies, &diags, "random", s->text.data, s->text.len);
	if (r == 0 && s->policies.n == 1)
		r = plan_sample(s, functions, number, &diags);
	if (r < 0 || s->policies.n != 1) {
		print_findings(s, &diags);
		r = r < 0 ? r : -EINVAL;
	}
	diagnostics_done(&diags);
	return r;
}

void sample_done(struct sample *s)
{
	policies_done(&s->policies);
	arena_done(&s->arena);
	str_free(&s->text);
	free(s->limited);
}

/* --- events */

void sample_event(const struct sample *s, struct event *event)
{
	for (size_t i = 0; i < ARGS; i++) {
		uint64_t size = 0;

		if (i && type_is_sized(s->values[i - 1]))
			continue; /* that said what it is */
		event->args[i] = type_argument(s->values[i], i, &size, &event->told[i]);
		if (!type_is_sized(s->values[i]))
			continue;
		event->args[i + 1] = size;
		event->told[i + 1] = (struct told){.number = size, .size = sizeof(size)};
		memcpy(event->told[i + 1].bytes, &size, sizeof(size));
	}
	for (size_t i = 0; i < s->n_data; i++)
		current_change(i, &event->told[ARGS + i]);
}

/* Whether the same was told before; remembers it. */
static bool is_limited(struct sample *s, const struct event *event, int selector)
{
	const uint64_t same[] = {(uint64_t)selector,
				 limit_hash(&s->limit[selector], event->told, ARGS + s->n_data)};
	uint64_t hash = hash_bytes(same, sizeof(same)), *v;

	for (size_t i = 0; i < s->n_limited; i++)
		if (s->limited[i] == hash)
			return true;
	v = reallocarray(s->limited, s->n_limited + 1, sizeof(*v));
	if (!v)
		abort();
	s->limited = v;
	v[s->n_limited++] = hash;
	return false;
}

int sample_evaluate(struct sample *s, const struct event *event, const struct subject *subject,
		    bool *posted)
{
	struct value values[ARGS + DATA] = {0};
	const struct plan_actions *actions;
	int selector;

	for (size_t i = 0; i < ARGS + s->n_data; i++) {
		const struct told *told = &event->told[i];

		values[i].fault = told->fault || told->lost;
		if (s->values[i]->family == FAMILY_NUMBER)
			values[i].number = told->number;
		else
			values[i].string = (struct bytes){
				told->bytes, told->size - (s->values[i]->family == FAMILY_STRING ||
							   s->values[i]->family == FAMILY_FILE)};
	}
	selector = evaluate(&s->plan, values, subject);
	*posted = selector != NO_SELECTOR;
	if (!*posted || !s->plan.n_selectors)
		return selector;
	actions = &s->plan.selectors[selector].actions;
	*posted = actions->post && !(actions->n_limits && is_limited(s, event, selector));
	return selector;
}

bool sample_evaluate_return(const struct sample *s, int selector, int returned)
{
	const struct value value = {.number = (uint64_t)(int64_t)returned};

	return evaluate_return(&s->plan, selector, &value);
}
