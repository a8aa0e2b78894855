// SPDX-License-Identifier: Apache-2.0
#include "tracing/sites.h"
#include "base/cleanup.h"
#include "compile/emit_operand.h"
#include "policy/action.h"
#include "policy/typing.h"
#include "symbol/usdt.h"

#include <errno.h>
#include <string.h>

/* What the probe has at some of its places: operands in the arena. */
struct signature {
	const struct operand *operands;
	size_t n;
};

/* --- arguments */

static int no_argument(const struct compiler *c, const struct policy_hook *hook,
		       const struct policy_int *index, const struct signature *has)
{
	struct finding *f = diagnose_error(c->diags, index->mark, "%.60s:%.60s has no argument %d",
					   hook->provider.s, hook->name.s, (int)index->v);

	if (has->n)
		finding_why(f, "it has %zu, counted from 0", has->n);
	else
		finding_why(f, "it has none");
	return -ERANGE;
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

static int place_argument(const struct compiler *c, const struct policy_hook *hook,
			  struct policy_arg *arg, const struct signature *has)
{
	const struct operand *operand;

	if (arg->source != ARG_SOURCE_CALL)
		return 0;
	if (arg->index.v < 0 || (size_t)arg->index.v >= has->n)
		return no_argument(c, hook, &arg->index, has);
	if (arg->size_index.v > 0 && (size_t)arg->size_index.v > has->n)
		return no_argument(c, hook, &arg->size_index, has);
	operand = &has->operands[arg->index.v];
	if (operand->kind == OPERAND_UNKNOWN)
		return no_value(c, arg, operand);
	if (operand->kind != OPERAND_MEMORY)
		return 0;
	arg->path = path_through(c, operand, arg->path);
	arg->index.v += (int64_t)has->n;
	return arg->path ? 0 : -ENOMEM;
}

/* A copy of the hook whose arguments are where this place has them. */
static int place_arguments(const struct compiler *c, const struct policy_hook **hook,
			   const struct signature *has)
{
	struct typing typing = typing_begin(&c->points->arena, c->policy, c->diags);
	struct policy_hook *placed = typing_copy(&typing, *hook);
	int r = placed ? 0 : -ENOMEM;

	for (size_t i = 0; r >= 0 && i < placed->args.n; i++)
		r = place_argument(c, *hook, &placed->args.v[i], has);
	*hook = placed;
	return r;
}

/* --- places */

/* Those of the places from the first on that have their arguments as it has: they are taken out. */
static int take_alike(struct usdt_location *v, size_t *n, const struct site *like,
		      struct sites *sites)
{
	const char *args = v[0].args;
	size_t kept = 0;
	int r = 0;

	for (size_t i = 0; i < *n && r >= 0; i++) {
		struct site site = *like;

		if (strcmp(v[i].args, args) != 0) {
			v[kept++] = v[i];
			continue;
		}
		site.offset = v[i].offset;
		site.ref_ctr_offset = v[i].semaphore;
		r = sites_add(sites, &site);
	}
	*n = kept;
	return r;
}

static int compile_alike(const struct compiler *c, const struct policy_hook *hook,
			 const struct program *program, const char *args, struct sites *sites)
{
	struct arena *arena = &c->points->arena;
	struct backend *backend = arena_alloc(arena, sizeof(*backend));
	struct signature signature = {0};
	ssize_t n = backend ? operands_parse(args, arena, &signature.operands) : -ENOMEM;
	int r;

	if (n == -E2BIG)
		diagnose_error(c->diags, hook->name.mark,
			       "%.60s:%.60s has more than %u arguments, which is the limit",
			       hook->provider.s, hook->name.s, OPERANDS_MAX);
	if (n < 0)
		return (int)n;
	signature.n = (size_t)n;
	*backend = backend_of_operands(signature.operands, signature.n);
	r = place_arguments(c, &hook, &signature);
	return r < 0 ? r : sites_compile(sites, c, hook, program, backend);
}

static int no_probe(const struct compiler *c, const struct policy_hook *hook,
		    const struct program *program)
{
	_cleanup_error_ struct error *err = NULL;
	struct finding *f;

	error_set(&err, -ENOENT, "no probe");
	usdt_remedy(&program->image, hook->provider.s, hook->name.s, &err);
	f = diagnose_error(c->diags, hook->name.mark, "%s has no probe %.60s:%.60s", program->path,
			   hook->provider.s, hook->name.s);
	if (err && err->remedy)
		finding_remedy(f, "%s", err->remedy);
	return -ENOENT;
}

static int compile_program(const struct compiler *c, const struct policy_hook *hook,
			   struct program *program)
{
	const struct site like = {
		.mark = hook->name.mark,
		.told = compiler_format(c, "%s:%s", hook->provider.s, hook->name.s),
		.facts = {.type = EVENT_USDT,
			  .subsystem = hook->provider.s,
			  .function = hook->name.s},
	};
	_cleanup_free_ struct usdt_location *v = NULL;
	_cleanup_error_ struct error *err = NULL;
	ssize_t found = usdt_find(&program->image, hook->provider.s, hook->name.s, &v, &err);
	size_t left = found > 0 ? (size_t)found : 0;
	int r = 0;

	if (!found)
		return no_probe(c, hook, program);
	if (found < 0)
		diagnose_error(c->diags, hook->name.mark, "%s %s", program->path,
			       err ? err->message : strerror((int)-found));
	if (found < 0 || !like.told)
		return found < 0 ? (int)found : -ENOMEM;
	while (left && r >= 0) {
		_cleanup_sites_ struct sites sites = SITES_INIT;
		const char *args = v[0].args;

		r = take_alike(v, &left, &like, &sites);
		if (r >= 0)
			r = compile_alike(c, hook, program, args, &sites);
	}
	return r;
}

static const struct policy_action *find_set(const struct policy_hook *hook)
{
	for (size_t i = 0; i < hook->selectors.n; i++) {
		const struct policy_actions *v = &hook->selectors.v[i].actions;

		for (size_t j = 0; j < v->n; j++)
			if (v->v[j].action.v == ACTION_SET && !v->v[j].monitored)
				return &v->v[j];
	}
	return NULL;
}

static int check_set(const struct compiler *c, const struct policy_hook *hook)
{
	const struct policy_action *action = find_set(hook);
	struct finding *f;

	if (!action || policy_kernel_writes_memory(&c->ground->kernel))
		return 0;
	f = diagnose_error(c->diags, action->mark,
			   "this kernel does not let programs write to the memory of processes");
	finding_why(f, "it refuses bpf_probe_write_user, as lockdown=integrity does");
	finding_remedy(f, "leave Set out, or boot without lockdown");
	return -EPERM;
}

int compile_usdt(const struct compiler *c, const struct policy_hook *hook)
{
	int r = check_set(c, hook);

	return r < 0 ? r : compile_programs(c, hook, compile_program);
}
