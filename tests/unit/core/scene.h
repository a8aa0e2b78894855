/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_CORE_SCENE_H
#define OCELLI_TESTS_UNIT_CORE_SCENE_H

#include "core/tracker.h"
#include "records.h"

/* A tracker that is told of what a few processes do, and what it says of that. */

/* What of an event is looked at once the call is over. */
struct sight {
	enum event_type type;
	uint64_t time;
	struct process_key process;
	struct process_key parent; /* as the process names it */
	bool parent_found;         /* the event came with it */
	char binary[64];           /* "" without an image */
	uint32_t flags;            /* of the process */
	uint32_t children;
	uint32_t uid;
	uint32_t nspid;
	uint64_t cgroup_id;
	bool in_table;
	uint32_t status;
	bool throttle_start;
	char cgroup[64];
	const struct hook *hook;
	uint32_t tid; /* of those of hooks */
	bool returned;
};

struct scene {
	struct hooks *hooks;
	struct tracker *tracker;
	struct ledger ledger;
	struct table_limits limits;
	uint64_t time; /* of the next record */
	struct sight *v;
	size_t n;
	size_t seen;                      /* by scene_next() */
	struct process_key no_strings_of; /* read_strings() fails for it */
	bool lossy;
};

/* For cmocka: *state becomes a struct scene whose scan of the running processes is done. */
int scene_setup(void **state);
/* The same, with the scan still to be done. */
int scene_setup_scanning(void **state);
/* Fails when the table or the ledger do not add up. */
int scene_teardown(void **state);

/* Starts anew with these limits of the table. */
void scene_limit(struct scene *scene, size_t entries, size_t bytes, bool scanning);

/* The next event that was not looked at yet; fails when there is none. */
const struct sight *scene_next(struct scene *scene);
void scene_expect(struct scene *scene, enum event_type type, struct process_key process);
void scene_expect_nothing(struct scene *scene);

/* How many records of @type had @outcome. */
uint64_t scene_count(const struct scene *scene, enum record_type type, enum outcome outcome);

/* Gives the tracker one record; the time is set, and goes on: parts have that of the record which
 * follows. */
void scene_give(struct scene *scene, struct str *record);

/* The usual ones, in the host's PID namespace. A fork's child has the parent that its creator is.
 */
void scene_fork(struct scene *scene, struct process_key child, struct process_key creator);
void scene_exec(struct scene *scene, struct process_key process, struct process_key parent,
		const char *binary);
void scene_task(struct scene *scene, struct process_key process, struct process_key parent,
		const char *binary);
void scene_exit(struct scene *scene, struct process_key process, struct process_key parent);
/* Of its only thread. */
void scene_exit_alone(struct scene *scene, struct process_key process, struct process_key parent);

/* Returns the number of a new hook of one number. */
uint32_t scene_hook(struct scene *scene);
/* The same of one that tells of the return, with its number. */
uint32_t scene_returning_hook(struct scene *scene);
/* A thread of the process calls it. Returns the time, which is that of its return as well. */
uint64_t scene_call(struct scene *scene, uint32_t hook, struct process_key process);
/* @withdrawn: with a value that the policy is not about. */
void scene_return(struct scene *scene, uint32_t hook, struct process_key process, uint64_t time,
		  bool withdrawn);
/* It is hit by a thread of the process. */
void scene_hit(struct scene *scene, uint32_t hook, struct process_key process);

struct process *scene_find(struct scene *scene, struct process_key process);

#endif
