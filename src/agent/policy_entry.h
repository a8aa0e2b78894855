/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POLICY_ENTRY_H
#define OCELLI_AGENT_POLICY_ENTRY_H

/* What the set of policies is, for the files that are about it. */

#include "agent/policy_set.h"
#include "agent/policy_status.h"
#include "tracing/attachments.h"

struct policy_counts;

struct policy_entry {
	struct policy *policy;
	char domain[POLICY_DOMAIN_SIZE];
	struct policy_points points;
	struct policy_status status;
	struct policy_entry *replaces; /* of the same key, which goes on until this one works */
	struct policy_entry *heir;     /* it has gone, and its counts are to be this one's */
	struct policy_counts *before; /* what it has counted with other settings; NULL: nothing … */
	struct run_cost cost;         /* … and what it cost with them */
	struct policy_change change;  /* what it was told to be, whatever its text says */
	uint64_t files;               /* see program_files_signature(), when it was compiled */
	bool works;                   /* its programs are, or are about to be, in the kernel */
	bool is_new;                  /* nothing has become of it yet */
	bool is_named;                /* it is to be there */
	bool is_kept;                 /* it was restored, or was to be */
};

struct policy_set {
	struct process_sensor *sensor;
	struct pins *pins;
	struct policy_ground ground;
	struct library *library;
	struct attachments *attachments;
	bool stopped;  /* atomic */
	bool unpinned; /* not all that is enforced would outlive the agent, which was told */
	bool unread;   /* some of the files could not be read as they are */
	struct verdicts verdicts;
	struct loads *loads; /* NULL: nobody asks */
	struct loads *loads_gone;
	uint64_t loads_lost; /* by those that are gone */
	/* In the order in which they came. Gone: records of theirs may still be in the ring. */
	struct policy_entry **v, **gone;
	struct policy_entry **fresh; /* those that are being loaded: room for all */
	size_t n, n_gone;
	uint64_t last_id;
};

/*
 * Adds an entry for the policy, which is the entry's in any case, with @change,
 * and with the id of @of and room for what that has counted, if it is that one
 * with other settings. Returns NULL when out of memory.
 */
struct policy_entry *policy_entry_add(struct policy_set *set, struct policy *policy,
				      const char *domain, const struct policy_change *change,
				      const struct policy_entry *of);

/* The one of this key that has settled, or the one that is new; NULL: there is none. */
struct policy_entry *policy_entry_find(const struct policy_set *set, const struct policy_key *key,
				       bool is_new);

struct policy_key policy_entry_key(const struct policy_entry *entry);

/* What it has cost so far. */
struct run_cost policy_entry_cost(const struct policy_set *set, const struct policy_entry *entry);

/* Frees it, and what was compiled of it. */
void policy_entry_free(struct policy_set *set, struct policy_entry **entry);

/* Takes it out. Its place is the next one's. */
void policy_entry_remove(struct policy_set *set, struct policy_entry *entry);

static inline const char *policy_entry_name(const struct policy_entry *entry)
{
	return entry->policy->metadata.name.s;
}

/* As policy_set_apply(), but all that are new work, or none. */
int policy_entries_apply(struct policy_set *set, struct error **reterr);

/* None of the new ones is loaded, for this reason. */
void policy_entries_refuse(struct policy_set *set, const char *reason);

/* What there is to say about policies. */
void policy_log_findings(struct diagnostics *diags);

#endif
