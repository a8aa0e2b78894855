// SPDX-License-Identifier: Apache-2.0
/* Files that are mapped to be executed. */
#include "core/tracker_state.h"

#include <stdlib.h>

/* @process: as it was then; ->start may be unknown. */
static void tell_load(struct tracker *t, const struct process_key *process,
		      const struct record_load *record)
{
	struct process stranger = {
		.key = *process,
		.time = process->start,
		.flags = PROCESS_STRANGER,
	};
	struct process *p = process->start ? tracker_find_hit(t, process) : NULL;
	struct event event = {
		.type = EVENT_LOADER,
		.time = record->record.time,
		.process = p ? p : &stranger,
		.parent = p ? tracker_parent(t, &p->parent) : NULL,
		.load = record,
	};

	tracker_tell(t, p, &event);
}

/* What waited for the record of its execve(2), or of its death in the middle of that. */
static void tell_file(struct tracker *t, struct mapped_file *file)
{
	uint64_t *counts = t->ledger->outcomes[RECORD_LOAD];

	tell_load(t, &file->process, &file->record);
	counts[OUTCOME_PENDING]--;
	counts[OUTCOME_EVENT]++;
	free(file);
}

void tracker_tell_files(struct tracker *t, const struct process_key *process)
{
	struct mapped_file *file;

	while ((file = mapped_take(&t->mapped, process)))
		tell_file(t, file);
}

void tracker_tell_late_files(struct tracker *t, uint64_t time)
{
	struct mapped_file *file;

	while ((file = mapped_take_late(&t->mapped, time)))
		tell_file(t, file);
}

void tracker_tick(struct tracker *t, uint64_t now)
{
	tracker_tell_late_files(t, now > MAPPED_WAIT_NS ? now - MAPPED_WAIT_NS : 0);
}

enum outcome tracker_on_load(struct tracker *t, const struct record_load *record)
{
	struct process *p = table_find_pid(t->table, record->pid);
	struct process_key key = {.pid = record->pid};
	int r;

	/* Another has the pid by now: the one it was is not known. */
	if (p && p->key.start > record->record.time)
		p = NULL;
	if (p)
		key = p->key;
	if (record->flags & LOAD_EXECVE) {
		if (p)
			p->flags |= PROCESS_EXECUTING;
		return OUTCOME_ABSORBED;
	}
	if (p && p->flags & PROCESS_EXECUTING)
		key.execs++;
	r = mapped_add(&t->mapped, &key, record);
	if (r < 0)
		return OUTCOME_NO_MEMORY;
	if (r == 0)
		return OUTCOME_DUPLICATE;
	if (p && p->flags & PROCESS_EXECUTING) {
		if (mapped_wait(&t->mapped, &key, record) < 0)
			return OUTCOME_NO_MEMORY;
		tracker_tell_late_files(t, 0);
		return OUTCOME_PENDING;
	}
	tell_load(t, &key, record);
	return OUTCOME_EVENT;
}
