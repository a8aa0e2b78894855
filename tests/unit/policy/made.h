/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_POLICY_MADE_H
#define OCELLI_TESTS_UNIT_POLICY_MADE_H

#include "policy/policy.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

/* What came of a text. */
struct made {
	struct policies policies;
	struct diagnostics diags;
	struct str text; /* all findings, as a person sees them */
};

static inline void made_read(struct made *made, const char *text, size_t len)
{
	*made = (struct made){0};
	assert_int_equal(policies_read(&made->policies, &made->diags, "f", text, len), 0);
	for (size_t i = 0; i < made->diags.n; i++)
		finding_text(made->diags.v[i], &made->text);
	assert_non_null(str_cstr(&made->text));
}

static inline void made_done(struct made *made)
{
	policies_done(&made->policies);
	diagnostics_done(&made->diags);
	str_free(&made->text);
}

/* A policy with this spec, which is indented already. */
static inline void made_spec(struct made *made, const char *spec)
{
	struct str text = STR_INIT;

	str_appendf(&text,
		    "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\n"
		    "metadata: {name: p}\nspec:\n%s",
		    spec);
	assert_non_null(str_cstr(&text));
	made_read(made, text.data, text.len);
	str_free(&text);
}

/* The spec is good, and there is nothing to say about it. */
static inline struct policy *made_good(struct made *made, const char *spec)
{
	made_spec(made, spec);
	assert_string_equal(made->text.data, "");
	assert_int_equal(made->policies.n, 1);
	return made->policies.v[0];
}

/* The first thing that is said of it is this. */
static inline void made_says(const char *spec, const char *expected)
{
	struct made made;

	made_spec(&made, spec);
	if (!strstr(made.text.data, expected))
		fail_msg("expected: %s\ngot: %s\nof: %s", expected, made.text.data, spec);
	made_done(&made);
}

#endif
