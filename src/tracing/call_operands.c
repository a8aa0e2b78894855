// SPDX-License-Identifier: Apache-2.0
#include "tracing/call_operands.h"
#include "compile/reader.h"
#include "policy/typing.h"

#include <errno.h>
#include <string.h>

static int no_argument(const struct compiler *c, struct mark mark, int64_t index,
		       const struct call_operands *has)
{
	finding_why(diagnose_error(c->diags, mark, "%s has no argument %d", has->of, (int)index),
		    "%s", has->why);
	return -ERANGE;
}

static bool lacks_size(const struct policy_arg *arg, const struct call_operands *has)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);
	const struct reader *reader = type ? reader_of(type->id) : NULL;

	return reader && reader->size == SIZE_ARGUMENT && arg->size_index.v > 0 &&
	       (uint64_t)arg->size_index.v > has->n;
}

static int no_value(const struct compiler *c, const struct policy_arg *arg,
		    const struct operand *operand)
{
	finding_why(diagnose_error(c->diags, arg->index.mark,
				   "argument %d cannot be read where it is, at \"%.*s\"",
				   (int)arg->index.v, (int)MIN(operand->len, 60), operand->text),
		    "%s", operand->reason);
	return -EOPNOTSUPP;
}

/* What is in memory is read on the way to what the policy wants of it. */
static const struct access_path *path_through(const struct compiler *c,
					      const struct operand *operand,
					      const struct access_path *further)
{
	struct arena *arena = &c->points->arena;
	size_t n = 1 + (further ? further->n : 0);
	struct access_path *path = arena_alloc(arena, sizeof(*path));
	struct access_step *steps = arena_alloc(arena, n * sizeof(*steps));

	if (!path || !steps)
		return NULL;
	*path = further ? *further : (struct access_path){0};
	if (!further && operand->bits < 64) {
		path->bits = (uint8_t)operand->bits;
		path->is_signed = operand->is_signed;
	}
	path->n = n;
	path->steps = steps;
	steps[0] = (struct access_step){.size = (uint8_t)(operand->bits / 8)};
	if (further)
		memcpy(steps + 1, further->steps, further->n * sizeof(*steps));
	return path;
}

static int place(const struct compiler *c, struct policy_arg *arg, const struct call_operands *has)
{
	const struct operand *operand;

	if (arg->source != ARG_SOURCE_CALL)
		return 0;
	if (arg->index.v < 0 || (size_t)arg->index.v >= has->n)
		return no_argument(c, arg->index.mark, arg->index.v, has);
	if (lacks_size(arg, has))
		return no_argument(c, arg->size_index.mark, arg->size_index.v - 1, has);
	operand = &has->v[arg->index.v];
	if (operand->kind == OPERAND_UNKNOWN)
		return no_value(c, arg, operand);
	if (operand->kind != OPERAND_MEMORY)
		return 0;
	arg->path = path_through(c, operand, arg->path);
	arg->index.v += (int64_t)has->n;
	return arg->path ? 0 : -ENOMEM;
}

int call_operands_place(const struct compiler *c, const struct call_operands *has,
			const struct policy_hook **hook)
{
	struct typing typing = typing_begin(&c->points->arena, c->policy, c->diags);
	struct policy_hook *placed = typing_copy(&typing, *hook);
	int r = placed ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < placed->args.n; i++)
		r = place(c, &placed->args.v[i], has);
	*hook = placed;
	return r;
}
