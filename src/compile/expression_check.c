// SPDX-License-Identifier: Apache-2.0
#include "compile/expression.h"
#include "compile/planner.h"

#include <errno.h>

void expression_diagnose(struct diagnostics *diags, const struct policy_value *value,
			 const struct error *err)
{
	struct mark mark = mark_within(value->mark, value->inside, err->line, err->column);
	struct finding *f;

	f = diagnose_error(diags, mark, "the expression cannot be compiled: %s", err->message);
	if (mark.line == value->mark.line && mark.column == value->mark.column)
		finding_why(f, "that is at line %u, column %u of it", err->line, err->column);
	if (err->remedy)
		finding_remedy(f, "%s", err->remedy);
}

static void check_matches(struct planner *p, const struct policy_arg_matches *matches,
			  struct diagnostics *diags)
{
	for (size_t i = 0; i < matches->n; i++) {
		const struct policy_values *values = &matches->v[i].values;
		const struct expressions *expressions;
		_cleanup_error_ struct error *err = NULL;

		if (values->kind == POLICY_VALUES_EXPRESSION && values->v[0].bytes.s &&
		    expression_read(p, values->v[0].bytes.s, &expressions, &err) < 0 && err)
			expression_diagnose(diags, &values->v[0], err);
	}
}

static int check_hook(const struct policy_hook *hook, struct diagnostics *diags)
{
	/* What else there is to say of values, those say who compile them. */
	_cleanup_diagnostics_ struct diagnostics unsaid = DIAGNOSTICS_INIT;
	static const struct plan_facts facts;
	struct arena arena = ARENA_INIT;
	struct planner p = {.hook = hook, .facts = &facts, .arena = &arena, .diags = &unsaid};
	struct capture *captures = TAKE(&p, hook->args.n + hook->data.n, struct capture);
	bool failed;

	if (captures) {
		plan_captures(&p, captures);
		p.captures = captures;
		for (size_t i = 0; i < hook->selectors.n; i++) {
			check_matches(&p, &hook->selectors.v[i].args, diags);
			check_matches(&p, &hook->selectors.v[i].data, diags);
		}
	}
	failed = arena.failed;
	arena_done(&arena);
	return failed ? -ENOMEM : 0;
}

static bool has_expressions(const struct policy_arg_matches *matches)
{
	for (size_t i = 0; i < matches->n; i++)
		if (matches->v[i].values.kind == POLICY_VALUES_EXPRESSION)
			return true;
	return false;
}

static bool uses_expressions(const struct policy_hook *hook)
{
	for (size_t i = 0; i < hook->selectors.n; i++)
		if (has_expressions(&hook->selectors.v[i].args) ||
		    has_expressions(&hook->selectors.v[i].data))
			return true;
	return false;
}

int expressions_check(const struct policy *policy, struct diagnostics *diags)
{
	int r = 0;

	diagnostics_file(diags, policy->file);
	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		const struct policy_hooks *hooks = &policy->spec.hooks[kind];

		for (size_t i = 0; i < hooks->n && r >= 0; i++)
			if (uses_expressions(&hooks->v[i]))
				r = check_hook(&hooks->v[i], diags);
	}
	diagnostics_file(diags, NULL);
	return r;
}
