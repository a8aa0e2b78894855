// SPDX-License-Identifier: Apache-2.0
#include "compile/plan.h"
#include "abi/hook.h"
#include "base/macro.h"
#include "base/syscall_x32.h"
#include "compile/actions.h"
#include "compile/expression.h"
#include "compile/planner.h"
#include "compile/process.h"
#include "compile/registers.h"
#include "compile/workloads.h"
#include "policy/action.h"
#include "policy/operator.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 24
/* What is beside its type in the mode of a file. */
#define FILE_PERMISSIONS 07777

/* --- what is captured */

static bool is_buffer(const struct reader *reader)
{
	return reader->size != SIZE_NONE && reader->what == HOOK_BYTES_BUFFER;
}

static void plan_kept(struct planner *p, const struct policy_arg *arg, unsigned n,
		      struct capture *ret)
{
	ret->later = true;
	ret->kept = p->kept;
	p->kept += n;
	if (p->kept > HOOK_KEPT)
		refuse(p, arg->return_copy.mark,
		       "more than 4 buffers or numbers, or 2 vectors, of returnCopy");
	else if (p->hook->kind == HOOK_TRACEPOINT || p->hook->kind == HOOK_LSM ||
		 p->hook->kind == HOOK_USDT)
		refuse(p, arg->return_copy.mark, "\"returnCopy\" where nothing is returned");
}

/* What is returned says how much there is, or a number that the call leaves. */
static void plan_later(struct planner *p, const struct policy_arg *arg, struct capture *ret)
{
	bool is_vector = !is_buffer(ret->reader);

	plan_kept(p, arg, is_vector ? 2 : 1, ret);
	if (ret->reader->size != SIZE_ARGUMENT)
		refuse(p, arg->type.mark, "\"returnCopy\" of this type");
	if (!is_vector || ret->size_place)
		return;
	finding_remedy(
		diagnose_error(p->diags, arg->mark, "nothing says how many parts the vector has"),
		"add sizeArgIndex, which counts from 1");
	p->refused = true;
}

/* Of what has no end of its own. */
static void plan_size(struct planner *p, const struct policy_arg *arg, struct capture *ret)
{
	if (ret->reader->size == SIZE_ARGUMENT)
		ret->size_place = (unsigned)arg->size_index.v;
	else if (ret->reader->size == SIZE_LITERAL)
		ret->size = (unsigned)arg->size_index.v;
	if (ret->path && !ret->size_place && !ret->size)
		ret->size = ret->path->size;
	ret->whole = arg->max_data.v && is_buffer(ret->reader);
	if (arg->return_copy.v) {
		plan_later(p, arg, ret);
	} else if (ret->reader->size != SIZE_NONE && !ret->size && !ret->size_place) {
		finding_remedy(diagnose_error(p->diags, arg->mark,
					      "nothing says how large the argument is"),
			       "add sizeArgIndex, which counts from 1");
		p->refused = true;
	}
}

static void plan_register(struct planner *p, const struct policy_arg *arg, struct capture *ret)
{
	struct access_path *path = TAKE(p, 1, struct access_path);
	struct register_part part;
	struct suggest suggest;
	struct finding *f;

	if (!path)
		return;
	if (!register_find(arg->resolve.s, arg->resolve.len, &part, &suggest)) {
		f = diagnose_error(p->diags, arg->resolve.mark, QUOTED " is not a register",
				   QUOTE(arg->resolve.s, arg->resolve.len));
		finding_suggest(f, &suggest);
		p->refused = true;
		return;
	}
	*path = (struct access_path){.shift = part.shift, .bits = part.bits};
	ret->place = part.offset;
	ret->path = path;
}

static void plan_capture(struct planner *p, const struct policy_arg *arg, struct capture *ret)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);

	ret->source = arg->source;
	ret->place = (unsigned)arg->index.v;
	ret->path = arg->path;
	if (arg->source == ARG_SOURCE_PT_REGS)
		plan_register(p, arg, ret);
	else if (arg->resolve.len && !arg->path)
		refuse(p, arg->resolve.mark, "\"resolve\" of this hook");
	ret->reader = type ? reader_of(type->id) : NULL;
	if (ret->reader) {
		ret->kind = type->id == ARG_TYPE_STRING ? CAPTURE_STRING : CAPTURE_READ;
		plan_size(p, arg, ret);
	} else if (type && type->groups == ARG_GROUP_INT) {
		ret->kind = CAPTURE_NUMBER;
		ret->bits = type->bits;
		ret->is_signed = type->is_signed;
		if (arg->return_copy.v && !ret->path)
			plan_kept(p, arg, 1, ret);
	} else if (type && type->id == ARG_TYPE_CAPABILITY) {
		ret->kind = CAPTURE_NUMBER;
		ret->bits = 32;
		ret->is_signed = true;
	} else if (type && type->id == ARG_TYPE_NOP) {
		ret->kind = CAPTURE_NOTHING;
	} else {
		refuse(p, arg->type.mark, "this type");
	}
	if (arg->return_copy.v && !ret->later)
		refuse(p, arg->return_copy.mark, "\"returnCopy\" of this type");
}

/* Such as that of SSL_read_ex(3), which itself returns whether it read anything. */
static void find_filled(struct capture *captures, size_t n, struct capture *buffer)
{
	for (size_t i = 0; i < n; i++)
		if (captures[i].later && captures[i].kind == CAPTURE_NUMBER &&
		    captures[i].source == ARG_SOURCE_CALL &&
		    captures[i].place + 1 == buffer->size_place)
			buffer->filled = &captures[i];
}

void plan_captures(struct planner *p, struct capture *captures)
{
	size_t n;

	const struct policy_hook *hook = p->hook;

	for (size_t i = 0; i < hook->args.n; i++)
		plan_capture(p, &hook->args.v[i], &captures[i]);
	for (size_t i = 0; i < hook->data.n; i++)
		plan_capture(p, &hook->data.v[i], &captures[hook->args.n + i]);
	n = hook->args.n + hook->data.n;
	for (size_t i = 0; i < n; i++)
		if (captures[i].later && captures[i].reader && is_buffer(captures[i].reader))
			find_filled(captures, n, &captures[i]);
}

/* The arguments are gone by then. */
static void plan_return(struct planner *p, const struct policy_arg *arg, struct capture *ret)
{
	plan_capture(p, arg, ret);
	if (ret->kind == CAPTURE_NOTHING || ret->size_place || ret->later)
		refuse(p, arg->type.mark, "this type of what is returned");
}

/* --- what is tested */

static int by_low_signed(const void *a, const void *b)
{
	int64_t x = (int64_t)((const struct range *)a)->low;
	int64_t y = (int64_t)((const struct range *)b)->low;

	return (x > y) - (x < y);
}

static int by_low(const void *a, const void *b)
{
	uint64_t x = ((const struct range *)a)->low, y = ((const struct range *)b)->low;

	return (x > y) - (x < y);
}

static bool reaches(const struct range *a, const struct range *b, bool is_signed)
{
	/* Also one that begins where the other has just ended. */
	if (is_signed)
		return (int64_t)a->high == INT64_MAX || (int64_t)b->low <= (int64_t)a->high + 1;
	return a->high == UINT64_MAX || b->low <= a->high + 1;
}

static bool beyond(uint64_t a, uint64_t b, bool is_signed)
{
	return is_signed ? (int64_t)a > (int64_t)b : a > b;
}

size_t merge_ranges(struct range *v, size_t n, bool is_signed)
{
	size_t kept = 0;

	qsort(v, n, sizeof(*v), is_signed ? by_low_signed : by_low);
	for (size_t i = 0; i < n; i++) {
		if (kept && reaches(&v[kept - 1], &v[i], is_signed)) {
			if (beyond(v[i].high, v[kept - 1].high, is_signed))
				v[kept - 1].high = v[i].high;
		} else {
			v[kept++] = v[i];
		}
	}
	return kept;
}

/* What is greater, or less, than the value. Returns false when there is no such number. */
static bool beside(enum operator_kind kind, const struct policy_value *value, bool is_signed,
		   struct range *ret)
{
	uint64_t v = value->range.low;
	uint64_t least = is_signed ? (uint64_t)INT64_MIN : 0;
	uint64_t most = is_signed ? (uint64_t)INT64_MAX : UINT64_MAX;

	if (v == (kind == OPERATOR_GT ? most : least))
		return false;
	*ret = kind == OPERATOR_GT ? (struct range){v + 1, most} : (struct range){least, v - 1};
	return true;
}

static size_t count_numbers(const struct policy_values *values)
{
	size_t n = values->n;

	for (size_t i = 0; i < values->n; i++)
		n += values->v[i].list ? 2 * values->v[i].list->n_numbers : 0;
	return n;
}

/* Numbers of 32-bit programs are above these. */
static bool is_native(uint64_t number)
{
	return number <= INT32_MAX;
}

/* How the third ABI of this machine calls it, if there is one: who calls so is not to get by. */
static size_t add_x32(uint64_t number, struct range *ret)
{
	const enum syscall_abi own = SYSCALL_ABI_DEFAULT;
	const struct syscall_info *call = NULL;

	if (own == SYSCALL_ABI_X64 && is_native(number))
		call = syscall_by_number(SYSCALL_ABI_X64, (long)number);
	if (!call)
		return 0;
	number = (uint64_t)syscall_x32_number(call);
	*ret = (struct range){number, number};
	return 1;
}

/* What there is no number of is told, and refused. */
static size_t list_numbers(struct planner *p, const struct policy_list *list, struct range *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n_numbers; i++) {
		uint64_t number = (uint64_t)list->numbers[i];
		const struct policy_text *text;

		if (list->numbers[i] >= 0) {
			ret[n++] = (struct range){number, number};
			n += add_x32(number, &ret[n]);
			continue;
		}
		/* What is generated has no values, and no calls that are not there. */
		text = &list->values.v[i];
		diagnose_error(p->diags, text->mark, "there is no system call " QUOTED,
			       QUOTE(text->s, text->len));
		p->refused = true;
	}
	return n;
}

static void plan_numbers(struct planner *p, const struct policy_arg_match *match,
			 const struct operator* op, struct test *ret)
{
	const struct policy_values *values = &match->values;
	struct range *v = TAKE(p, count_numbers(values), struct range);
	size_t n = 0;

	ret->is_signed = values->kind == POLICY_VALUES_SIGNED;
	if (!v)
		return;
	for (size_t i = 0; i < values->n; i++) {
		const struct policy_value *value = &values->v[i];

		if (value->list)
			n += list_numbers(p, value->list, &v[n]);
		else if (values->kind == POLICY_VALUES_FILE_TYPES)
			v[n++] = (struct range){value->range.low,
						value->range.low | FILE_PERMISSIONS};
		else if (op->kind == OPERATOR_MASK)
			ret->mask |= value->range.low;
		else if (op->kind == OPERATOR_GT || op->kind == OPERATOR_LT)
			n += beside(op->kind, value, ret->is_signed, &v[n]);
		else
			v[n++] = (struct range){value->range.low, value->range.high};
	}
	if (op->kind == OPERATOR_MASK) {
		ret->kind = TEST_MASK;
		return;
	}
	ret->kind = TEST_RANGES;
	ret->ranges = v;
	ret->n = merge_ranges(v, n, ret->is_signed);
}

/* Of what has no values. */
static void plan_privileged(struct planner *p, struct test *ret)
{
	struct range *v = TAKE(p, 1, struct range);

	if (!v)
		return;
	*v = (struct range){0, 1023};
	ret->kind = TEST_RANGES;
	ret->ranges = v;
	ret->n = 1;
}

static void plan_networks(struct planner *p, const struct policy_values *values,
			  const struct capture *capture, struct test *ret)
{
	struct network *v = TAKE(p, values->n, struct network);

	if (!v || !capture->reader)
		return;
	for (size_t i = 0; i < values->n; i++) {
		const struct policy_value *value = &values->v[i];

		v[i].prefix = value->network.prefix;
		v[i].v6 = value->network.family == 6;
		memcpy(v[i].address, value->network.address, sizeof(v[i].address));
	}
	ret->kind = TEST_NETWORKS;
	ret->networks = v;
	ret->n = values->n;
	ret->family = capture->reader->layout->fields[PART_FAMILY];
}

static bool is_substring(const struct operator* op)
{
	return op->kind == OPERATOR_SUBSTRING || op->kind == OPERATOR_SUBSTRING_IGNORE_CASE;
}

static char *lower(struct planner *p, const struct policy_value *value)
{
	char *to = TAKE(p, value->bytes.len, char);

	for (size_t i = 0; to && i < value->bytes.len; i++) {
		char c = value->bytes.s[i];

		to[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
	}
	return to;
}

static void plan_strings(struct planner *p, const struct policy_arg_match *match,
			 const struct operator* op, struct test *ret)
{
	const struct policy_values *values = &match->values;
	struct bytes *v = TAKE(p, values->n, struct bytes);

	if (!v)
		return;
	for (size_t i = 0; i < values->n; i++) {
		v[i] = (struct bytes){values->v[i].bytes.s, values->v[i].bytes.len};
		if (op->kind == OPERATOR_SUBSTRING_IGNORE_CASE)
			v[i].s = lower(p, &values->v[i]);
		if (is_substring(op) && v[i].len > HOOK_NEEDLE_MAX)
			refuse(p, values->v[i].mark, "a value of more than 256 bytes");
	}
	ret->strings = v;
	ret->n = values->n;
	switch (op->kind) {
	case OPERATOR_EQUAL:
	case OPERATOR_NOT_EQUAL:
		ret->kind = TEST_EQUAL;
		break;
	case OPERATOR_PREFIX:
	case OPERATOR_NOT_PREFIX:
		ret->kind = TEST_PREFIX;
		break;
	case OPERATOR_POSTFIX:
	case OPERATOR_NOT_POSTFIX:
		ret->kind = TEST_POSTFIX;
		break;
	case OPERATOR_SUBSTRING:
		ret->kind = TEST_SUBSTRING;
		break;
	case OPERATOR_SUBSTRING_IGNORE_CASE:
		ret->kind = TEST_SUBSTRING_NOCASE;
		break;
	default:
		refuse(p, match->operator.mark, "this operator");
	}
}

/* Of an argument, or of what is returned. */
static void plan_test(struct planner *p, const struct policy_arg_match *match,
		      const struct policy_arg *arg, const struct capture *capture, struct test *ret)
{
	const struct operator* op = operator_at((size_t)match->operator.v);
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);

	ret->capture = match->arg;
	ret->second = match->second;
	ret->negate = op->negative;
	if (capture->kind != CAPTURE_NUMBER && (!capture->reader || !type))
		return; /* refused for its type */
	if (capture->later)
		refuse(p, match->mark, "a test of what is read when the call returns");
	if (capture->reader)
		ret->field = capture->reader->layout->fields[operator_part(op, type)];
	if (op->kind == OPERATOR_CAPABILITIES_GAINED)
		ret->kind = TEST_GAINED;
	else if (op->args > 1 || (capture->reader && !ret->field.exists))
		refuse(p, match->operator.mark, "this operator");
	else if (match->values.kind == POLICY_VALUES_SIGNED ||
		 match->values.kind == POLICY_VALUES_UNSIGNED ||
		 match->values.kind == POLICY_VALUES_FILE_TYPES)
		plan_numbers(p, match, op, ret);
	else if (match->values.kind == POLICY_VALUES_BYTES)
		plan_strings(p, match, op, ret);
	else if (match->values.kind == POLICY_VALUES_NETWORKS)
		plan_networks(p, &match->values, capture, ret);
	else if (match->values.kind == POLICY_VALUES_NONE)
		plan_privileged(p, ret);
	else
		refuse(p, match->operator.mark, "this operator");
}

/* --- selectors */

static void plan_returns(struct planner *p, const struct policy_selector *from,
			 struct plan_selector *ret)
{
	struct test *tests = TAKE(p, from->return_args.n, struct test);

	if (!tests)
		return;
	for (size_t i = 0; i < from->return_args.n; i++)
		plan_test(p, &from->return_args.v[i], &p->hook->return_arg, p->returned, &tests[i]);
	ret->n_returns = from->return_args.n;
	ret->returns = tests;
	ret->return_actions = plan_actions(p, &from->return_actions, true);
}

static void plan_expression(struct planner *p, const struct policy_value *value, struct test *ret)
{
	_cleanup_error_ struct error *err = NULL;

	ret->kind = TEST_EXPRESSION;
	if (expression_read(p, value->bytes.s, &ret->expressions, &err) >= 0 || !err)
		return;
	expression_diagnose(p->diags, value, err);
	p->refused = true;
}

/* @first: the capture of the first of @args. */
static void plan_tests(struct planner *p, const struct policy_arg_matches *from,
		       const struct policy_args *args, size_t first, struct test *tests)
{
	for (size_t i = 0; i < from->n; i++) {
		if (from->v[i].values.kind == POLICY_VALUES_EXPRESSION) {
			plan_expression(p, &from->v[i].values.v[0], &tests[i]);
			continue;
		}
		plan_test(p, &from->v[i], &args->v[from->v[i].arg],
			  &p->captures[first + from->v[i].arg], &tests[i]);
		tests[i].capture += first;
		tests[i].second += first;
	}
}

static void plan_selector(struct planner *p, const struct policy_selector *from,
			  struct plan_selector *ret)
{
	struct test *tests = TAKE(p, from->args.n + from->data.n, struct test);

	if (!tests)
		return;
	plan_process(p, from, ret);
	plan_tests(p, &from->args, &p->hook->args, 0, tests);
	plan_tests(p, &from->data, &p->hook->data, p->hook->args.n, tests + from->args.n);
	ret->n = from->args.n + from->data.n;
	ret->tests = tests;
	ret->actions = plan_actions(p, &from->actions, false);
	plan_returns(p, from, ret);
	if (!ret->actions.post && ret->return_actions.asks_agent)
		refuse(p, from->return_actions.mark,
		       "GetUrl or DnsLookup at the return of what is not posted");
}

int plan_number(struct plan *plan, uint32_t number, struct arena *arena)
{
	char *name = arena_alloc(arena, NAME_MAX_LEN);

	if (!name)
		return -ENOMEM;
	snprintf(name, NAME_MAX_LEN, "hook_%u", number);
	plan->hook = number;
	plan->name = name;
	return 0;
}

int plan_make(const struct policy_hook *hook, const struct plan_facts *facts, struct arena *arena,
	      struct diagnostics *diags, struct plan *ret)
{
	struct planner p = {.hook = hook, .facts = facts, .arena = arena, .diags = diags};
	/* What its policy says of who it is about is a selector, too, when it is all there is. */
	static const struct policy_selector all;
	const struct policy_selector *from = hook->selectors.v;
	struct workload_scope scope;
	bool implied = !hook->selectors.n && hook->scope &&
		       (workload_scope_of(hook->scope, &scope) || scope.host);
	size_t n = implied ? 1 : hook->selectors.n;
	struct plan_selector *selectors = TAKE(&p, n, struct plan_selector);
	size_t n_captures = hook->args.n + hook->data.n;
	struct capture *captures = TAKE(&p, n_captures, struct capture);

	if (!selectors || !captures)
		return -ENOMEM;
	*ret = (struct plan){0};
	ret->stack_addresses = facts->stack_addresses;
	ret->returned.kind = CAPTURE_NOTHING;
	ret->returned.place = (unsigned)hook->return_arg.index.v;
	if (hook->returns.v)
		plan_return(&p, &hook->return_arg, &ret->returned);
	if (hook->return_action >= 0)
		ret->returned_socket = hook->return_action == ACTION_TRACK_SOCK
					       ? RETURNED_TRACKED
					       : RETURNED_UNTRACKED;
	plan_captures(&p, captures);
	ret->tells_return = hook->returns.v || p.kept;
	p.captures = captures;
	p.returned = &ret->returned;
	for (size_t i = 0; i < n; i++)
		plan_selector(&p, implied ? &all : &from[i], &selectors[i]);
	ret->n_captures = n_captures;
	ret->captures = captures;
	ret->n_selectors = n;
	ret->selectors = selectors;
	if (arena->failed)
		return -ENOMEM;
	return p.refused ? -EOPNOTSUPP : 0;
}
