/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_CRI_WATCH_H
#define OCELLI_AGENT_CRI_WATCH_H

#include "agent/pod_watch.h"

#include <uv.h>

/*
 * Asks the container runtime what containers there are: when the agent starts,
 * when there is one that nobody told of, and now and then; on a thread of its own,
 * as the runtime may take its time.
 */
struct cri_watch;

struct cri_stats {
	uint64_t asked;
	uint64_t failed;
};

/* The pods must outlive it. Returns 0 or negative errno. */
int cri_watch_new(uv_loop_t *loop, const struct settings *settings, struct pods *pods,
		  struct pod_watch *pod_watch, struct cri_watch **ret, struct error **reterr);

/* Has it asked, at once, or when a second has gone by since the last time. */
void cri_watch_wake(struct cri_watch *watch);

/* About once a second. */
void cri_watch_tick(struct cri_watch *watch);

const struct cri_stats *cri_watch_stats(const struct cri_watch *watch);

/* Runs the loop until nothing is asked any more. */
void cri_watch_stop(struct cri_watch *watch);

/* When it was stopped, and its handles in the loop have been closed. */
void cri_watch_free(struct cri_watch **watch);

#endif
