/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POLICY_COUNTS_H
#define OCELLI_AGENT_POLICY_COUNTS_H

#include "agent/policy_entry.h"
#include "base/str.h"

/* What became of what a selector matched. */
struct selector_counts {
	uint64_t post; /* what the ring had no room for, too */
	struct hook_counts kernel;
};

/* Of all selectors of a policy, those of one hook after those of the other. */
struct policy_counts {
	size_t n;
	struct selector_counts v[];
};

/* For as many as the entry has, in any state that it may be in; all are 0. NULL: out of memory. */
struct policy_counts *policy_counts_new(const struct policy_entry *entry);

/* What was counted of the entry, whose programs have ended, is counted of @to from now on, which is
 * of the same policy. */
void policy_counts_move(const struct policy_set *set, const struct policy_entry *entry,
			struct policy_entry *to);

/* Of a selector of the hook entry->points.hooks[of], also under settings that it had before. */
struct selector_counts policy_counts_of(const struct policy_set *set,
					const struct policy_entry *entry, size_t of,
					uint32_t selector);

void selector_counts_add(struct selector_counts *to, const struct selector_counts *counts);

/* NULL: it has none. */
const char *selector_label(const struct policy_hook *hook, uint32_t selector);

/* Appends what became of what a policy's selectors matched, as lines of the ledger. */
void policy_counts_print(const struct policy_set *set, const struct policy_entry *entry,
			 struct str *out);

#endif
