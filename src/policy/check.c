// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"

#include "base/macro.h"
#include "policy/schema.h"

/* Bytes, about, that a value takes in what is made of the policy. */
#define VALUE_COST 64

bool check_text_is(const struct policy_text *text, const char *word)
{
	return text->len == strlen(word) && !memcmp(text->s, word, text->len);
}

void check_pay_values(struct check *check, const struct policy_array *values, struct mark mark)
{
	builder_spend(&check->builder, mark, values->n * VALUE_COST);
}

void check_has_values(struct check *check, const struct policy_array *values, struct mark mark,
		      const char *whose)
{
	check_pay_values(check, values, mark);
	if (POLICY_SET(*values) && !values->n)
		finding_why(check_error(check, mark, "%s has an empty list of values", whose),
			    "nothing is ever on it");
}

static void refuse_more(struct check *check, const struct policy_hook *hook)
{
	finding_remedy(check_error(check, hook->mark,
				   "the policy has more than %d hooks, which is the limit",
				   POLICY_HOOKS_MAX),
		       "hook functions by lists, or make it several policies");
}

static void check_hooks(struct check *check)
{
	size_t n = 0;

	for (enum hook_kind kind = 0; kind < HOOK_KINDS; kind++) {
		struct policy_hooks *hooks = &check->policy->spec.hooks[kind];

		for (size_t i = 0; i < hooks->n; i++) {
			if (++n > POLICY_HOOKS_MAX) {
				refuse_more(check, &hooks->v[i]);
				return;
			}
			hooks->v[i].kind = kind;
			/* An item that is no mapping has been diagnosed. */
			if (POLICY_SET(hooks->v[i]))
				check_hook(check, &hooks->v[i]);
		}
	}
	if (!n && !check->policy->spec.loader.v && POLICY_SET(check->policy->spec))
		finding_remedy(check_warning(check, check->policy->spec.mark,
					     "the policy hooks nothing, and will do nothing"),
			       "add kprobes, fentries, tracepoints, uprobes, usdts or lsmhooks");
}

static void check_loader(struct check *check)
{
	const struct policy_spec *spec = &check->policy->spec;

	if (!spec->loader.v)
		return;
	if (POLICY_SET(spec->workloads.pods) || POLICY_SET(spec->workloads.containers) ||
	    POLICY_SET(spec->workloads.host) || check->policy->kind == POLICY_NAMESPACED)
		finding_remedy(
			check_error(check, spec->loader.mark,
				    "loader: true is for all of the machine, and this policy "
				    "is for some workloads"),
			"put it into a policy of its own");
}

void check_policy(struct check *check)
{
	check_metadata(check);
	check_options(check);
	check_lists(check);
	check_scope(check);
	check_enforcers(check);
	check_hooks(check);
	check_loader(check);
	check_unused_lists(check);
	check_unused_macros(check);
}
