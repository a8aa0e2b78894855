/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_PHASE_H
#define OCELLI_AGENT_PHASE_H

#include <stdbool.h>

/* What the agent is at, as it tells those who look after it. */
enum phase {
	PHASE_STARTING,
	PHASE_LOADING, /* its first policies; processes are told of already */
	PHASE_RUNNING,
	PHASE_INCOMPLETE, /* so, but that policies that were kept could not be restored */
	PHASE_RELOADING,  /* the policies; those before go on */
	PHASE_STOPPING,
	_PHASE_MAX,
};

/* "running" */
const char *phase_name(enum phase phase);

/* Whether it does all that it was told to. */
static inline bool phase_is_ready(enum phase phase)
{
	return phase == PHASE_RUNNING || phase == PHASE_RELOADING;
}

#endif
