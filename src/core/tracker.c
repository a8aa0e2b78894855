// SPDX-License-Identifier: Apache-2.0
#include "core/tracker_state.h"
#include "core/key.h"

#include <errno.h>
#include <stdlib.h>

/* The parent of pid 1 and of what the kernel starts itself. */
static int add_kernel(struct tracker *t)
{
	static const struct record_exec exec = {
		.flags = EXEC_KTHREAD | EXEC_ERROR_CWD,
		.loginuid = ~0U,
		.sessionid = ~0U,
		.comm = "<kernel>",
	};
	static const struct field_parts nothing = {.head = "", .tail = ""};
	struct image *image;
	struct process *p;

	if (image_new(&exec, &nothing, &nothing, &image) < 0)
		return -ENOMEM;
	p = table_add(t->table, &exec.process, &exec.process, image);
	if (!p)
		return -ENOMEM;
	p->flags |= PROCESS_OLDER | PROCESS_ANNOUNCED;
	return 0;
}

int tracker_new(const struct tracker_config *config, struct ledger *ledger, struct tracker **ret)
{
	struct tracker *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->config = *config;
	t->ledger = ledger;
	parts_init(&t->parts);
	mapped_init(&t->mapped);
	t->scanning = true;
	if (table_new(&config->table, &t->table) < 0 ||
	    cgroups_new(config->max_cgroups, &t->cgroups) < 0 || calls_init(&t->calls) < 0 ||
	    add_kernel(t) < 0) {
		tracker_free(&t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

void tracker_free(struct tracker **tracker)
{
	struct tracker *t = *tracker;

	if (!t)
		return;
	table_free(&t->table);
	cgroups_free(&t->cgroups);
	pendings_done(&t->pendings);
	parts_done(&t->parts);
	calls_done(&t->calls);
	mapped_done(&t->mapped);
	free(t->ghosts.v);
	free(t->dying.v);
	free(t->orphans);
	str_free(&t->waiting);
	free(t);
	*tracker = NULL;
}

struct table *tracker_table(struct tracker *t)
{
	return t->table;
}

struct cgroups *tracker_cgroups(struct tracker *t)
{
	return t->cgroups;
}

void tracker_emit(struct tracker *t, const struct event *event)
{
	t->ledger->made[event->type]++;
	if (event->process && !event->process->image)
		t->ledger->unknown++;
	t->config.event(t->config.userdata, event);
}

struct process *tracker_parent(struct tracker *t, const struct process_key *key)
{
	struct process *parent = table_find(t->table, key);

	return parent && !parent->image && t->scanning ? NULL : parent;
}

void tracker_announce(struct tracker *t, struct process *p)
{
	struct event event = {
		.type = EVENT_EXEC,
		.time = p->time,
		.process = p,
		.parent = tracker_parent(t, &p->parent),
	};

	p->flags |= PROCESS_ANNOUNCED;
	table_touch(t->table, p);
	if (event.parent)
		table_touch(t->table, event.parent);
	tracker_emit(t, &event);
}

void tracker_inherit_init_tree(struct process *p, const struct process *from)
{
	if (p->nspid == 0)
		p->flags |= PROCESS_INIT_KNOWN;
	else if (p->nspid == 1)
		p->flags |= PROCESS_INIT_TREE | PROCESS_INIT_KNOWN;
	else if (from)
		p->flags |= from->flags & (PROCESS_INIT_TREE | PROCESS_INIT_KNOWN);
}

static enum outcome on_fork(struct tracker *t, const struct record_fork *record)
{
	struct process *creator, *p;
	struct image *image;

	/* The walk over the tasks can meet the child before its fork is told of. */
	if (table_find_process(t->table, &record->child))
		return OUTCOME_OUTDATED;
	creator = table_find(t->table, &record->creator);
	if (creator)
		table_touch(t->table, creator);
	image = creator && creator->image ? image_ref(creator->image) : NULL;
	p = table_add(t->table, &record->child, &record->parent, image);
	if (!p)
		return OUTCOME_NO_MEMORY;
	p->flags |= PROCESS_FORKED;
	p->time = record->child.start;
	p->cgroup_id = record->cgroup_id;
	p->uid = record->uid;
	p->nspid = record->nspid;
	tracker_inherit_init_tree(p, creator);
	if (!image && t->scanning)
		tracker_add_orphan(t, record);
	return OUTCOME_ABSORBED;
}

void tracker_finish(struct tracker *t)
{
	tracker_tell_late_files(t, UINT64_MAX);
	tracker_end_all_calls(t);
}

static bool recently_gone(const struct tracker *t, const struct process_key *key)
{
	for (size_t i = 0; i < RECENT_EXITS; i++)
		if (key_same_process(&t->recent[i], key))
			return true;
	return false;
}

/* An exit of a process that the table does not have: forgotten, or never told of because records
 * were lost. What the exit record says of it is all there is. */
static enum outcome on_exit_unknown(struct tracker *t, const struct record_exit *record)
{
	struct cgroup *cgroup = cgroups_find(t->cgroups, record->cgroup_id);
	struct process p = {
		.key = record->process,
		.parent = record->parent,
		.time = record->process.start,
		.cgroup_id = record->cgroup_id,
		.uid = record->uid,
		.nspid = record->nspid,
	};
	struct event event = {
		.type = EVENT_EXIT,
		.time = record->record.time,
		.process = &p,
		.parent = table_find(t->table, &record->parent),
		.status = record->status,
	};

	if (tracker_take_dying(t, &record->process) || t->scanning)
		return OUTCOME_UNANNOUNCED;
	if (cgroup && cgroup->was_throttled)
		return OUTCOME_UNANNOUNCED;
	tracker_emit(t, &event);
	return OUTCOME_EVENT;
}

/* Takes the place of the one that has lingered longest. */
static void bury(struct tracker *t, struct process *p)
{
	struct process_key *place = &t->lingering[t->n_lingering++ % LINGERING_MAX];
	struct process *longest = table_find(t->table, place);

	if (longest)
		table_release(t->table, longest);
	*place = p->key;
	if (t->config.hooks && hooks_count(t->config.hooks) > 0)
		p->flags |= PROCESS_LINGERS;
	table_kill(t->table, p);
}

static enum outcome on_first_exit(struct tracker *t, const struct record_exit *record,
				  struct process *p)
{
	struct event event = {
		.type = EVENT_EXIT,
		.time = record->record.time,
		.status = record->status,
	};

	if (!p)
		return on_exit_unknown(t, record);
	if (p->flags & PROCESS_DEAD)
		return OUTCOME_DUPLICATE;
	/* It had executed something else since. Either that was not told of, and then what it was
	 * is not known; or it died in the middle of its execve(2). */
	if (p->key.execs != record->process.execs && t->config.lossy &&
	    t->config.lossy(t->config.userdata)) {
		table_kill(t->table, p);
		return on_exit_unknown(t, record);
	}
	/* Forked from a process that went before it was reported, and now gone itself. */
	if (!p->image && t->scanning) {
		table_kill(t->table, p);
		return OUTCOME_UNANNOUNCED;
	}
	if (tracker_unannounced(p))
		tracker_announce(t, p);
	event.process = p;
	event.parent = tracker_parent(t, &p->parent);
	tracker_emit(t, &event);
	bury(t, p);
	return OUTCOME_EVENT;
}

static enum outcome on_exit_record(struct tracker *t, const struct record_exit *record)
{
	struct process *p = table_find_process(t->table, &record->process);
	struct pending *parts;
	enum outcome outcome;

	/* All that it executed has been told of, but for what was lost. */
	while ((parts = pendings_find_process(&t->pendings, &record->process)))
		tracker_settle(t, parts, OUTCOME_UNUSED);
	if (!p && recently_gone(t, &record->process))
		return OUTCOME_DUPLICATE;
	tracker_end_calls(t, &record->process);
	tracker_tell_files(t, &record->process);
	outcome = on_first_exit(t, record, p);
	/* The one thread that a process has exits once. */
	if (record->threads > 1)
		t->recent[t->n_recent++ % RECENT_EXITS] = record->process;
	/* The walk may still report it, through a thread that it met before. */
	if (t->scanning)
		tracker_add_ghost(t, &record->process);
	return outcome;
}

static enum outcome on_cgroup(struct tracker *t, const struct record_cgroup *record)
{
	if (cgroups_add(t->cgroups, record->cgroup_id, (const char *)(record + 1), record->kept) <
	    0)
		return OUTCOME_NO_MEMORY;
	if (t->config.cgroup)
		t->config.cgroup(t->config.userdata, cgroups_find(t->cgroups, record->cgroup_id));
	return OUTCOME_ABSORBED;
}

static enum outcome on_throttle(struct tracker *t, const struct record_throttle *record)
{
	struct cgroup *cgroup = cgroups_find(t->cgroups, record->cgroup_id);
	struct event event = {
		.type = EVENT_THROTTLE,
		.time = record->record.time,
		.throttle_start = true,
		.cgroup = cgroup ? cgroup->path : "",
	};

	if (cgroup) {
		if (cgroup->throttled)
			return OUTCOME_DUPLICATE;
		cgroup->throttled = cgroup->was_throttled = true;
		cgroup->quiet = 0;
	}
	tracker_emit(t, &event);
	return OUTCOME_EVENT;
}

void tracker_throttle_stop(struct tracker *t, struct cgroup *cgroup, uint64_t time)
{
	struct event event = {
		.type = EVENT_THROTTLE,
		.time = time,
		.cgroup = cgroup->path,
	};

	cgroup->throttled = false;
	tracker_emit(t, &event);
}

static enum outcome dispatch(struct tracker *t, const struct record *record)
{
	enum outcome outcome;

	switch (record->type) {
	case RECORD_FORK:
		return on_fork(t, (const void *)record);
	case RECORD_EXEC:
	case RECORD_TASK:
		outcome = tracker_on_image(t, (const void *)record);
		tracker_tell_files(t, &((const struct record_exec *)record)->process);
		return outcome;
	case RECORD_DYING:
		return tracker_on_dying(t, (const void *)record);
	case RECORD_EXIT:
		return on_exit_record(t, (const void *)record);
	case RECORD_CGROUP:
		return on_cgroup(t, (const void *)record);
	case RECORD_THROTTLE:
		return on_throttle(t, (const void *)record);
	case RECORD_DATA:
		return tracker_on_data(t, (const void *)record);
	case RECORD_PART:
		return tracker_on_part(t, (const void *)record);
	case RECORD_HOOK:
		return tracker_on_hook(t, (const void *)record);
	case RECORD_LOAD:
		return tracker_on_load(t, (const void *)record);
	}
	return OUTCOME_MALFORMED;
}

/* As what a record counts: of one that is none, not even the type may be there. */
static uint32_t type_of(const void *data, size_t len)
{
	const struct record *record = data;

	return len >= sizeof(*record) && record->type < _RECORD_MAX ? record->type : RECORD_DATA;
}

void tracker_record(struct tracker *t, const void *data, size_t len)
{
	enum outcome outcome = OUTCOME_MALFORMED;
	uint32_t type = type_of(data, len);

	if (record_valid(data, len))
		outcome = dispatch(t, data);
	t->ledger->received[type]++;
	t->ledger->outcomes[type][outcome]++;
	/* Not before those that are to be announced have been. */
	if (!t->scanning)
		table_trim(t->table);
}

void tracker_supply(struct tracker *t, const void *data, size_t len)
{
	t->ledger->supplied[type_of(data, len)]++;
	tracker_record(t, data, len);
}
