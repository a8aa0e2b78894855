// SPDX-License-Identifier: Apache-2.0
#include "explain/parts.h"
#include "explain/race.h"
#include "abi/hook.h"
#include "policy/arg_type.h"

/* With maxData, in so many parts. */
#define WHOLE_MAX 331776
#define BUFFER_MAX 4096

static unsigned bytes_of(const struct capture *c)
{
	const struct reader *reader = c->reader;

	if (c->kind == CAPTURE_NUMBER)
		return c->bits / 8;
	if (c->kind == CAPTURE_STRING)
		return HOOK_STRING_MAX - 1;
	if (c->kind == CAPTURE_NOTHING || !reader->layout->fields[PART_BYTES].exists)
		return 0;
	if (reader->size == SIZE_NONE && reader->what != HOOK_BYTES_ITER)
		return HOOK_STRING_MAX - 1;
	return c->whole ? WHOLE_MAX : c->size ? MIN(c->size, BUFFER_MAX) : BUFFER_MAX;
}

static const char *from_of(struct explanation *e, const struct policy_arg *arg, bool returned)
{
	if (returned)
		return "what is returned";
	if (arg->source == ARG_SOURCE_CURRENT_TASK)
		return "current_task";
	if (arg->source == ARG_SOURCE_PT_REGS)
		return "pt_regs";
	return explain_format(&e->arena, "argument %d", (int)arg->index.v);
}

/* @written: as the policy has it, for an index that became a place. */
static struct explained_value value_of(struct explanation *e, const struct policy_arg *arg,
				       const struct policy_arg *written, const struct capture *c,
				       const struct backend *backend, bool returned)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);

	return (struct explained_value){
		.from = from_of(e, written, returned),
		.type = type ? type->name : "",
		.label = arg->label.len ? arg->label.s : NULL,
		.resolve = arg->resolve.len ? arg->resolve.s : NULL,
		.types = arg->path_types,
		.pointers = c->path && c->path->n ? (unsigned)c->path->n - 1 : 0,
		.bytes = bytes_of(c),
		.of_process = !returned && race_is_of_process(c, backend),
		.later = c->later || returned,
		.race = returned ? RACE_NONE : race_of(c, backend),
	};
}

void explain_values(struct explanation *e, struct explained_hook *hook,
		    const struct policy_point *point)
{
	const struct policy_hook *from = point->hook, *written = hook->of->hook;
	const struct plan *plan = &point->plan;
	size_t n = plan->n_captures + 1;

	hook->values = explain_take(&e->arena, n, sizeof(*hook->values));
	if (!hook->values)
		return;
	for (size_t i = 0; i < from->args.n + from->data.n; i++) {
		bool of_args = i < from->args.n;
		const struct policy_args *args = of_args ? &from->args : &from->data;
		const struct policy_args *as = of_args ? &written->args : &written->data;
		size_t at = of_args ? i : i - from->args.n;

		hook->values[hook->n_values++] = value_of(
			e, &args->v[at], &as->v[at], &plan->captures[i], point->backend, false);
	}
	if (from->returns.v)
		hook->values[hook->n_values++] =
			value_of(e, &from->return_arg, &written->return_arg, &plan->returned,
				 point->backend, true);
}
