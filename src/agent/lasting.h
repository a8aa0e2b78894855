/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_LASTING_H
#define OCELLI_AGENT_LASTING_H

struct agent;

/*
 * What policies enforce outlives the agent, pinned (pins/pins.h), and the next agent
 * takes it over: it has its own policies work first, beside what was left, and then
 * that goes. So there is no moment at which neither does.
 */

/*
 * After policies have changed: says what is pinned. Removes what agents before left,
 * unless there are policies that do not work, which might be among those. On the
 * worker's thread.
 */
void lasting_settle(struct agent *a);

/* Once a second: whether somebody has meddled with our maps and pins. That is put right, logged,
 * and counted. Not while policies change. */
void lasting_mend(struct agent *a);

/* The agent is about to end: what is pinned goes on without it, and tells nobody. */
void lasting_leave(struct agent *a);

#endif
