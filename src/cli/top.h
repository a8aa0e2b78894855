/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_TOP_H
#define OCELLI_CLI_TOP_H

#include "base/str.h"
#include "cli/agent_process.h"
#include "cli/losses.h"
#include "cli/name_index.h"

#include "tetragon/sensors.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

/* Processes and policies that are told apart within an interval; the others are one. */
#define TOP_NAMES_MAX 4096
/* Kinds of events; there are a dozen. */
#define TOP_KINDS_MAX 32

/* A process, or all of a binary. */
struct top_process {
	char *binary;
	uint32_t pid; /* 0: of a binary */
	uint64_t events, started;
};

/* What a policy ever did. */
struct top_counts {
	uint64_t posts, acts, lost;
	uint64_t run_ns, runs; /* while the kernel measured its programs */
};

struct top_policy {
	char *state;                   /* and mode */
	struct top_counts now, before; /* … when the interval began */
	uint64_t memory;
	bool listed; /* the last time */
};

struct top_kind {
	unsigned kind; /* the number of the event's field */
	uint64_t events;
};

/* What happened in an interval, and is known of the agent. */
struct top {
	bool by_process;       /* else by binary */
	struct name_index ids; /* exec_ids, or binaries */
	struct top_process *processes;
	size_t cap_processes;
	struct name_index names; /* of policies, "namespace/name" */
	struct top_policy *policies;
	size_t cap_policies;
	struct top_kind kinds[TOP_KINDS_MAX];
	size_t n_kinds;
	uint64_t events, others; /* of processes that there was no room for */
	uint64_t lost;           /* the agent says that we were too slow for … */
	uint64_t losses[LOSSES], losses_before[LOSSES]; /* … and that it lost itself, ever */
	bool measures; /* the kernel was asked to measure what programs take */
	struct agent_process before, now;
	uint64_t began, ended; /* CLOCK_MONOTONIC */
	char *policies_error;  /* why they are not known, or NULL */
};

void top_init(struct top *top, bool by_process);
void top_done(struct top *top);

/* Returns 0 or -ENOMEM. */
int top_add(struct top *top, const Tetragon__GetEventsResponse *event);
int top_list(struct top *top, const Tetragon__ListTracingPoliciesResponse *list);
void top_ledger(struct top *top, const Tetragon__GetHealthStatusResponse *health);

/* The next interval begins. */
void top_next(struct top *top, uint64_t now);

/* Append the report of the interval with at most so many processes and policies, those with the
 * most events first; that for machines as one line. */
void top_text(struct str *out, const struct top *top, size_t rows);
void top_json(struct str *out, const struct top *top, size_t rows);

#endif
