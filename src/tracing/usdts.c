// SPDX-License-Identifier: Apache-2.0
#include "tracing/program_files.h"
#include "tracing/sites.h"
#include "base/cleanup.h"
#include "compile/emit_operand.h"
#include "policy/action.h"
#include "symbol/usdt.h"
#include "tracing/call_operands.h"

#include <errno.h>
#include <string.h>

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
	struct call_operands operands = {0};
	ssize_t n = backend ? operands_parse(args, arena, &operands.v) : -ENOMEM;
	int r;

	if (n == -E2BIG)
		diagnose_error(c->diags, hook->name.mark,
			       "%.60s:%.60s has more than %u arguments, which is the limit",
			       hook->provider.s, hook->name.s, OPERANDS_MAX);
	if (n < 0)
		return (int)n;
	operands.n = (size_t)n;
	operands.of = compiler_format(c, "%.60s:%.60s", hook->provider.s, hook->name.s);
	operands.why = n ? compiler_format(c, "it has %zd, counted from 0", n) : "it has none";
	if (!operands.of || !operands.why)
		return -ENOMEM;
	*backend = backend_of_operands(operands.v, operands.n);
	r = call_operands_place(c, &operands, &hook);
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
