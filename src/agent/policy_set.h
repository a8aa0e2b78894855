/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POLICY_SET_H
#define OCELLI_AGENT_POLICY_SET_H

#include "tracing/missed.h"
#include "agent/policy_status.h"
#include "base/error.h"
#include "base/str.h"
#include "compile/plan.h"
#include "core/hook.h"
#include "pins/pins.h"
#include "sensor/loads.h"
#include "sensor/process_sensor.h"

#include <stddef.h>
#include <stdint.h>

/* Of what is wrong with a policy, as much as its status tells: clients get it in a header. */
#define POLICY_REASON_BYTES 3072

/* The policies that are loaded, and what became of each. */
struct policy_set;

/* Which one: no two have the same. */
struct policy_key {
	const char *name, *namespace, *domain; /* "": no namespace */
};

#define POLICY_DOMAIN_SIZE 64 /* with the NUL */

/* What can be changed of a policy, whatever its text says. */
struct policy_change {
	bool disabled;
	enum policy_mode mode; /* POLICY_MODE_UNSAID: that of the text */
};

struct roots;

/* The sensor, the hooks, the pins, the scopes and the roots must outlive it. Nothing is asked of
 * the kernel yet. */
int policy_set_new(struct process_sensor *sensor, struct hooks *hooks, struct pins *pins,
		   struct scopes *scopes, struct roots *roots, const struct plan_facts *facts,
		   struct policy_set **ret);

/* Detaches all. */
void policy_set_free(struct policy_set **set);

/*
 * What policies there are to be is read anew, from files: policy_set_begin(), then
 * each place that they are in, then policy_set_apply(), or policy_set_cancel()
 * when one could not be read.
 */
void policy_set_begin(struct policy_set *set);
void policy_set_cancel(struct policy_set *set);

/*
 * The policies of a file, or of the files of a directory. What is wrong with one
 * is logged, and the others are taken; those that a file with mistakes had before
 * stay. Of two with the same name, namespace and domain the second is not taken.
 * Returns 0 or -ENOMEM.
 */
int policy_set_read(struct policy_set *set, const char *path, struct error **reterr);

/*
 * Compiles what is new or other than before, has it work, and what is no longer
 * there end, all at once. A policy that cannot be loaded is logged with its
 * reason, and the others work; if there was another of its name, that goes on.
 * Returns 0, or negative errno when this kernel takes none at all.
 */
int policy_set_apply(struct policy_set *set, struct error **reterr);

/*
 * Adds the policy of a text, and has it work. That another has the key is
 * -EEXIST, unless that one could not be loaded. When the kernel does not take it,
 * it is there all the same, with its reason. Returns 0, or negative errno with
 * *reterr. *ret: its key, as long as it is there; it is left alone without one.
 */
int policy_set_add(struct policy_set *set, const char *domain, const char *text, size_t len,
		   struct policy_key *ret, struct error **reterr);

/* Returns 0; -ENOENT; or why it cannot be, and nothing has changed. */
int policy_set_delete(struct policy_set *set, const struct policy_key *key, struct error **reterr);

/* What it was changed to, and its text. NULL: there is none. */
const struct policy_change *policy_set_changed(const struct policy_set *set,
					       const struct policy_key *key, const char **ret_text);

/*
 * Changes all that is to be at once: its hooks go on until others, with the new
 * settings, take their place. Returns as policy_set_delete() does.
 */
int policy_set_configure(struct policy_set *set, const struct policy_key *key,
			 const struct policy_change *change, struct error **reterr);

/* Whether a policy hooks programs, whose files can become others. */
bool policy_set_follows(const struct policy_set *set);

/* Has those of which they have become others hook these: in new containers, or of a new version.
 * Returns how many that were. */
size_t policy_set_follow(struct policy_set *set);

/* A policy as it was kept. */
struct policy_kept {
	const char *where; /* a file, for people */
	struct policy_key key;
	const char *text;
	struct policy_change change;
};

/* Adds those of these that are not there, and has them work; or none does, and those that can be
 * named are there with the reason: so, too, when these are not @all that there are to be. What an
 * earlier call could not restore is tried again, or is no more. */
int policy_set_restore(struct policy_set *set, const struct policy_kept *v, size_t n, bool all,
		       struct error **reterr);

/* From any thread, also while it is applied: what is not in the kernel by now is refused. */
void policy_set_stop(struct policy_set *set);

/* After that: when no policy asks what processes load any more, nothing new comes of it, and what
 * came can still be read. */
void policy_set_end_loads(struct policy_set *set);

/* Those that ended have no records in the ring any more: marks their hooks, see hooks_end(). */
void policy_set_end_hooks(const struct policy_set *set);

/* After that, lets go of those that ended. */
void policy_set_forget(struct policy_set *set);

/* How many policies there are, whatever became of them, in the order in which they were added. */
size_t policy_set_count(const struct policy_set *set);

/* Valid until the set is changed. */
const struct policy_status *policy_set_status(const struct policy_set *set, size_t i);

/* What a policy takes: its counters and sockets, and its part of the programs that it is in with
 * others. What all have in common is nobody's. */
struct policy_share {
	uint64_t memory; /* bytes, of the kernel */
	struct run_cost cost;
};

/* Of each of the policies. Returns an array that the caller frees; NULL: out of memory. */
struct policy_share *policy_set_shares(const struct policy_set *set);

/* Adds how often the kernel passed the policies' programs by. */
void policy_set_missed(const struct policy_set *set, struct missed *missed);

/* What tells of files that are mapped; NULL: no policy asks. Valid until policy_set_forget(). */
struct loads *policy_set_loads(const struct policy_set *set);

/* Records of loads that found no room, of all that there were. */
uint64_t policy_set_loads_lost(const struct policy_set *set);

/* Whether any that works tells of stacks of the kernel. */
bool policy_set_wants_kernel_stacks(const struct policy_set *set);

/* Appends what became of what the policies' selectors matched, as lines of the ledger. */
void policy_set_print_counts(const struct policy_set *set, struct str *out);

/* Detaches; what was written before can still be read. */
void policy_set_detach(struct policy_set *set);

/* Has what is pinned, which is all as long as one of them enforces something, go on without us.
 * Before policy_set_detach(). */
void policy_set_leave(struct policy_set *set);

/* As attachments_mend(). */
size_t policy_set_mend(struct policy_set *set, size_t n,
		       void (*found)(const char *where, const char *what));

/* Whether each that there is to be works, or is switched off. */
bool policy_set_is_whole(const struct policy_set *set);

#endif
