/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_LEDGER_H
#define OCELLI_CORE_LEDGER_H

#include "abi/control.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Where every record and every event went. Three sums hold at any time after
 * the ring was drained, and ledger_balanced() checks them:
 *
 *   records   produced + supplied == full + throttled + discarded + received
 *   records   received == sum of their outcomes
 *   events    made == filtered + limited + unrendered + exported
 *
 * and each sink adds: exported == delivered + pending + dropped(reason).
 */
enum outcome {
	OUTCOME_EVENT,       /* an event was made of it */
	OUTCOME_ABSORBED,    /* changed what we know: forks, cgroups, parts of others */
	OUTCOME_OUTDATED,    /* a later record had said more */
	OUTCOME_DUPLICATE,   /* the second of two threads that exited at once */
	OUTCOME_UNANNOUNCED, /* exit of a process that went before it was reported */
	OUTCOME_PENDING,     /* waits for the record that it is a part of, or for that of its
			      * process; then it is another */
	OUTCOME_UNUSED,      /* a part whose record never came, or behind one that did not */
	OUTCOME_LATE,        /* of a hook that had been removed */
	OUTCOME_WITHDRAWN,   /* of a call whose return was not what the policy is about */
	OUTCOME_MALFORMED,
	OUTCOME_NO_MEMORY,
	_OUTCOME_MAX,
};

enum event_type {
	EVENT_EXEC,
	EVENT_EXIT,
	EVENT_THROTTLE,
	EVENT_RATE_LIMIT_INFO,
	EVENT_LOADER,
	EVENT_KPROBE,
	EVENT_TRACEPOINT,
	EVENT_LSM,
	EVENT_UPROBE,
	EVENT_USDT,
	_EVENT_MAX,
};

struct ledger {
	struct kernel_ledger kernel;
	uint64_t supplied[_RECORD_MAX]; /* by ourselves, from procfs */
	uint64_t received[_RECORD_MAX];
	uint64_t outcomes[_RECORD_MAX][_OUTCOME_MAX];
	uint64_t made[_EVENT_MAX];
	uint64_t filtered[_EVENT_MAX];   /* by the export filters */
	uint64_t limited[_EVENT_MAX];    /* by --export-rate-limit */
	uint64_t unrendered[_EVENT_MAX]; /* out of memory */
	uint64_t exported[_EVENT_MAX];   /* given to every sink */
	uint64_t undecided;              /* exported because a filter could not tell */
	uint64_t valueless;              /* that an expression in CEL had no value for */
	uint64_t overredacted; /* strings hidden whole: what to hide took too long to find */
	uint64_t missed;       /* program runs that the kernel skipped */
	uint64_t truncated;    /* fields cut by a limit */
	uint64_t invalid_utf8; /* strings repaired */
	uint64_t unknown;      /* events of a process that nothing is known of */
	uint64_t unnamed;      /* frames of stacks: see symbols_skipped() */
};

const char *event_type_to_string(enum event_type type);
const char *record_type_to_string(enum record_type type);
const char *outcome_to_string(enum outcome outcome);

/* Whether the sums hold. The kernel's counts must have been read after the last record. */
bool ledger_balanced(const struct ledger *ledger);

struct ledger_count {
	const char *name;
	uint64_t value;
};

/* A line of what is told of a ledger. */
struct ledger_line {
	const char *of;   /* what it is about: "record" … */
	const char *name; /* … and which of them; NULL: there is but one */
	const struct ledger_count *counts;
	size_t n;
	bool whole; /* what is 0 is told, too */
};

/* The line is good until it returns. */
typedef void (*ledger_line_fn)(void *userdata, const struct ledger_line *line);

void ledger_tell(const struct ledger *ledger, ledger_line_fn line, void *userdata);

/* A ledger_line_fn: appends it as text, to a struct str. */
void ledger_line_print(void *out, const struct ledger_line *line);

#endif
