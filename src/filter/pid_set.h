/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_PID_SET_H
#define OCELLI_FILTER_PID_SET_H

#include "filter/subject.h"

/* Most processes that one filter follows at a time. */
#define PID_SET_MAX 65536

/*
 * Processes, and those that they start, and so on: a filter's pid_set. It goes by
 * what it is shown, so it is to be shown every event: who was forked and never
 * executed anything until it ended has no event for its children to be known by,
 * unless events have ancestors.
 */
struct pid_set;

int pid_set_new(const uint32_t *pids, size_t n, struct pid_set **ret);
void pid_set_free(struct pid_set **set);

/* Looks at the next event. */
void pid_set_follow(struct pid_set *set, const struct subject *subject);

/* Whether the process of that event is one of them: 1, 0, or -ENOSPC: it is, but its children will
 * not be found. */
int pid_set_holds(const struct pid_set *set);

#endif
