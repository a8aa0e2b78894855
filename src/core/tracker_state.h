/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_TRACKER_STATE_H
#define OCELLI_CORE_TRACKER_STATE_H

/* What the tracker is, for the files that it is made of. */

#include "core/calls.h"
#include "core/decode.h"
#include "core/mapped.h"
#include "core/parts.h"
#include "core/pending.h"
#include "core/tracker.h"

/* Exits of which a double may still come: up to 6.15, each of two threads that exit at once can
 * find that it is the last. Both are past the same few lines of do_exit(), but a virtual CPU may
 * stand still there for a second. */
#define RECENT_EXITS 1024

/* A process hits hooks after its exit was told of: it closes its files and sockets then. While
 * there are hooks, so many of those that exited last are kept for that. */
#define LINGERING_MAX 128

/* A process that was forked by one that had not been reported yet. */
struct orphan {
	struct process_key child;
	struct process_key creator;
};

struct keys {
	struct process_key *v;
	size_t n;
};

struct tracker {
	struct tracker_config config;
	struct ledger *ledger;
	struct table *table;
	struct cgroups *cgroups;
	struct pendings pendings;
	struct parts parts;
	bool scanning;
	/* Exits seen while scanning of processes that had not been reported: a report of them that
	 * comes now is of the dead. */
	struct keys ghosts;
	/* Found on their way out, and not reported: their exits are nobody's. */
	struct keys dying;
	/* In the order of their forks, so that one can be another's creator. */
	struct orphan *orphans;
	size_t n_orphans;
	struct str waiting; /* records of hooks, one behind the other */
	bool retaking;      /* those */
	struct calls calls;
	struct mapped mapped;
	struct process_key recent[RECENT_EXITS];
	size_t n_recent;
	struct process_key lingering[LINGERING_MAX];
	size_t n_lingering;
};

/* Found by the walk over the tasks and not told of yet. */
static inline bool tracker_unannounced(const struct process *p)
{
	return (p->flags & (PROCESS_OLDER | PROCESS_ANNOUNCED)) == PROCESS_OLDER;
}

void tracker_emit(struct tracker *t, const struct event *event);

/* While the walk goes on, one of which only the fork was told may yet be reported. Until then it is
 * not told of, or it would look as if it had been forgotten. */
struct process *tracker_parent(struct tracker *t, const struct process_key *key);

void tracker_announce(struct tracker *t, struct process *p);

/*
 * The first process of a container's PID namespace and its descendants are in
 * its init tree for life; who enters from outside is not (kubectl exec,
 * nsenter), nor is anybody in the host's namespace. @from: who it was forked by,
 * or its own last image.
 */
void tracker_inherit_init_tree(struct process *p, const struct process *from);

/* --- tracker_image.c */

/* NULL: out of memory. */
struct image *tracker_make_image(struct tracker *t, const struct record_exec *exec);
void tracker_set_facts(struct process *p, const struct record_exec *exec);

/* What became of the parts that were kept is known. NULL: there are none. */
void tracker_settle(struct tracker *t, struct pending *pending, enum outcome outcome);

enum outcome tracker_on_image(struct tracker *t, const struct record_exec *exec);
enum outcome tracker_on_data(struct tracker *t, const struct record_data *record);

/* --- tracker_scan.c */

void tracker_add_orphan(struct tracker *t, const struct record_fork *record);
void tracker_add_ghost(struct tracker *t, const struct process_key *key);

/* Returns whether it was found on its way out. */
bool tracker_take_dying(struct tracker *t, const struct process_key *key);

enum outcome tracker_on_dying(struct tracker *t, const struct record_dying *record);
enum outcome tracker_on_task(struct tracker *t, const struct record_exec *exec);

/* --- tracker_hook.c */

/* The process as it was when the hook was hit. NULL: not known. */
struct process *tracker_find_hit(struct tracker *t, const struct process_key *key);

/* @p: the event's process, if the table has it. */
void tracker_tell(struct tracker *t, struct process *p, const struct event *event);

enum outcome tracker_on_hook(struct tracker *t, const struct record_hook *record);
enum outcome tracker_on_part(struct tracker *t, const struct record_part *part);

/* Tells of the calls of the process that have not returned, or of all. */
void tracker_end_calls(struct tracker *t, const struct process_key *process);
void tracker_end_all_calls(struct tracker *t);

/* Those whose processes were not reported after all have gone. */
void tracker_retake(struct tracker *t);

/* --- tracker_load.c */

enum outcome tracker_on_load(struct tracker *t, const struct record_load *record);

/* Those that waited for the record of the process's execve(2), or of its death in that. */
void tracker_tell_files(struct tracker *t, const struct process_key *process);

/* Of an execve(2) that takes this long, or was never told of. */
void tracker_tell_late_files(struct tracker *t, uint64_t time);

#endif
