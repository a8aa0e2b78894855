/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POLICY_ENTRY_H
#define OCELLI_AGENT_POLICY_ENTRY_H

/* What the set of policies is, for the files that are about it. */

#include "agent/policy_set.h"
#include "agent/policy_status.h"
#include "tracing/attachments.h"

struct policy_entry {
	struct policy *policy;
	struct policy_points points;
	struct policy_status status;
	struct policy_entry *replaces; /* of the same key, which goes on until this one works */
	bool works;                    /* its programs are, or are about to be, in the kernel */
	bool is_new;                   /* nothing has become of it yet */
	bool is_named;                 /* it is still there, where it was read from */
};

struct policy_set {
	struct process_sensor *sensor;
	struct policy_ground ground;
	struct library *library;
	struct attachments *attachments;
	bool stopped; /* atomic */
	struct verdicts verdicts;
	struct loads *loads; /* NULL: nobody asks */
	struct loads *loads_gone;
	uint64_t loads_lost; /* by those that are gone */
	/* In the order in which they came. Gone: records of theirs may still be in the ring. */
	struct policy_entry **v, **gone;
	size_t n, n_gone;
	uint64_t last_id;
};

/* Frees it, and what was compiled of it. */
void policy_entry_free(struct policy_set *set, struct policy_entry **entry);

/* Takes it out. Its place is the next one's. */
void policy_entry_remove(struct policy_set *set, struct policy_entry *entry);

static inline const char *policy_entry_name(const struct policy_entry *entry)
{
	return entry->policy->metadata.name.s;
}

/* What there is to say about policies. */
void policy_log_findings(struct diagnostics *diags);

#endif
