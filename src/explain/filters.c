// SPDX-License-Identifier: Apache-2.0
#include "explain/parts.h"
#include "policy/operator.h"
#include "policy/vocabulary.h"

#include <stdio.h>

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

static void add_of_process(struct writer *w, enum explained_stage stage, const char *filter,
			   const struct policy_choice *type, const struct vocabulary *types,
			   const struct policy_choice *operator, const struct vocabulary * known,
			   const struct policy_texts *values)
{
	_cleanup_str_ struct str text = STR_INIT;

	str_append_z(&text, filter);
	if (type && POLICY_CHOSEN(*type))
		str_appendf(&text, " %s", types->name((size_t)type->v));
	if (POLICY_CHOSEN(*operator))
		str_appendf(&text, " %s", known->name((size_t)operator->v));
	append_values(&text, values);
	add(w, stage, &text);
}

static void add_pids(struct writer *w, const struct policy_pid_matches *pids)
{
	for (size_t i = 0; i < pids->n; i++) {
		const struct policy_pid_match *m = &pids->v[i];
		_cleanup_str_ struct str text = STR_INIT;

		str_appendf(&text, "matchPIDs %s",
			    POLICY_CHOSEN(m->operator) ? in_operators.name((size_t)m->operator.v)
						       : "");
		for (size_t j = 0; j < m->values.n && j < VALUES_NAMED; j++)
			str_appendf(&text, "%s%lld", j ? ", " : " ", (long long)m->values.v[j].v);
		if (m->values.n > VALUES_NAMED)
			str_appendf(&text, " and %zu more", m->values.n - VALUES_NAMED);
		str_append_z(&text, m->follow_forks.v ? " and what they fork" : "");
		add(w, m->follow_forks.v ? STAGE_VERDICT : STAGE_PROCESS, &text);
	}
}

static void add_strings(struct writer *w, const char *filter,
			const struct policy_string_matches *matches)
{
	for (size_t i = 0; i < matches->n; i++) {
		const struct policy_string_match *m = &matches->v[i];
		char name[128];

		if (m->name.len)
			snprintf(name, sizeof(name), "%s %.80s", filter, m->name.s);
		else if (POLICY_SET(m->index))
			snprintf(name, sizeof(name), "%s %d", filter, (int)m->index.v);
		else
			snprintf(name, sizeof(name), "%s", filter);
		add_of_process(w, STAGE_VERDICT, name, NULL, NULL, &m->operator, & string_operators,
			       &m->values);
	}
}

static void add_processes(struct writer *w, const struct policy_selector *s)
{
	const struct {
		const char *name;
		const struct policy_binary_matches *of;
	} binaries[] = {{"matchBinaries", &s->binaries},
			{"matchParentBinaries", &s->parent_binaries}};
	const struct {
		const char *name;
		const struct policy_capability_matches *of;
	} capabilities[] = {{"matchCapabilities", &s->capabilities},
			    {"matchCapabilityChanges", &s->capability_changes}};
	static const struct vocabulary *const in = &in_operators;

	add_pids(w, &s->pids);
	for (size_t k = 0; k < ARRAY_SIZE(binaries); k++)
		for (size_t i = 0; i < binaries[k].of->n; i++) {
			const struct policy_binary_match *m = &binaries[k].of->v[i];
			_cleanup_str_ struct str text = STR_INIT;

			str_appendf(&text, "%s %s", binaries[k].name,
				    POLICY_CHOSEN(m->operator)
					    ? binary_operators.name((size_t)m->operator.v)
					    : "");
			append_values(&text, &m->values);
			str_append_z(&text, m->follow_children.v ? " and their descendants" : "");
			add(w, STAGE_VERDICT, &text);
		}
	for (size_t i = 0; i < s->namespaces.n; i++) {
		const struct policy_namespace_match *m = &s->namespaces.v[i];

		add_of_process(w, STAGE_PROCESS, "matchNamespaces", &m->namespace, &namespace_kinds,
			       &m->operator, in, &m->values);
	}
	for (size_t i = 0; i < s->namespace_changes.n; i++) {
		const struct policy_namespace_change *m = &s->namespace_changes.v[i];

		add_of_process(w, STAGE_PROCESS, "matchNamespaceChanges", NULL, NULL, &m->operator,
			       in, &m->values);
	}
	for (size_t k = 0; k < ARRAY_SIZE(capabilities); k++)
		for (size_t i = 0; i < capabilities[k].of->n; i++) {
			const struct policy_capability_match *m = &capabilities[k].of->v[i];

			add_of_process(w, STAGE_PROCESS, capabilities[k].name, &m->type,
				       &capability_sets, &m->operator, in, &m->values);
		}
	for (size_t i = 0; i < s->users.n; i++) {
		const struct policy_user_match *m = &s->users.v[i];

		add_of_process(w, STAGE_PROCESS, "matchUsers", &m->type, &user_ids, &m->operator,
			       in, &m->values);
	}
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

static void add_matches(struct writer *w, const struct plan *plan, const struct policy_hook *hook,
			const struct policy_selector *s, const struct plan_selector *of)
{
	for (size_t i = 0; i < s->args.n; i++)
		add_match(w, (enum explained_stage)emit_stage(plan, &of->tests[i]), "matchArgs",
			  &s->args.v[i], w->hook->values[s->args.v[i].arg].from);
	for (size_t i = 0; i < s->data.n; i++) {
		size_t at = hook->args.n + s->data.v[i].arg;

		add_match(w, (enum explained_stage)emit_stage(plan, &of->tests[s->args.n + i]),
			  "matchData", &s->data.v[i],
			  w->hook->values[at].resolve ? w->hook->values[at].resolve
						      : w->hook->values[at].from);
	}
	for (size_t i = 0; i < s->return_args.n; i++)
		add_match(w, STAGE_RETURNED, "matchReturnArgs", &s->return_args.v[i], NULL);
}

static size_t count(const struct policy_selector *s)
{
	return s->pids.n + s->binaries.n + s->parent_binaries.n + s->namespaces.n +
	       s->namespace_changes.n + s->capabilities.n + s->capability_changes.n + s->users.n +
	       s->arguments.n + s->environment.n + s->args.n + s->data.n + s->return_args.n;
}

void explain_filters(struct explanation *e, struct explained_hook *hook,
		     const struct policy_point *point)
{
	const struct policy_selectors *selectors = &point->hook->selectors;
	struct writer w = {.e = e, .hook = hook};

	for (size_t i = 0; i < selectors->n; i++)
		w.cap += count(&selectors->v[i]);
	hook->filters = explain_take(&e->arena, w.cap, sizeof(*hook->filters));
	if (!hook->filters || !hook->values)
		return;
	for (w.selector = 0; w.selector < selectors->n; w.selector++) {
		add_processes(&w, &selectors->v[w.selector]);
		add_matches(&w, &point->plan, point->hook, &selectors->v[w.selector],
			    &point->plan.selectors[w.selector]);
	}
}
