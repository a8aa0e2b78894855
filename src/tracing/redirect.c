// SPDX-License-Identifier: Apache-2.0
#include "tracing/redirect.h"
#include "base/cleanup.h"
#include "policy/action.h"
#include "policy/typing.h"
#include "symbol/elf_return.h"

#include <errno.h>
#include <string.h>

#if defined(__x86_64__)
#define RESULT "rax"
#define PLACE "rip"
#elif defined(__aarch64__)
#define RESULT "x0"
#define PLACE "pc"
#endif

static bool is_override(const struct policy_action *action)
{
	return action->action.v == ACTION_OVERRIDE && !action->monitored;
}

/* It says itself what is in which register. */
static bool needs_place(const struct policy_action *action)
{
	return is_override(action) && !POLICY_SET(action->regs);
}

static const struct policy_action *find_action(const struct policy_hook *hook,
					       bool (*is)(const struct policy_action *))
{
	for (size_t i = 0; i < hook->selectors.n; i++) {
		const struct policy_actions *v = &hook->selectors.v[i].actions;

		for (size_t j = 0; j < v->n; j++)
			if (is(&v->v[j]))
				return &v->v[j];
	}
	return NULL;
}

bool redirects(const struct policy_hook *hook)
{
	return find_action(hook, needs_place);
}

static bool returns_at_once(const struct policy_action *action)
{
	return is_override(action) && policy_returns_early(action);
}

bool redirects_to_caller(const struct policy_hook *hook)
{
	return find_action(hook, returns_at_once);
}

int redirect_check(const struct compiler *c, const struct policy_hook *hook)
{
	const struct policy_action *action = find_action(hook, is_override);
	struct finding *f;

	if (!action)
		return 0;
	if (hook->returns.v && redirects(hook)) {
		f = diagnose_error(c->diags, action->mark,
				   "what is overridden does not return from where it was called");
		finding_why(f, "the kernel notes where the function returns to when it is called, "
			       "whatever it does then");
		finding_remedy(f, "leave out return: true");
		return -EINVAL;
	}
	if (policy_kernel_writes_registers(&c->ground->kernel))
		return 0;
	f = diagnose_error(c->diags, action->mark,
			   "this kernel cannot override what functions of programs do");
	finding_why(f, "that changes registers of the process, which programs can from Linux 6.18 "
		       "on");
	finding_remedy(f, "write Sigkill, which kills the process before the function is run");
	return -EOPNOTSUPP;
}

/* --- where it goes on */

static int find_symbol(const struct compiler *c, struct program *program,
		       const struct policy_text *symbol, uint64_t *ret)
{
	_cleanup_error_ struct error *err = NULL;
	const struct elf_function *found;
	ssize_t n = -ENODATA;

	if (program_functions(program, &err))
		n = elf_functions_find(program->functions, symbol->s, symbol->len, &found);
	if (n == 1) {
		*ret = found->offset;
		return 0;
	}
	diagnose_error(c->diags, symbol->mark, "%s has %s " QUOTED, program->path,
		       n > 1 ? "several functions" : "no function", QUOTE(symbol->s, symbol->len));
	return -ENOENT;
}

static int find_target(const struct compiler *c, struct program *program, const struct site *site,
		       const struct policy_action *action, uint64_t *ret)
{
	int r;

	if (POLICY_SET(action->new_symbol))
		return find_symbol(c, program, &action->new_symbol, ret);
	if (POLICY_SET(action->new_offset)) {
		*ret = (uint64_t)action->new_offset.v;
		return 0;
	}
	r = POLICY_SET(action->new_addr)
		    ? elf_image_offset(&program->image, (uint64_t)action->new_addr.v, ret)
		    : elf_image_return(&program->image, site->offset, ret);
	if (r < 0)
		diagnose_error(
			c->diags, action->mark, "%s of %s",
			POLICY_SET(action->new_addr)
				? "argNewAddr is nowhere in what is executed"
				: "no function returns by an instruction in what is executed",
			program->path);
	return r;
}

/* How far it is, in memory: that is as far as in the file within a segment. */
static int find_distance(const struct compiler *c, struct program *program, const struct site *site,
			 const struct policy_action *action, int64_t *ret)
{
	uint64_t target, from, to;
	int r = find_target(c, program, site, action, &target);

	if (r < 0)
		return r;
	if (elf_image_address(&program->image, site->offset, &from) < 0 ||
	    elf_image_address(&program->image, target, &to) < 0) {
		diagnose_error(c->diags, action->mark, "nothing of %s is executed at 0x%llx",
			       program->path, (unsigned long long)target);
		return -ENOENT;
	}
	*ret = (int64_t)(to - from);
	return 0;
}

/* --- as registers */

static struct policy_register goes_on(int64_t distance, struct mark mark)
{
	return (struct policy_register){
		.mark = mark,
		.to = PLACE,
		.to_len = strlen(PLACE),
		.from = PLACE,
		.from_len = strlen(PLACE),
		.source = REGISTER_SUM,
		.offset = distance,
	};
}

static struct policy_register returns(int64_t value, struct mark mark)
{
	return (struct policy_register){
		.mark = mark,
		.to = RESULT,
		.to_len = strlen(RESULT),
		.from = "",
		.source = REGISTER_CONSTANT,
		.offset = value,
	};
}

static int redirect_action(const struct compiler *c, struct program *program,
			   const struct site *site, struct policy_action *action)
{
	struct policy_register *v = arena_alloc(&c->points->arena, 2 * sizeof(*v));
	int64_t distance;
	int r = v ? find_distance(c, program, site, action, &distance) : -ENOMEM;

	if (r < 0)
		return r;
	v[0] = goes_on(distance, action->mark);
	v[1] = returns(action->error.v, action->mark);
	action->registers = v;
	action->regs.n = policy_returns_early(action) ? 2 : 1;
	return 0;
}

int redirect(const struct compiler *c, struct program *program, const struct site *site,
	     const struct policy_hook **hook)
{
	struct typing typing = typing_begin(&c->points->arena, c->policy, c->diags);
	struct policy_hook *copy;
	int r = 0;

	if (!redirects(*hook))
		return 0;
	copy = typing_copy(&typing, *hook);
	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < copy->selectors.n; i++) {
		struct policy_actions *v = &copy->selectors.v[i].actions;

		for (size_t j = 0; j < v->n && r >= 0; j++)
			if (needs_place(&v->v[j]))
				r = redirect_action(c, program, site, &v->v[j]);
	}
	*hook = copy;
	return r;
}
