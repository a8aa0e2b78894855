/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POLICY_COUNTS_H
#define OCELLI_AGENT_POLICY_COUNTS_H

#include "base/str.h"
#include "tracing/points.h"

/* What became of what a selector matched. */
struct selector_counts {
	uint64_t post; /* what the ring had no room for, too */
	struct hook_counts kernel;
};

/* Of a selector of the hook points->hooks[of]. */
struct selector_counts policy_counts_of(const struct policy_points *points, struct hooks *hooks,
					size_t of, uint32_t selector);

void selector_counts_add(struct selector_counts *to, const struct selector_counts *counts);

/* NULL: it has none. */
const char *selector_label(const struct policy_hook *hook, uint32_t selector);

/* Appends what became of what a policy's selectors matched, as lines of the ledger. */
void policy_counts_print(const char *policy, const struct policy_points *points,
			 struct hooks *hooks, struct str *out);

#endif
