/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POLICY_COUNTS_H
#define OCELLI_AGENT_POLICY_COUNTS_H

#include "base/str.h"
#include "tracing/points.h"

/* Appends what became of what a policy's selectors matched, as lines of the ledger. */
void policy_counts_print(const char *policy, const struct policy_points *points,
			 struct hooks *hooks, struct str *out);

#endif
