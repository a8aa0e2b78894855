/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_LINEAGE_H
#define OCELLI_TRACING_LINEAGE_H

#include "compile/verdicts.h"
#include "sensor/hook_point.h"
#include "tracing/missed.h"

/*
 * Keeps what policies know of processes up to date, with programs on fork and
 * exec: a process that is looked at later has what its ancestors left to it, also
 * when they are gone by then, and the path of what it executes is as of the exec.
 */
struct lineage {
	struct hook_point *fork, *exec;
};

/* As those of a hook point: the programs for these verdicts take the place of the last; none for
 * none. */
int lineage_prepare(struct lineage *lineage, struct library *library,
		    const struct verdicts *verdicts, struct error **reterr);
void lineage_cancel(struct lineage *lineage);
void lineage_finish(struct lineage *lineage);

/* Both points, as far as there are any. */
void lineage_each(const struct lineage *lineage, void (*does)(struct hook_point *point));

int lineage_pin(const struct lineage *lineage, struct pins *pins, struct error **reterr);

/* Adds how often the kernel passed them by. What they would have kept is learnt when it is asked
 * for. */
void lineage_missed(const struct lineage *lineage, struct missed *missed);

/* What was missed is still known. */
void lineage_detach(struct lineage *lineage);

void lineage_done(struct lineage *lineage);

#endif
