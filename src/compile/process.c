// SPDX-License-Identifier: Apache-2.0
#include "compile/process.h"
#include "abi/hook.h"
#include "base/macro.h"
#include "compile/emit_test.h"
#include "compile/evaluate.h"
#include "compile/planner.h"
#include "compile/process_strings.h"
#include "compile/verdicts.h"
#include "compile/workloads.h"
#include "policy/vocabulary.h"

#include <assert.h>
#include <errno.h>

static_assert((int)NAMESPACE_UTS == (int)EXEC_NS_UTS && (int)NAMESPACE_NET == (int)EXEC_NS_NET &&
		      (int)NAMESPACE_USER == (int)EXEC_NS_USER &&
		      (int)NAMESPACE_KINDS == (int)_EXEC_NS_MAX,
	      "policies and records have namespaces in the same order");

/* Of a matchCapabilities there can be two, and of what is negated of strings. */
#define TESTS_EACH 2

/* --- plans */

static void plan_is_true(struct planner *p, enum process_value value, struct process_test *ret)
{
	struct range *v = TAKE(p, 1, struct range);

	if (!v)
		return;
	v->low = v->high = 1;
	ret->value = value;
	ret->test.ranges = v;
	ret->test.n = 1;
}

static void plan_scope(struct planner *p, const struct policy_workloads *workloads,
		       const struct workload_scope *from, struct process_test *ret)
{
	struct workload_scope *scope = TAKE(p, 1, struct workload_scope);
	uint32_t number = 0;
	int r = 0;

	if (!scope)
		return;
	*scope = *from;
	if (p->facts->number_scope)
		r = p->facts->number_scope(p->facts->userdata, scope, &number);
	if (r < 0) {
		finding_remedy(diagnose_error(p->diags, workloads->mark,
					      r == -ENOSPC ? "the policies select containers in "
							     "more than %d different ways"
							   : "out of memory for %d scopes",
					      HOOK_SCOPES),
			       "those who select the same ones in the same words count as one");
		p->refused = true;
	}
	plan_is_true(p, PROCESS_WORKLOAD, ret);
	ret->which = number << 1 | (scope->host ? HOOK_SCOPE_HOST : 0);
	ret->scope = scope;
}

/* Returns how many tests it makes. */
static size_t plan_workloads(struct planner *p, const struct policy_workloads *workloads,
			     struct process_test *ret)
{
	struct workload_scope scope;

	if (!workloads)
		return 0;
	if (workload_scope_of(workloads, &scope))
		plan_scope(p, workloads, &scope, ret);
	else if (scope.host)
		plan_is_true(p, PROCESS_HOST, ret);
	else
		return 0;
	return 1;
}

static void plan_pids(struct planner *p, const struct policy_pid_match *match,
		      struct process_test *ret)
{
	struct range *v = TAKE(p, match->values.n, struct range);

	if (!v)
		return;
	for (size_t i = 0; i < match->values.n; i++)
		v[i] = (struct range){(uint64_t)match->values.v[i].v,
				      (uint64_t)match->values.v[i].v};
	ret->value = match->namespaced.v ? PROCESS_NSPID : PROCESS_PID;
	ret->follow = match->follow_forks.v;
	ret->test.negate = match->operator.v == IN_OPERATOR_NOT_IN;
	ret->test.ranges = v;
	ret->test.n = merge_ranges(v, match->values.n, false);
}

static uint32_t find_host(struct planner *p, struct mark mark, unsigned kind)
{
	uint32_t inode = p->facts->host_ns[kind];

	if (!inode) {
		diagnose_error(p->diags, mark, "the host's %s namespace is not known",
			       namespace_kinds.name(kind));
		p->refused = true;
	}
	return inode;
}

static void plan_namespace(struct planner *p, const struct policy_namespace_match *match,
			   struct process_test *ret)
{
	size_t n = match->inodes.n;
	struct range *v = TAKE(p, n + match->host, struct range);

	if (!v)
		return;
	ret->value = PROCESS_NAMESPACE;
	ret->which = (unsigned)match->namespace.v;
	for (size_t i = 0; i < n; i++)
		v[i] = (struct range){match->inodes.v[i].range.low, match->inodes.v[i].range.low};
	if (match->host) {
		v[n].low = v[n].high = find_host(p, match->values.mark, ret->which);
		n++;
	}
	ret->test.negate = match->operator.v == IN_OPERATOR_NOT_IN;
	ret->test.ranges = v;
	ret->test.n = merge_ranges(v, n, false);
}

/* Not the host's user namespace. */
static void plan_not_host(struct planner *p, struct mark mark, struct process_test *ret)
{
	struct range *v = TAKE(p, 1, struct range);

	if (!v)
		return;
	v->low = v->high = find_host(p, mark, EXEC_NS_USER);
	ret->value = PROCESS_NAMESPACE;
	ret->which = EXEC_NS_USER;
	ret->test.negate = true;
	ret->test.ranges = v;
	ret->test.n = 1;
}

/* Returns how many tests it makes. */
static size_t plan_capabilities(struct planner *p, const struct policy_capability_match *match,
				struct process_test *ret)
{
	ret->value = PROCESS_CAPABILITIES;
	ret->which = (unsigned)match->type.v;
	ret->test.kind = TEST_MASK;
	ret->test.mask = match->mask;
	ret->test.negate = match->operator.v == IN_OPERATOR_NOT_IN;
	if (!match->namespaced.v)
		return 1;
	plan_not_host(p, match->namespaced.mark, ret + 1);
	return 2;
}

/* "In": one of these has changed; "NotIn": another has. */
static void plan_namespace_change(const struct policy_namespace_change *match,
				  struct process_test *ret)
{
	bool others = match->operator.v == IN_OPERATOR_NOT_IN;
	uint32_t all = (1U << _EXEC_NS_MAX) - 1;

	ret->value = PROCESS_NAMESPACE_CHANGES;
	ret->which = others ? all & ~match->namespaces : match->namespaces;
	ret->test.kind = TEST_MASK;
	ret->test.mask = ret->which;
}

/* Likewise. Returns how many tests it makes. */
static size_t plan_capability_change(struct planner *p, const struct policy_capability_match *match,
				     struct process_test *ret)
{
	size_t n = plan_capabilities(p, match, ret);

	ret->value = PROCESS_CAPABILITY_CHANGES;
	ret->test.negate = false;
	if (match->operator.v == IN_OPERATOR_NOT_IN)
		ret->test.mask = ~match->mask;
	return n;
}

static void plan_binary(struct planner *p, const struct policy_binary_match *match, bool parent,
			struct process_test *ret)
{
	static const struct {
		enum test_kind kind;
		bool negate;
	} operators[] = {
		[BINARY_IN] = {TEST_EQUAL, false},
		[BINARY_NOT_IN] = {TEST_EQUAL, true},
		[BINARY_PREFIX] = {TEST_PREFIX, false},
		[BINARY_NOT_PREFIX] = {TEST_PREFIX, true},
		[BINARY_POSTFIX] = {TEST_POSTFIX, false},
		[BINARY_NOT_POSTFIX] = {TEST_POSTFIX, true},
	};
	struct bytes *v = TAKE(p, match->values.n, struct bytes);

	if (!v)
		return;
	for (size_t i = 0; i < match->values.n; i++)
		v[i] = (struct bytes){match->values.v[i].s, match->values.v[i].len};
	ret->value = PROCESS_IMAGE;
	ret->parent = parent;
	ret->follow = match->follow_children.v;
	ret->test.kind = operators[match->operator.v].kind;
	ret->test.negate = operators[match->operator.v].negate;
	ret->test.strings = v;
	ret->test.n = match->values.n;
}

static void plan_user(struct planner *p, const struct policy_user_match *match,
		      struct process_test *ret)
{
	struct range *v = TAKE(p, match->ids.n, struct range);

	if (!v)
		return;
	for (size_t i = 0; i < match->ids.n; i++)
		v[i] = (struct range){match->ids.v[i].range.low, match->ids.v[i].range.high};
	ret->value = PROCESS_USER;
	ret->which = (unsigned)match->type.v;
	ret->test.negate = match->operator.v == IN_OPERATOR_NOT_IN;
	ret->test.ranges = v;
	ret->test.n = merge_ranges(v, match->ids.n, false);
}

void plan_process(struct planner *p, const struct policy_selector *from, struct plan_selector *ret)
{
	size_t n = 2 + from->users.n + from->arguments.n + from->environment.n + from->pids.n +
		   from->namespaces.n + from->capabilities.n + from->binaries.n +
		   from->parent_binaries.n + from->namespace_changes.n + from->capability_changes.n;
	struct process_test *v = TAKE(p, TESTS_EACH * n, struct process_test);

	if (!v)
		return;
	/* What costs least first. */
	ret->process = v;
	for (size_t i = 0; i < from->pids.n; i++)
		plan_pids(p, &from->pids.v[i], v++);
	v += plan_workloads(p, p->hook->scope, v);
	v += plan_workloads(p, &from->workloads, v);
	for (size_t i = 0; i < from->namespaces.n; i++)
		plan_namespace(p, &from->namespaces.v[i], v++);
	for (size_t i = 0; i < from->capabilities.n; i++)
		v += plan_capabilities(p, &from->capabilities.v[i], v);
	for (size_t i = 0; i < from->capability_changes.n; i++)
		v += plan_capability_change(p, &from->capability_changes.v[i], v);
	for (size_t i = 0; i < from->namespace_changes.n; i++)
		plan_namespace_change(&from->namespace_changes.v[i], v++);
	for (size_t i = 0; i < from->users.n; i++)
		plan_user(p, &from->users.v[i], v++);
	for (size_t i = 0; i < from->arguments.n; i++)
		v += plan_argument(p, &from->arguments.v[i], v);
	for (size_t i = 0; i < from->environment.n; i++)
		v += plan_variable(p, &from->environment.v[i], v);
	for (size_t i = 0; i < from->binaries.n; i++)
		plan_binary(p, &from->binaries.v[i], false, v++);
	for (size_t i = 0; i < from->parent_binaries.n; i++)
		plan_binary(p, &from->parent_binaries.v[i], true, v++);
	ret->n_process = (size_t)(v - ret->process);
}

/* --- code */

/* Else 0 says that it is not known. */
static bool can_be_zero(const struct process_test *t)
{
	return t->test.kind == TEST_MASK || t->value == PROCESS_USER;
}

static bool asks_for_room(const struct process_test *t)
{
	return process_test_is_kept(t) || t->value == PROCESS_HOST || t->value == PROCESS_WORKLOAD;
}

bool process_asks_for_room(const struct plan_selector *selector)
{
	for (size_t i = 0; i < selector->n_process; i++)
		if (asks_for_room(&selector->process[i]))
			return true;
	return false;
}

/* Into R1. Goes to @no when it is nothing. */
static void load_value(struct code *code, const struct process_test *t, struct label no,
		       struct label unknown)
{
	static const char *const functions[] = {
		[PROCESS_NSPID] = "hook_nspid",
		[PROCESS_CAPABILITIES] = "hook_capabilities",
		[PROCESS_NAMESPACE] = "hook_namespace",
		[PROCESS_NAMESPACE_CHANGES] = "hook_namespace_changes",
		[PROCESS_CAPABILITY_CHANGES] = "hook_capability_changes",
		[PROCESS_USER] = "hook_user",
		[PROCESS_HOST] = "hook_is_host",
		[PROCESS_WORKLOAD] = "hook_in_scope",
	};

	if (t->value == PROCESS_PID) {
		code_add(code, INSN_CALL(BPF_FUNC_get_current_pid_tgid),
			 INSN(BPF_ALU64 | BPF_RSH | BPF_K, R0, 0, 0, 32));
	} else {
		code_add(code, INSN_MOV(R1, (int32_t)t->which));
		code_call(code, functions[t->value]);
	}
	if (!can_be_zero(t))
		code_jump_if(code, BPF_JEQ, R0, 0, no);
	if (asks_for_room(t))
		code_jump_if(code, BPF_JEQ, R0, HOOK_UNKNOWN, unknown);
	code_add(code, INSN_MOV_REG(R1, R0));
}

static void emit_direct(struct code *code, const struct process_test *t, struct label no,
			struct label unknown)
{
	struct label yes = code_label(code);

	load_value(code, t, no, unknown);
	emit_number_test(code, &t->test, t->test.negate ? no : yes, t->test.negate ? yes : no);
	code_here(code, yes);
}

unsigned process_renews(const struct plan_selector *selector)
{
	unsigned parts = 0;

	for (size_t i = 0; i < selector->n_process; i++) {
		if (selector->process[i].value == PROCESS_NAMESPACE_CHANGES)
			parts |= HOOK_BASELINE_NS;
		if (selector->process[i].value == PROCESS_CAPABILITY_CHANGES)
			parts |= HOOK_BASELINE_CAPABILITIES;
	}
	return parts;
}

void emit_process(struct code *code, const struct plan_selector *selector, struct label no,
		  struct label unknown)
{
	for (size_t i = 0; i < selector->n_process; i++) {
		const struct process_test *t = &selector->process[i];

		if (process_test_is_kept(t))
			emit_verdict_test(code, t, no, unknown);
		else
			emit_direct(code, t, no, unknown);
	}
}

/* --- the evaluator */

static uint64_t value_of(const struct process_test *t, const struct caller *subject)
{
	switch (t->value) {
	case PROCESS_PID:
		return subject->pid;
	case PROCESS_NSPID:
		return subject->nspid;
	case PROCESS_CAPABILITIES:
		return subject->capabilities[t->which];
	case PROCESS_NAMESPACE:
		return subject->namespaces[t->which];
	case PROCESS_NAMESPACE_CHANGES:
		return subject->namespace_changes & t->which;
	case PROCESS_CAPABILITY_CHANGES:
		return subject->capability_changes[t->which];
	case PROCESS_USER:
		return subject->users[t->which];
	case PROCESS_HOST:
		return subject->host;
	case PROCESS_WORKLOAD:
		return (t->scope->host && subject->host) ||
		       (subject->container && workload_scope_has(t->scope, subject->container));
	case PROCESS_IMAGE:
	case PROCESS_STRING:
	case PROCESS_STRINGS_KNOWN:
		break;
	}
	return 0;
}

static bool is_true_of_names(const struct process_test *t, const struct test *test,
			     const struct caller *subject)
{
	for (size_t i = 0; i < ARRAY_SIZE(subject->names); i++) {
		const struct caller_name *name = &subject->names[i];
		struct value v = {.string = name->path};

		if (name->path.s && (!name->relative || process_test_takes_relative(t)) &&
		    test_holds(test, &v))
			return true;
	}
	return false;
}

/* Of that one process, whatever is asked of the result. */
static bool is_true_of(const struct process_test *t, const struct caller *subject)
{
	struct value v = {.number = value_of(t, subject)};
	struct test test = t->test;

	if (process_test_is_of_strings(t))
		return strings_hold(t, subject);
	test.negate = false;
	if (t->value != PROCESS_IMAGE)
		return test_holds(&test, &v);
	v.string = subject->image;
	v.fault = subject->image_fault || !subject->image.s;
	return test_holds(&test, &v) || is_true_of_names(t, &test, subject);
}

static bool verdict_holds(const struct process_test *t, const struct caller *subject)
{
	const struct caller *s = t->parent ? subject->parent : subject;
	bool any = false;

	if (s && s->image_fault && t->test.negate && t->value == PROCESS_IMAGE)
		return false;
	for (; s && !any; s = t->follow ? s->parent : NULL)
		any = is_true_of(t, s);
	return any != t->test.negate;
}

bool process_test_holds(const struct process_test *test, const struct caller *subject)
{
	struct value v = {.number = value_of(test, subject)};

	if (process_test_is_kept(test))
		return verdict_holds(test, subject);
	v.fault = !v.number && !can_be_zero(test);
	return test_holds(&test->test, &v);
}

bool evaluate_process(const struct plan_selector *selector, const struct caller *subject)
{
	for (size_t i = 0; i < selector->n_process; i++)
		if (!process_test_holds(&selector->process[i], subject))
			return false;
	return true;
}
