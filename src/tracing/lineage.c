// SPDX-License-Identifier: Apache-2.0
#include "tracing/lineage.h"
#include "base/macro.h"

#include <string.h>

typedef int emit_fn(struct code *code, const struct verdicts *verdicts);

static int prepare_point(struct hook_point **point, const char *name, struct library *library,
			 emit_fn *emit, const struct verdicts *verdicts, struct error **reterr)
{
	const struct hook_place place = {.kind = HOOK_POINT_TYPED_TRACEPOINT, .name = name};
	__attribute__((cleanup(code_done))) struct code code = CODE_INIT;
	int r = emit(&code, verdicts);

	if (r < 0)
		return error_set(reterr, r, "cannot be compiled: %s", strerror(-r));
	if (!*point)
		r = hook_point_new(library, &place, point, reterr);
	return r < 0 ? r : hook_point_prepare(*point, &code, reterr);
}

void lineage_each(const struct lineage *lineage, void (*does)(struct hook_point *point))
{
	struct hook_point *const v[] = {lineage->fork, lineage->exec};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		if (v[i])
			does(v[i]);
}

int lineage_prepare(struct lineage *lineage, struct library *library,
		    const struct verdicts *verdicts, struct error **reterr)
{
	int r;

	if (!verdicts_any(verdicts)) {
		lineage_each(lineage, hook_point_retire);
		return 0;
	}
	r = prepare_point(&lineage->fork, "sched_process_fork", library, emit_fork, verdicts,
			  reterr);
	if (r < 0)
		return r;
	return prepare_point(&lineage->exec, "sched_process_exec", library, emit_exec, verdicts,
			     reterr);
}

void lineage_cancel(struct lineage *lineage)
{
	lineage_each(lineage, hook_point_cancel);
}

void lineage_finish(struct lineage *lineage)
{
	lineage_each(lineage, hook_point_finish);
}

static void add_missed(struct missed *missed, const struct hook_point *point)
{
	if (point)
		missed_add(missed, hook_point_place(point), hook_point_missed(point));
}

void lineage_missed(const struct lineage *lineage, struct missed *missed)
{
	add_missed(missed, lineage->fork);
	add_missed(missed, lineage->exec);
}

int lineage_pin(const struct lineage *lineage, struct pins *pins, struct error **reterr)
{
	int r = lineage->fork ? hook_point_pin(lineage->fork, pins, reterr) : 0;

	return r >= 0 && lineage->exec ? hook_point_pin(lineage->exec, pins, reterr) : r;
}

void lineage_detach(struct lineage *lineage)
{
	lineage_each(lineage, hook_point_clear);
}

void lineage_done(struct lineage *lineage)
{
	hook_point_free(&lineage->fork);
	hook_point_free(&lineage->exec);
}
