/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_PROBE_FEATURE_H
#define OCELLI_PROBE_FEATURE_H

#include "base/macro.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What a kernel can have that ocelli uses, as data: what it is, what is lost
 * without it, what to do about that, and how to find out by trying.
 */
enum feature_state {
	FEATURE_ABSENT,
	FEATURE_PRESENT,
	FEATURE_UNKNOWN, /* could not be tried */
	_FEATURE_STATE_MAX,
};

enum feature_group {
	FEATURE_GROUP_PROCESS, /* what process events need or profit from */
	FEATURE_GROUP_KERNEL_HOOKS,
	FEATURE_GROUP_USER_HOOKS,
	FEATURE_GROUP_DENY,
	FEATURE_GROUP_DATA,
	FEATURE_GROUP_CALLS,
	FEATURE_GROUP_PROGRAMS,
	FEATURE_GROUP_SYSTEM,
	_FEATURE_GROUP_MAX,
};

/* What came out of trying one. */
struct finding {
	enum feature_state state;
	int error;           /* errno of what failed; 0 where no call did */
	struct str evidence; /* one sentence of what was tried and what happened, no full stop */
};

struct prober;

struct feature {
	const char *name; /* stable: scripts go by it */
	enum feature_group group;
	const char *title;       /* no full stop */
	const char *consequence; /* of its absence; whole sentences */
	const char *remedy;      /* whole sentences */
	const char *reference;   /* what Tetragon calls its probe for this, or NULL */
	bool core;               /* process events need it */

	/* Tries it. Leaves nothing behind, denies nothing, and fills *ret. */
	void (*probe)(struct prober *p, const struct feature *feature, struct finding *ret);
	const void *subject; /* what the function tries it with, where it serves several */
};

/* All of them, group by group in the order of the groups. */
size_t feature_count(void);
const struct feature *feature_at(size_t i);

/* "process", "kernel_hooks" …; stable. */
const char *feature_group_name(enum feature_group group);
/* For people. */
const char *feature_group_title(enum feature_group group);
/* "present", "absent", "unknown". */
const char *feature_state_name(enum feature_state state);

/* Say what was found. With an @error (an errno), its text is added to the sentence. */
void finding_present(struct finding *ret, const char *fmt, ...) _printf_(2, 3);
void finding_absent(struct finding *ret, int error, const char *fmt, ...) _printf_(3, 4);
void finding_unknown(struct finding *ret, int error, const char *fmt, ...) _printf_(3, 4);

/* "EPERM" for an errno, also for those that only the kernel knows; NULL for 0 and others. */
const char *finding_error_name(int error);

/* Releases what @finding owns. */
void finding_done(struct finding *finding);

#define _cleanup_finding_ __attribute__((cleanup(finding_done)))

/* A group's rows. Each file of features defines one or two. */
struct feature_table {
	const struct feature *rows;
	size_t n;
};

extern const struct feature_table feature_table_process, feature_table_kernel_hooks,
	feature_table_user_hooks, feature_table_deny, feature_table_data, feature_table_calls,
	feature_table_programs, feature_table_system;

#endif
