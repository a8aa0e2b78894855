/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_TABLE_H
#define OCELLI_CORE_TABLE_H

#include "base/list.h"
#include "core/image.h"
#include "core/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The processes that events speak of: those alive, those dead that a living one
 * names as its parent, and those that linger. Bounded in number and bytes. When
 * it is full, the dead are forgotten first, oldest first, then the living that
 * have been quiet longest; the table counts them, and events of what was
 * forgotten say so.
 */
enum process_flags {
	PROCESS_FORKED = 1 << 0,     /* has not executed anything since it was forked */
	PROCESS_CLONED = 1 << 1,     /* this is the first image after a fork */
	PROCESS_OLDER = 1 << 2,      /* was there before the agent */
	PROCESS_ANNOUNCED = 1 << 3,  /* an exec event told of it */
	PROCESS_DEAD = 1 << 4,       /* exited, or replaced by its next image */
	PROCESS_INIT_TREE = 1 << 5,  /* pid 1 of a PID namespace or its descendant */
	PROCESS_INIT_KNOWN = 1 << 6, /* the flag before is known */
	PROCESS_LINKED = 1 << 7,     /* its parent's entry counts it; the table's own */
	PROCESS_STRANGER = 1 << 8,   /* not of the table: only its key and time are known */
	PROCESS_LINGERS = 1 << 9,    /* to be kept, dead as it may be, until table_release() */
	PROCESS_EXECUTING = 1 << 10, /* what it maps is of its next image */
};

struct process {
	struct list hash;
	struct list age; /* in table->alive or ->dead, the longest quiet first */
	struct process_key key;
	struct process_key parent;
	struct image *image; /* owned reference; NULL: nothing is known */
	uint64_t time;       /* boot clock, ns: of the exec, or of the fork */
	uint64_t cgroup_id;
	uint32_t flags;
	uint32_t children; /* entries that name this one as their parent */
	uint32_t images;   /* of this process before this one that are still kept */
	uint32_t uid;      /* effective */
	uint32_t nspid;    /* 0: in the initial PID namespace */
	uint32_t json_len;
	/* NULL until first wanted. See struct process_json. */
	char *json;
	uint32_t json_refcnt;
	uint32_t json_tid;
};

/* The schema's JSON object of a process but for its braces and what differs from event to event. */
struct process_json {
	char *text;
	size_t len;
	size_t refcnt, tid; /* where they go in, in this order */
};

struct table_limits {
	size_t entries;
	size_t bytes;
};

struct table_stats {
	size_t entries;
	size_t bytes;
	uint64_t forgotten_dead;
	uint64_t forgotten_alive;
};

struct table;

int table_new(const struct table_limits *limits, struct table **ret);
void table_free(struct table **table);

struct process *table_find(struct table *table, const struct process_key *key);

/* The newest entry of that process, whichever image it runs. */
struct process *table_find_process(struct table *table, const struct process_key *key);

/* The one that has the pid now. */
struct process *table_find_pid(struct table *table, uint32_t pid);

/* Adds a process; takes over the reference to @image (may be NULL). Returns NULL when out of
 * memory. */
struct process *table_add(struct table *table, const struct process_key *key,
			  const struct process_key *parent, struct image *image);

/* Marks it dead and lets it go unless a living process names it as parent, or it lingers. */
void table_kill(struct table *table, struct process *process);

/* It need not linger any more. */
void table_release(struct table *table, struct process *process);

/* Changes the parent, as when an orphan is adopted; or, with the same one, looks for its entry
 * anew, which may have been added after this one. */
void table_set_parent(struct table *table, struct process *process,
		      const struct process_key *parent);

/* Gives the entry an image, perhaps in place of another; takes over the reference. */
void table_set_image(struct table *table, struct process *process, struct image *image);

/* Gives the entry its cached text, which is taken over. NULL: it has none. */
void table_set_json(struct table *table, struct process *process, const struct process_json *json);

/* Makes it the most recently used. */
void table_touch(struct table *table, struct process *process);

/* Forgets what is over the limits. Nothing else does, so entries stay valid between two calls
 * unless they are killed. */
void table_trim(struct table *table);

const struct table_stats *table_get_stats(const struct table *table);

/* Calls @fn for every entry; it may not add or remove. */
void table_each(struct table *table, void (*fn)(void *userdata, struct process *p), void *userdata);

#endif
