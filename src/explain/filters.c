// SPDX-License-Identifier: Apache-2.0
#include "explain/parts.h"
#include "policy/operator.h"
#include "policy/vocabulary.h"

/* So many of the values are named, and so much of each. */
#define VALUES_NAMED 4
#define VALUE_NAMED 60

const char *explained_stage_name(enum explained_stage stage)
{
	static const char *const names[] = {
		[STAGE_AT_ONCE] = "before anything is read",
		[STAGE_ON_STACK] = "on the stack, where it is found",
		[STAGE_WHEN_READ] = "when it is read",
		[STAGE_PROCESS] = "of who makes the call",
		[STAGE_VERDICT] = "found out at the exec, one bit at the call",
		[STAGE_RETURNED] = "when the call returns",
	};

	return names[stage];
}

const char *explained_label(const struct explained_hook *hook, size_t selector)
{
	const struct policy_selectors *selectors = &hook->of->hook->selectors;
	bool has = selector < selectors->n && selectors->v[selector].label.len;

	return has ? selectors->v[selector].label.s : NULL;
}

struct writer {
	struct explanation *e;
	struct explained_hook *hook;
	size_t selector, cap;
};

static void append_values(struct str *out, const struct policy_texts *values)
{
	for (size_t i = 0; i < values->n && i < VALUES_NAMED; i++)
		str_appendf(out, "%s%.*s", i ? ", " : " ", VALUE_NAMED, values->v[i].s);
	if (values->n > VALUES_NAMED)
		str_appendf(out, " and %zu more", values->n - VALUES_NAMED);
}

static void add(struct writer *w, enum explained_stage stage, struct str *text)
{
	const char *kept = str_cstr(text) ? explain_format(&w->e->arena, "%s", text->data) : NULL;

	if (!kept || w->hook->n_filters == w->cap)
		return;
	w->hook->filters[w->hook->n_filters++] =
		(struct explained_filter){.selector = w->selector, .stage = stage, .text = kept};
}

/* --- of the process */

/* A filter as it is written: its name, what of the process, an operator, values. */
struct clause {
	enum explained_stage stage;
	const char *filter;
	const struct policy_choice *type; /* NULL: none */
	const struct vocabulary *types;
	const struct policy_choice *operator;
	const struct vocabulary *words; /* for the operator */
	const struct policy_texts *values;
	const char *more;
};

static void append_choice(struct str *out, const struct policy_choice *choice,
			  const struct vocabulary *words)
{
	if (choice && POLICY_CHOSEN(*choice))
		str_appendf(out, " %s", words->name((size_t)choice->v));
}

static void add_clause(struct writer *w, const struct clause *c)
{
	_cleanup_str_ struct str text = STR_INIT;

	str_append_z(&text, c->filter);
	append_choice(&text, c->type, c->types);
	append_choice(&text, c->operator, c->words);
	append_values(&text, c->values);
	str_append_z(&text, c->more ? c->more : "");
	add(w, c->stage, &text);
}

static void add_pids(struct writer *w, const struct policy_pid_matches *matches)
{
	for (size_t i = 0; i < matches->n; i++) {
		const struct policy_pid_match *m = &matches->v[i];
		_cleanup_str_ struct str text = STR_INIT;

		str_append_lit(&text, "matchPIDs");
		append_choice(&text, &m->operator, & in_operators);
		for (size_t j = 0; j < m->values.n && j < VALUES_NAMED; j++)
			str_appendf(&text, "%s%lld", j ? ", " : " ", (long long)m->values.v[j].v);
		if (m->values.n > VALUES_NAMED)
			str_appendf(&text, " and %zu more", m->values.n - VALUES_NAMED);
		str_append_z(&text, m->follow_forks.v ? " and what they fork" : "");
		add(w, m->follow_forks.v ? STAGE_VERDICT : STAGE_PROCESS, &text);
	}
}

static void add_binaries(struct writer *w, const char *filter,
			 const struct policy_binary_matches *matches)
{
	for (size_t i = 0; i < matches->n; i++) {
		const struct policy_binary_match *m = &matches->v[i];

		add_clause(w, &(struct clause){
				      .stage = STAGE_VERDICT,
				      .filter = filter,
				      .operator= & m->operator,
				      .words = & binary_operators,
				      .values = &m->values,
				      .more = m->follow_children.v ? " and their descendants" : "",
			      });
	}
}

static void add_namespaces(struct writer *w, const struct policy_selector *s)
{
	for (size_t i = 0; i < s->namespaces.n; i++) {
		const struct policy_namespace_match *m = &s->namespaces.v[i];

		add_clause(w, &(struct clause){
				      .stage = STAGE_PROCESS,
				      .filter = "matchNamespaces",
				      .type = &m->namespace,
				      .types = &namespace_kinds,
				      .operator= & m->operator,
				      .words = & in_operators,
				      .values = &m->values,
			      });
	}
	for (size_t i = 0; i < s->namespace_changes.n; i++) {
		const struct policy_namespace_change *m = &s->namespace_changes.v[i];

		add_clause(w, &(struct clause){
				      .stage = STAGE_PROCESS,
				      .filter = "matchNamespaceChanges",
				      .operator= & m->operator,
				      .words = & in_operators,
				      .values = &m->values,
			      });
	}
}

static void add_capabilities(struct writer *w, const char *filter,
			     const struct policy_capability_matches *matches)
{
	for (size_t i = 0; i < matches->n; i++) {
		const struct policy_capability_match *m = &matches->v[i];

		add_clause(w, &(struct clause){
				      .stage = STAGE_PROCESS,
				      .filter = filter,
				      .type = &m->type,
				      .types = &capability_sets,
				      .operator= & m->operator,
				      .words = & in_operators,
				      .values = &m->values,
			      });
	}
}

static void add_users(struct writer *w, const struct policy_user_matches *matches)
{
	for (size_t i = 0; i < matches->n; i++) {
		const struct policy_user_match *m = &matches->v[i];

		add_clause(w, &(struct clause){
				      .stage = STAGE_PROCESS,
				      .filter = "matchUsers",
				      .type = &m->type,
				      .types = &user_ids,
				      .operator= & m->operator,
				      .words = & in_operators,
				      .values = &m->values,
			      });
	}
}

static void add_strings(struct writer *w, const char *filter,
			const struct policy_string_matches *matches)
{
	for (size_t i = 0; i < matches->n; i++) {
		const struct policy_string_match *m = &matches->v[i];
		_cleanup_str_ struct str name = STR_INIT;

		str_append_z(&name, filter);
		if (m->name.len)
			str_appendf(&name, " %.*s", VALUE_NAMED, m->name.s);
		else if (POLICY_SET(m->index))
			str_appendf(&name, " %d", (int)m->index.v);
		add_clause(w, &(struct clause){
				      .stage = STAGE_VERDICT,
				      .filter = str_cstr(&name) ? name.data : filter,
				      .operator= & m->operator,
				      .words = & string_operators,
				      .values = &m->values,
			      });
	}
}

static void append_labels(struct str *to, const char *what, const struct policy_labels *labels)
{
	if (!labels)
		return;
	str_appendf(to, "%s ", what);
	for (size_t i = 0; i < labels->match_labels.n; i++)
		str_appendf(to, "%s=%.*s ", labels->match_labels.v[i].key.s, VALUE_NAMED,
			    labels->match_labels.v[i].value.s);
	for (size_t i = 0; i < labels->match_expressions.n; i++) {
		const struct policy_label_match *m = &labels->match_expressions.v[i];

		str_appendf(to, "%s %s", m->key.s, label_operators.name((unsigned)m->operator.v));
		append_values(to, &m->values);
		str_append_char(to, ' ');
	}
}

/* That of the policy is a filter of each selector. */
static void add_workloads(struct writer *w, const char *filter,
			  const struct policy_workloads *workloads)
{
	_cleanup_str_ struct str text = STR_INIT;
	struct workload_scope scope;
	bool containers;

	if (!workloads)
		return;
	containers = workload_scope_of(workloads, &scope);
	if (!containers && !scope.host)
		return;
	str_append_z(&text, filter);
	if (scope.namespace)
		str_appendf(&text, "namespace %s ", scope.namespace);
	append_labels(&text, "podSelector", scope.pods);
	append_labels(&text, "containerSelector", scope.containers);
	if (scope.host)
		str_appendf(&text, "%shostSelector: processes in no container",
			    containers ? "or " : "");
	while (text.len && text.data[text.len - 1] == ' ')
		text.len--;
	add(w, STAGE_PROCESS, &text);
}

static void add_processes(struct writer *w, const struct policy_selector *s)
{
	add_workloads(w, "matchWorkloads ", &s->workloads);
	add_pids(w, &s->pids);
	add_binaries(w, "matchBinaries", &s->binaries);
	add_binaries(w, "matchParentBinaries", &s->parent_binaries);
	add_namespaces(w, s);
	add_capabilities(w, "matchCapabilities", &s->capabilities);
	add_capabilities(w, "matchCapabilityChanges", &s->capability_changes);
	add_users(w, &s->users);
	add_strings(w, "matchArguments", &s->arguments);
	add_strings(w, "matchEnvironment", &s->environment);
}

/* --- of what it is called with */

static void add_match(struct writer *w, enum explained_stage stage, const char *filter,
		      const struct policy_arg_match *m, const char *of)
{
	const struct operator* op = operator_at((size_t)m->operator.v);
	_cleanup_str_ struct str text = STR_INIT;

	str_append_z(&text, filter);
	if (op->args && of)
		str_appendf(&text, " %s", of);
	str_appendf(&text, " %s", op->name);
	append_values(&text, &m->texts);
	add(w, stage, &text);
}

/* NULL: there is none, as of an expression that is about no argument. */
static const struct explained_value *value_at(const struct writer *w, size_t at)
{
	return at < w->hook->n_values ? &w->hook->values[at] : NULL;
}

static void add_matches(struct writer *w, const struct plan *plan, const struct policy_hook *hook,
			const struct policy_selector *s, const struct plan_selector *of)
{
	for (size_t i = 0; i < s->args.n; i++) {
		const struct explained_value *v = value_at(w, s->args.v[i].arg);

		add_match(w, (enum explained_stage)emit_stage(plan, &of->tests[i]), "matchArgs",
			  &s->args.v[i], v ? v->from : NULL);
	}
	for (size_t i = 0; i < s->data.n; i++) {
		const struct explained_value *v = value_at(w, hook->args.n + s->data.v[i].arg);

		add_match(w, (enum explained_stage)emit_stage(plan, &of->tests[s->args.n + i]),
			  "matchData", &s->data.v[i],
			  v && v->resolve ? v->resolve
			  : v             ? v->from
					  : NULL);
	}
	for (size_t i = 0; i < s->return_args.n; i++)
		add_match(w, STAGE_RETURNED, "matchReturnArgs", &s->return_args.v[i], NULL);
}

static size_t count(const struct policy_selector *s)
{
	return 1 + s->pids.n + s->binaries.n + s->parent_binaries.n + s->namespaces.n +
	       s->namespace_changes.n + s->capabilities.n + s->capability_changes.n + s->users.n +
	       s->arguments.n + s->environment.n + s->args.n + s->data.n + s->return_args.n;
}

void explain_filters(struct explanation *e, struct explained_hook *hook,
		     const struct policy_point *point)
{
	const struct policy_selectors *selectors = &point->hook->selectors;
	struct writer w = {.e = e, .hook = hook};

	w.cap = MAX(selectors->n, 1);
	for (size_t i = 0; i < selectors->n; i++)
		w.cap += count(&selectors->v[i]);
	hook->filters = explain_take(&e->arena, w.cap, sizeof(*hook->filters));
	if (!hook->filters || !hook->values)
		return;
	if (!selectors->n)
		add_workloads(&w, "", point->hook->scope);
	for (w.selector = 0; w.selector < selectors->n; w.selector++) {
		add_workloads(&w, "", point->hook->scope);
		add_processes(&w, &selectors->v[w.selector]);
		add_matches(&w, &point->plan, point->hook, &selectors->v[w.selector],
			    &point->plan.selectors[w.selector]);
	}
}
