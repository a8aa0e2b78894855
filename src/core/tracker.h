/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_TRACKER_H
#define OCELLI_CORE_TRACKER_H

#include "core/cgroup.h"
#include "core/hook.h"
#include "core/ledger.h"
#include "core/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * From records to events: keeps the table of processes in step with the
 * kernel's records and makes of them what the world is told.
 */
struct event {
	enum event_type type;
	uint64_t time; /* boot clock, ns */
	/* Borrowed for the call. NULL: none, or not known (any more). */
	struct process *process;
	struct process *parent;
	uint32_t status;                /* EVENT_EXIT: as wait(2) gives it */
	bool throttle_start;            /* EVENT_THROTTLE: else it stops */
	const char *cgroup;             /* EVENT_THROTTLE */
	uint64_t dropped;               /* EVENT_RATE_LIMIT_INFO */
	const struct record_load *load; /* EVENT_LOADER */
	/* EVENT_KPROBE and those behind it: the hook, and the record of its hit, whose values fit
	 * it.
	 */
	const struct hook *hook;
	const struct record_hook *hit;
	/* The record of its return, likewise. NULL: it is not told of, or never came. */
	const struct record_hook *returned;
};

typedef void (*event_fn)(void *userdata, const struct event *event);

struct tracker_config {
	struct table_limits table;
	size_t max_cgroups;
	event_fn event;
	/* Those of the policies that are loaded. NULL: there are none. */
	struct hooks *hooks;
	/* Called for each record of a hook whose selector has requests, once. NULL: nobody is. */
	void (*act)(void *userdata, const struct hook_actions *actions);
	/* Where the kernel side cannot read the arguments or the environment of a process that was
	 * there before: appends them, each NUL-terminated. Returns 0 or negative errno. */
	int (*read_strings)(void *userdata, uint32_t pid, enum exec_field field, struct str *out);
	/* Given each image before anything else has it: hides what must not be told. Takes over the
	 * reference and returns one, of this or another; NULL: no memory. NULL: all is told. */
	struct image *(*redact)(void *userdata, struct image *image);
	/* A cgroup that was not known. NULL: nobody asks. */
	void (*cgroup)(void *userdata, const struct cgroup *cgroup);
	/* Whether a fork or an exec was ever not told of. NULL: never. */
	bool (*lossy)(void *userdata);
	void *userdata;
};

struct tracker;

/* The tracker counts into @ledger, which must outlive it. */
int tracker_new(const struct tracker_config *config, struct ledger *ledger, struct tracker **ret);
void tracker_free(struct tracker **tracker);

/* Takes one record of any content. */
void tracker_record(struct tracker *tracker, const void *data, size_t len);

/* The same of one that did not come from the kernel side. */
void tracker_supply(struct tracker *tracker, const void *data, size_t len);

/*
 * After the walk over the tasks: processes that reported ones name as their
 * parent, or that were forked behind the walk's back, but that were not reported
 * themselves. *ret: their keys, to be freed. Returns their number or -ENOMEM.
 */
ssize_t tracker_missing(struct tracker *tracker, struct process_key **ret);

/* All processes older than the agent have been reported: announces them, oldest first. */
void tracker_scan_done(struct tracker *tracker);

/* Tells of what has waited too long for something else; @now: boot clock, ns. To be called about
 * once a second. */
void tracker_tick(struct tracker *tracker, uint64_t now);

/* Hooks are about to be removed, see hooks_end(): tells of their calls that have not returned. */
void tracker_end_hooks(struct tracker *tracker);

/* Nothing comes any more: tells of calls that have not returned. */
void tracker_finish(struct tracker *tracker);

/* Ends the throttling of a cgroup; makes the event. */
void tracker_throttle_stop(struct tracker *tracker, struct cgroup *cgroup, uint64_t time);

struct table *tracker_table(struct tracker *tracker);
struct cgroups *tracker_cgroups(struct tracker *tracker);

#endif
