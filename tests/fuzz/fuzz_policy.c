// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "policy/arg_type.h"
#include "policy/cases.h"
#include "policy/operator.h"
#include "policy/policy.h"

#include <string.h>

/* A file of policies: whatever it is, what comes out of it is whole. */

static void check_matches(const struct policy_hook *hook, const struct policy_args *args,
			  const struct policy_arg_matches *matches)
{
	for (size_t i = 0; i < matches->n; i++) {
		const struct policy_arg_match *match = &matches->v[i];
		const struct operator* op = operator_at((size_t)match->operator.v);

		MUST(op);
		MUST(!args || op->args == 0 || (match->arg < args->n && match->second < args->n));
		MUST(match->values.kind == POLICY_VALUES_DEFERRED ||
		     match->values.n >= op->min_values);
		for (size_t j = 0; j < match->values.n; j++)
			MUST(POLICY_SET(match->values.v[j]));
	}
}

static void check_hook(const struct policy_hook *hook)
{
	for (size_t i = 0; i < hook->args.n; i++)
		MUST(arg_type_at((size_t)hook->args.v[i].type.v)->hooks & HOOK_BIT(hook->kind));
	for (size_t i = 0; i < hook->selectors.n; i++) {
		const struct policy_selector *selector = &hook->selectors.v[i];

		check_matches(hook, &hook->args, &selector->args);
		check_matches(hook, &hook->data, &selector->data);
		check_matches(hook, NULL, &selector->return_args);
	}
}

/* The tests in an annotation: each that is whole is of one kind. */
static void check_cases(const struct policy *policy)
{
	struct policy_cases cases = POLICY_CASES_INIT;
	struct diagnostics diags = DIAGNOSTICS_INIT;

	MUST(policy_cases_read(&cases, policy, &diags) == 0);
	MUST(cases.n <= POLICY_CASES_MAX * policy->metadata.annotations.n);
	for (size_t i = 0; i < cases.n && !diags.counts[SEVERITY_ERROR]; i++) {
		const struct policy_case *of = &cases.v[i];

		MUST(!!of->run + !!of->event + !!of->file == 1);
		MUST(of->name && of->min <= of->max && of->seconds > 0);
		MUST(of->run ? !of->selector : of->mark.line > 0);
	}
	policy_cases_done(&cases);
	diagnostics_done(&diags);
}

static void check_policy(const struct policy *policy)
{
	check_cases(policy);
	MUST(policy->kind < POLICY_KINDS && policy->metadata.name.len > 0);
	MUST(!strcmp(policy->file, "fuzz"));
	for (enum hook_kind kind = 0; kind < HOOK_KINDS; kind++)
		for (size_t i = 0; i < policy->spec.hooks[kind].n; i++)
			check_hook(&policy->spec.hooks[kind].v[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policies policies = POLICIES_INIT;
	struct diagnostics diags = DIAGNOSTICS_INIT;
	struct str out = STR_INIT;

	if (policies_read(&policies, &diags, "fuzz", (const char *)data, size) == 0) {
		/* What is not good was told of. */
		MUST(policies.n > 0 || diags.counts[SEVERITY_ERROR] > 0);
		MUST(diags.n <= 2 * DIAGNOSTICS_MAX + 2);
		for (size_t i = 0; i < policies.n; i++)
			check_policy(policies.v[i]);
		for (size_t i = 0; i < diags.n; i++)
			finding_text(diags.v[i], &out);
	}
	str_free(&out);
	policies_done(&policies);
	diagnostics_done(&diags);
	return 0;
}
