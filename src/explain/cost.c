// SPDX-License-Identifier: Apache-2.0
#include "explain/cost.h"
#include "compile/actions.h"
#include "compile/emit.h"
#include "compile/emit_numbers.h"
#include "compile/expression.h"
#include "compile/process.h"

enum cost_part {
	COST_NUMBER,
	COST_ARGUMENT_READ, /* where arguments are not in the program's context */
	COST_POINTER,
	COST_STRING_BEGINNING,
	COST_STRING_SET,
	COST_VALUE,
	COST_PATH,
	COST_NETWORKS,
	COST_PROCESS_ID,
	COST_PROCESS_NSPID,
	COST_CAPABILITIES,
	COST_CAPABILITY_CHANGES,
	COST_NAMESPACE,
	COST_NAMESPACE_CHANGES,
	COST_VERDICT,
	COST_HOST,
	COST_SCRATCH,
	COST_TELL,
	COST_TELL_NUMBERS,
	COST_COUNT_UNTOLD,
	COST_LIMIT,
	COST_KERNEL_STACK,
	COST_USER_STACK,
	COST_NOTICE,
	COST_ENFORCED,
};

/* Nanoseconds. A row that is not measured by itself says what it is taken from. */
static const unsigned costs[] = {
	[COST_NUMBER] = 1,         /* "a number of 10 policies: no policy's" */
	[COST_ARGUMENT_READ] = 10, /* "the first thing that is read" */
	[COST_POINTER] = 7,        /* "5 to 9 ns for each pointer" */
	[COST_STRING_BEGINNING] = 33,
	[COST_STRING_SET] = 13, /* one of 10,000, over one */
	[COST_VALUE] = 35,      /* as a string */
	[COST_PATH] = 150,      /* of five names, in an exec */
	[COST_NETWORKS] = 30,   /* an address in two networks, less a scratch and reading it */
	[COST_PROCESS_ID] = 1,
	[COST_PROCESS_NSPID] = 4,
	[COST_CAPABILITIES] = 10,
	[COST_CAPABILITY_CHANGES] = 13,
	[COST_NAMESPACE] = 12,
	[COST_NAMESPACE_CHANGES] = 35,
	[COST_VERDICT] = 8,
	[COST_HOST] = 11,
	[COST_SCRATCH] = 10, /* with giving it back */
	[COST_TELL] = 70,    /* a path that is told, less what a scratch and reading it take */
	[COST_TELL_NUMBERS] = 70,
	[COST_COUNT_UNTOLD] = 6,
	[COST_LIMIT] = 100,
	[COST_KERNEL_STACK] = 1000, /* of seven frames */
	[COST_USER_STACK] = 600,    /* of three */
	[COST_NOTICE] = 50,
	[COST_ENFORCED] = 55, /* without a notice */
};

static unsigned of_process(const struct process_test *test)
{
	static const enum cost_part of[] = {
		[PROCESS_PID] = COST_PROCESS_ID,
		[PROCESS_NSPID] = COST_PROCESS_NSPID,
		[PROCESS_CAPABILITIES] = COST_CAPABILITIES,
		[PROCESS_NAMESPACE] = COST_NAMESPACE,
		[PROCESS_IMAGE] = COST_VERDICT,
		[PROCESS_NAMESPACE_CHANGES] = COST_NAMESPACE_CHANGES,
		[PROCESS_CAPABILITY_CHANGES] = COST_CAPABILITY_CHANGES,
		[PROCESS_USER] = COST_PROCESS_ID,
		[PROCESS_HOST] = COST_HOST,
		[PROCESS_WORKLOAD] = COST_HOST,
		[PROCESS_STRING] = COST_VERDICT,
		[PROCESS_STRINGS_KNOWN] = COST_VERDICT,
	};

	return costs[process_test_is_kept(test) ? COST_VERDICT : of[test->value]];
}

/* Of getting at it. */
static unsigned of_value(const struct capture *c, const struct backend *backend)
{
	unsigned ns = c->source == ARG_SOURCE_CURRENT_TASK ? costs[COST_ARGUMENT_READ] : 0;

	/* Registers of system calls are behind a pointer. */
	if (backend == &backend_syscall_kprobe || backend == &backend_compat_kprobe ||
	    backend == &backend_x32_kprobe)
		ns += costs[COST_ARGUMENT_READ];
	if (c->path)
		ns += (unsigned)c->path->n * costs[COST_POINTER];
	return ns;
}

static bool is_path(const struct capture *c)
{
	static const enum arg_type_id types[] = {
		ARG_TYPE_FILE, ARG_TYPE_FD,     ARG_TYPE_KIOCB,
		ARG_TYPE_PATH, ARG_TYPE_DENTRY, ARG_TYPE_LINUX_BINPRM,
	};

	for (size_t i = 0; c->reader && i < ARRAY_SIZE(types); i++)
		if (c->reader->type == types[i])
			return true;
	return false;
}

static unsigned of_read(const struct capture *c, const struct backend *backend)
{
	unsigned ns = of_value(c, backend);

	if (c->kind == CAPTURE_STRING || c->kind == CAPTURE_READ)
		ns += costs[is_path(c) ? COST_PATH : COST_VALUE];
	return ns;
}

static unsigned of_comparison(const struct test *test)
{
	if (test->kind == TEST_NETWORKS)
		return costs[COST_NETWORKS];
	if (test->kind == TEST_EXPRESSION)
		return 2 * (unsigned)MAX(test->expressions->n, 1);
	return costs[test->kind < TEST_EQUAL ? COST_NUMBER : COST_STRING_SET];
}

/* An expression may be about several values, or none. */
static unsigned of_expression(const struct plan *plan, const struct test *test,
			      const struct backend *backend)
{
	bool at_once = emit_stage(plan, test) == TEST_AT_ONCE;
	unsigned ns = of_comparison(test) + (at_once ? 0 : costs[COST_SCRATCH]);

	for (size_t i = 0; i < test->expressions->n; i++) {
		const struct capture *c = &plan->captures[test->expressions->captures[i]];

		ns += at_once ? of_value(c, backend) : of_read(c, backend);
	}
	return ns;
}

/* What it takes to know that a test is not true. */
static unsigned of_test(const struct plan *plan, const struct test *test,
			const struct backend *backend)
{
	const struct capture *c = &plan->captures[test->capture];

	if (test->kind == TEST_EXPRESSION)
		return of_expression(plan, test, backend);
	switch (emit_stage(plan, test)) {
	case TEST_AT_ONCE:
		return of_value(c, backend) + of_comparison(test);
	case TEST_ON_STACK:
		return of_value(c, backend) +
		       costs[c->kind == CAPTURE_STRING ? COST_STRING_BEGINNING : COST_NUMBER];
	case TEST_WHEN_READ:
		break;
	}
	return costs[COST_SCRATCH] + of_read(c, backend) + of_comparison(test);
}

/* Whichever is made first: those in registers, those of the process, the others. */
static unsigned of_first_test(const struct plan *plan, const struct plan_selector *s,
			      const struct backend *backend)
{
	const struct test *first = NULL;

	for (size_t i = 0; i < s->n; i++)
		if (!first || emit_stage(plan, &s->tests[i]) < emit_stage(plan, first))
			first = &s->tests[i];
	if (first && (emit_stage(plan, first) == TEST_AT_ONCE || !s->n_process))
		return of_test(plan, first, backend);
	return s->n_process ? of_process(&s->process[0]) : 0;
}

static unsigned of_all_tests(const struct plan *plan, const struct plan_selector *s,
			     const struct backend *backend)
{
	unsigned ns = 0;

	for (size_t i = 0; i < s->n_process; i++)
		ns += of_process(&s->process[i]);
	for (size_t i = 0; i < s->n; i++)
		ns += of_test(plan, &s->tests[i], backend);
	return ns;
}

static unsigned of_actions(const struct plan_actions *actions)
{
	unsigned ns = actions->n_limits ? costs[COST_LIMIT] : 0;

	ns += actions->effects.notifies ? costs[COST_NOTICE] : 0;
	ns += actions->kernel_stack ? costs[COST_KERNEL_STACK] : 0;
	return ns + (actions->user_stack ? costs[COST_USER_STACK] : 0);
}

/* Of a call that a selector holds for, or of its return. */
static unsigned of_hit(const struct plan *plan, const struct backend *backend)
{
	unsigned ns = costs[COST_SCRATCH] + costs[COST_TELL], actions = 0;
	bool told = false;

	if (plan->enforces)
		return costs[COST_ENFORCED];
	for (size_t i = 0; i < MAX(plan->n_selectors, 1); i++) {
		const struct plan_actions *v = actions_of(plan, i, backend->on_return);

		told |= v->post || has_to_act(plan, i);
		actions = MAX(actions, of_actions(v));
	}
	if (backend->on_return)
		return ns + actions +
		       (plan->returned.kind == CAPTURE_NOTHING ? 0
							       : of_read(&plan->returned, backend));
	if (!told)
		return costs[COST_COUNT_UNTOLD] + actions;
	if (tells_numbers(plan))
		return costs[COST_TELL_NUMBERS] + actions;
	for (size_t i = 0; i < plan->n_captures; i++)
		if (!plan->captures[i].later)
			ns += of_read(&plan->captures[i], backend);
	return ns + actions;
}

struct cost cost_of(const struct plan *plan, const struct backend *backend)
{
	struct cost cost = {.hit = of_hit(plan, backend)};
	unsigned last = 0;

	for (size_t i = 0; i < plan->n_selectors && !backend->on_return; i++) {
		const struct plan_selector *s = &plan->selectors[i];

		last = of_all_tests(plan, s, backend);
		cost.miss += of_first_test(plan, s, backend);
		cost.miss_most += last;
	}
	cost.hit += last;
	return cost;
}
