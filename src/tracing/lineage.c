// SPDX-License-Identifier: Apache-2.0
#include "tracing/lineage.h"

#include <string.h>

typedef int emit_fn(struct code *code, const struct verdicts *verdicts);

static int set_point(struct hook_point **point, const char *name, struct library *library,
		     emit_fn *emit, const struct verdicts *verdicts, struct error **reterr)
{
	const struct hook_place place = {.kind = HOOK_POINT_TYPED_TRACEPOINT, .name = name};
	__attribute__((cleanup(code_done))) struct code code = CODE_INIT;
	int r = emit(&code, verdicts);

	if (r < 0)
		return error_set(reterr, r, "cannot be compiled: %s", strerror(-r));
	if (!*point)
		r = hook_point_new(library, &place, point, reterr);
	return r < 0 ? r : hook_point_set(*point, &code, reterr);
}

int lineage_set(struct lineage *lineage, struct library *library, const struct verdicts *verdicts,
		struct error **reterr)
{
	int r;

	if (!verdicts_any(verdicts)) {
		lineage_detach(lineage);
		return 0;
	}
	r = set_point(&lineage->fork, "sched_process_fork", library, emit_fork, verdicts, reterr);
	if (r < 0)
		return r;
	return set_point(&lineage->exec, "sched_process_exec", library, emit_exec, verdicts,
			 reterr);
}

static void add_missed(struct missed *missed, const struct hook_point *point)
{
	if (point)
		missed_add(missed, hook_point_place(point), hook_point_missed(point));
}

void lineage_missed(const struct lineage *lineage, struct missed *missed)
{
	missed_add_all(missed, &lineage->missed);
	add_missed(missed, lineage->fork);
	add_missed(missed, lineage->exec);
}

static void detach(struct lineage *lineage, struct hook_point **point)
{
	if (*point)
		hook_point_clear(*point);
	add_missed(&lineage->missed, *point);
	hook_point_free(point);
}

void lineage_detach(struct lineage *lineage)
{
	detach(lineage, &lineage->fork);
	detach(lineage, &lineage->exec);
}

void lineage_done(struct lineage *lineage)
{
	lineage_detach(lineage);
	missed_done(&lineage->missed);
}
