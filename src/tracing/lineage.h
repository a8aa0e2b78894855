/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_LINEAGE_H
#define OCELLI_TRACING_LINEAGE_H

#include "tracing/missed.h"
#include "compile/verdicts.h"
#include "sensor/hook_point.h"

/*
 * Keeps what policies know of processes up to date, with programs on fork and
 * exec: a process that is looked at later has what its ancestors left to it, also
 * when they are gone by then, and the path of what it executes is as of the exec.
 */
struct lineage {
	struct hook_point *fork, *exec;
	struct missed missed; /* before they were detached */
};

/* Attaches the programs for these verdicts in the place of the last; none for none. */
int lineage_set(struct lineage *lineage, struct library *library, const struct verdicts *verdicts,
		struct error **reterr);

/* Adds how often the kernel passed them by. What they would have kept is learnt when it is asked
 * for. */
void lineage_missed(const struct lineage *lineage, struct missed *missed);

/* What was missed is still known. */
void lineage_detach(struct lineage *lineage);

void lineage_done(struct lineage *lineage);

#endif
