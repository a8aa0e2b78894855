// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_counts.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <stdio.h>

/* Those that are 0 are left out, as everywhere in the ledger. */
static void print_counts(const char *what, const char *name, const struct hook_counts *counts,
			 struct str *out)
{
	const struct {
		const char *name;
		uint64_t n;
	} v[] = {{"post", counts->post}, {"nopost", counts->nopost}, {"limited", counts->limited}};

	str_appendf(out, "%s=%s", what, name);
	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		if (v[i].n)
			str_appendf(out, " %s=%llu", v[i].name, (unsigned long long)v[i].n);
	str_append_char(out, '\n');
}

static void print_hook_counts(const char *policy, const struct policy_hook_points *hook,
			      struct hook_counts *total, struct str *out)
{
	for (uint32_t i = 0; i < hook->counters.n; i++) {
		_cleanup_free_ char *name = NULL;
		struct hook_counts counts = counters_read(&hook->counters, i);

		counts_add(total, &counts);
		if (asprintf(&name, "%s/%s[%zu].selectors[%u]", policy,
			     hook_section_names[hook->hook->kind], hook->index, i) < 0)
			name = NULL;
		else if (counts.post || counts.nopost || counts.limited)
			print_counts("selector", name, &counts, out);
	}
}

void policy_counts_print(const char *policy, const struct policy_points *points, struct str *out)
{
	struct hook_counts total = {0};

	for (size_t i = 0; i < points->n_policy_hooks; i++)
		print_hook_counts(policy, &points->hooks[i], &total, out);
	print_counts("policy", policy, &total, out);
}
