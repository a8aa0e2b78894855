// SPDX-License-Identifier: Apache-2.0
#include "compile/expression.h"
#include "abi/hook.h"
#include "base/macro.h"
#include "cel/complain.h"
#include "cel/parser.h"
#include "compile/planner.h"
#include "policy/operator.h"
#include "policy/value_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	struct planner *p;
	bool *mentioned; /* of each capture */
	struct error **reterr;
};

static const char *const type_names[_EXPRESSION_TYPE_MAX] = {
	[EXPRESSION_BOOL] = "bool", [EXPRESSION_S32] = "int32", [EXPRESSION_U32] = "uint32",
	[EXPRESSION_S64] = "int",   [EXPRESSION_U64] = "uint",  [EXPRESSION_STRING] = "string",
};

static int read_node(struct reading *r, const struct cel_node *node, struct expression **ret);

static struct expression *make(struct reading *r, enum expression_kind kind,
			       enum expression_type type, size_t n)
{
	struct expression *e = TAKE(r->p, 1, struct expression);

	if (!e)
		return NULL;
	e->kind = kind;
	e->type = type;
	e->n = n;
	e->child = TAKE(r->p, n, const struct expression *);
	return e->child ? e : NULL;
}

static bool is_number(enum expression_type type)
{
	return type != EXPRESSION_BOOL && type != EXPRESSION_STRING;
}

uint64_t expression_fit(uint64_t v, enum expression_type type)
{
	if (type == EXPRESSION_S32)
		return (uint64_t)(int64_t)(int32_t)v;
	return type == EXPRESSION_U32 ? (uint32_t)v : v;
}

/* --- values of the hook */

/* False: it cannot be used in expressions. */
static bool type_of(const struct capture *c, const struct arg_type *type, enum expression_type *ret)
{
	bool word = c->reader && c->reader->layout->fields[PART_NUMBER].exists;

	if (c->kind == CAPTURE_NUMBER && c->bits < 64)
		*ret = c->is_signed ? EXPRESSION_S32 : EXPRESSION_U32;
	else if (c->kind == CAPTURE_NUMBER || word)
		*ret = c->kind == CAPTURE_NUMBER && c->is_signed ? EXPRESSION_S64 : EXPRESSION_U64;
	else if (c->reader && type->groups & ARG_GROUP_STRING)
		*ret = EXPRESSION_STRING;
	else
		return false;
	return true;
}

static int read_name(struct reading *r, const struct cel_node *node, struct expression **ret)
{
	const struct policy_hook *hook = r->p->hook;
	const char *name = node->name.name;
	size_t at = 0;
	bool found = value_name_find(hook, name, strlen(name), &at);
	const struct policy_arg *arg = found ? value_at(hook, at) : NULL;
	const struct arg_type *type = arg ? arg_type_at((size_t)arg->type.v) : NULL;
	enum expression_type of;

	if (!type) {
		cel_complain(r->reterr, -EINVAL, node->place, "there is no value \"%s\"", name);
		error_remedy(r->reterr, "arg0 is the first of \"args\", data0 of \"data\"");
		return -EINVAL;
	}
	if (arg_is_up_to_kernel(arg, type))
		return -ENODATA;
	if (r->p->captures[at].later || !type_of(&r->p->captures[at], type, &of))
		return cel_complain(r->reterr, -EINVAL, node->place,
				    "%s is of type %s, which expressions do not take", name,
				    type->name);
	*ret = make(r, EXPRESSION_CAPTURE, of, 0);
	if (!*ret)
		return -ENOMEM;
	(*ret)->capture = at;
	r->mentioned[at] = true;
	return 0;
}

static int read_literal(struct reading *r, const struct cel_node *node, struct expression **ret)
{
	const struct cel_value *v = &node->literal;

	switch (v->kind) {
	case CEL_BOOL:
		*ret = make(r, EXPRESSION_CONSTANT, EXPRESSION_BOOL, 0);
		break;
	case CEL_INT:
		*ret = make(r, EXPRESSION_CONSTANT, EXPRESSION_S64, 0);
		break;
	case CEL_UINT:
		*ret = make(r, EXPRESSION_CONSTANT, EXPRESSION_U64, 0);
		break;
	case CEL_STRING:
		*ret = make(r, EXPRESSION_TEXT, EXPRESSION_STRING, 0);
		if (*ret)
			(*ret)->text = (struct bytes){v->text.data, v->text.len};
		return *ret ? 0 : -ENOMEM;
	default:
		return cel_complain(r->reterr, -EINVAL, node->place,
				    "such literals are not for expressions in the kernel");
	}
	if (!*ret)
		return -ENOMEM;
	(*ret)->constant = v->kind == CEL_BOOL ? v->boolean : v->uinteger;
	return 0;
}

/* --- what is asked of strings, and lists */

static int make_test(struct reading *r, const struct expression *of, enum test_kind kind,
		     struct test **ret_test, struct expression **ret)
{
	const struct capture *c = &r->p->captures[of->capture];
	struct test *test = TAKE(r->p, 1, struct test);

	*ret = make(r, EXPRESSION_TEST, EXPRESSION_BOOL, 0);
	if (!test || !*ret)
		return -ENOMEM;
	test->kind = kind;
	test->capture = of->capture;
	if (c->reader)
		test->field =
			c->reader->layout
				->fields[of->type == EXPRESSION_STRING ? PART_BYTES : PART_NUMBER];
	(*ret)->test = test;
	*ret_test = test;
	return 0;
}

static int make_text_test(struct reading *r, const struct cel_node *node,
			  const struct expression *of, enum test_kind kind,
			  struct expression *const *texts, size_t n, struct expression **ret)
{
	struct bytes *v = TAKE(r->p, n, struct bytes);
	struct test *test;
	int e;

	if (of->kind != EXPRESSION_CAPTURE)
		return cel_complain(r->reterr, -EINVAL, node->place,
				    "strings are compared with values of the hook");
	e = make_test(r, of, kind, &test, ret);
	if (e < 0 || !v)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (texts[i]->kind != EXPRESSION_TEXT)
			return cel_complain(r->reterr, -EINVAL, node->place,
					    "values are compared with strings that are written");
		if (kind == TEST_SUBSTRING && texts[i]->text.len > HOOK_NEEDLE_MAX)
			return cel_complain(r->reterr, -EINVAL, node->place,
					    "the string has more than %d bytes", HOOK_NEEDLE_MAX);
		v[i] = texts[i]->text;
	}
	test->n = n;
	test->strings = v;
	return 0;
}

static int make_range_test(struct reading *r, const struct cel_node *node,
			   const struct expression *of, struct expression *const *numbers, size_t n,
			   struct expression **ret)
{
	struct range *v = TAKE(r->p, n, struct range);
	struct test *test;

	if (of->kind != EXPRESSION_CAPTURE)
		return cel_complain(r->reterr, -EINVAL, node->place,
				    "what is in a list has to be a value of the hook");
	if (!v || make_test(r, of, TEST_RANGES, &test, ret) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		if (numbers[i]->kind != EXPRESSION_CONSTANT)
			return cel_complain(r->reterr, -EINVAL, node->place,
					    "lists are of numbers or strings that are written");
		v[i] = (struct range){numbers[i]->constant, numbers[i]->constant};
	}
	test->is_signed = expression_is_signed(of->type);
	test->n = merge_ranges(v, n, test->is_signed);
	test->ranges = v;
	return 0;
}

/* --- calls */

static int mistyped(struct reading *r, const struct cel_node *node, const struct expression *a,
		    const struct expression *b)
{
	cel_complain(r->reterr, -EINVAL, node->place, "there is no %s %s %s", type_names[a->type],
		     node->call.function, type_names[b->type]);
	if (is_number(a->type) && is_number(b->type))
		error_remedy(r->reterr, "make both the same: int32(), uint32(), int(), uint()");
	return -EINVAL;
}

static int read_in(struct reading *r, const struct cel_node *node, const struct expression *of,
		   struct expression **ret)
{
	const struct cel_node *list = node->child[1];
	struct expression **items = TAKE(r->p, list->n, struct expression *);

	if (!items)
		return -ENOMEM;
	if (list->kind != CEL_NODE_LIST)
		return cel_complain(r->reterr, -EINVAL, list->place,
				    "\"in\" needs a list that is written");
	for (unsigned i = 0; i < list->n; i++) {
		int e = read_node(r, list->child[i], &items[i]);

		if (e < 0)
			return e;
		if (items[i]->type != of->type)
			return mistyped(r, node, of, items[i]);
	}
	if (of->type == EXPRESSION_STRING)
		return make_text_test(r, node, of, TEST_EQUAL, items, list->n, ret);
	return make_range_test(r, node, of, items, list->n, ret);
}

static int negate(struct reading *r, const struct expression *of, struct expression **ret)
{
	*ret = make(r, EXPRESSION_NOT, EXPRESSION_BOOL, 1);
	if (!*ret)
		return -ENOMEM;
	(*ret)->child[0] = of;
	return 0;
}

static int compare_texts(struct reading *r, const struct cel_node *node, enum expression_kind kind,
			 struct expression *a, struct expression *b, struct expression **ret)
{
	struct expression *of = a->kind == EXPRESSION_TEXT ? b : a;
	struct expression *text = of == a ? b : a, *equal = NULL;
	int e;

	if (kind != EXPRESSION_EQUAL && kind != EXPRESSION_UNEQUAL)
		return mistyped(r, node, a, b);
	e = make_text_test(r, node, of, TEST_EQUAL, &text, 1, &equal);
	if (e < 0)
		return e;
	*ret = equal;
	return kind == EXPRESSION_UNEQUAL ? negate(r, equal, ret) : 0;
}

enum { OF_ALL, OF_NUMBERS };

static const struct {
	const char *name;
	enum expression_kind kind;
	int of;
	bool makes_bool;
} binaries[] = {
	{"==", EXPRESSION_EQUAL, OF_ALL, true},
	{"!=", EXPRESSION_UNEQUAL, OF_ALL, true},
	{"<", EXPRESSION_LESS, OF_NUMBERS, true},
	{"<=", EXPRESSION_LESS_EQUAL, OF_NUMBERS, true},
	{">", EXPRESSION_GREATER, OF_NUMBERS, true},
	{">=", EXPRESSION_GREATER_EQUAL, OF_NUMBERS, true},
	{"+", EXPRESSION_ADD, OF_NUMBERS, false},
	{"-", EXPRESSION_SUBTRACT, OF_NUMBERS, false},
	{"and", EXPRESSION_BIT_AND, OF_NUMBERS, false},
	{"or", EXPRESSION_BIT_OR, OF_NUMBERS, false},
	{"xor", EXPRESSION_BIT_XOR, OF_NUMBERS, false},
};

static int read_binary(struct reading *r, const struct cel_node *node, size_t row,
		       struct expression *a, struct expression *b, struct expression **ret)
{
	enum expression_kind kind = binaries[row].kind;

	if (a->type == EXPRESSION_STRING && b->type == EXPRESSION_STRING)
		return compare_texts(r, node, kind, a, b, ret);
	if (a->type != b->type || (binaries[row].of == OF_NUMBERS && !is_number(a->type)))
		return mistyped(r, node, a, b);
	*ret = make(r, kind, binaries[row].makes_bool ? EXPRESSION_BOOL : a->type, 2);
	if (!*ret)
		return -ENOMEM;
	(*ret)->child[0] = a;
	(*ret)->child[1] = b;
	return 0;
}

static const struct {
	const char *name;
	enum expression_kind kind;
	int type; /* of the result; -1: that of what it is of */
} unaries[] = {
	{"int32", EXPRESSION_CAST, EXPRESSION_S32},
	{"uint32", EXPRESSION_CAST, EXPRESSION_U32},
	{"int64", EXPRESSION_CAST, EXPRESSION_S64},
	{"uint64", EXPRESSION_CAST, EXPRESSION_U64},
	{"int", EXPRESSION_CAST, EXPRESSION_S64},
	{"uint", EXPRESSION_CAST, EXPRESSION_U64},
	{"not", EXPRESSION_BIT_NOT, -1},
};

static int read_unary(struct reading *r, const struct cel_node *node, size_t row,
		      struct expression *a, struct expression **ret)
{
	int type = unaries[row].type < 0 ? (int)a->type : unaries[row].type;

	if (!is_number(a->type))
		return cel_complain(r->reterr, -EINVAL, node->place, "there is no %s(%s)",
				    node->call.function, type_names[a->type]);
	if (a->kind == EXPRESSION_CONSTANT && unaries[row].kind == EXPRESSION_CAST) {
		a->type = (enum expression_type)type;
		a->constant = expression_fit(a->constant, a->type);
		*ret = a;
		return 0;
	}
	*ret = make(r, unaries[row].kind, (enum expression_type)type, 1);
	if (!*ret)
		return -ENOMEM;
	(*ret)->child[0] = a;
	return 0;
}

/* Of strings. */
static const struct {
	const char *name;
	enum test_kind kind;
} methods[] = {
	{"startsWith", TEST_PREFIX},
	{"endsWith", TEST_POSTFIX},
	{"contains", TEST_SUBSTRING},
};

static int read_children(struct reading *r, const struct cel_node *node, struct expression **v,
			 unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		int e = read_node(r, node->child[i], &v[i]);

		if (e < 0)
			return e;
	}
	return 0;
}

static bool is_call(const struct cel_node *node, const char *name, bool member, unsigned n)
{
	return node->n == n && node->call.member == member && !strcmp(node->call.function, name);
}

static int read_not(struct reading *r, const struct cel_node *node, struct expression **ret)
{
	struct expression *of = NULL;
	int e = read_node(r, node->child[0], &of);

	if (e < 0)
		return e;
	if (of->type != EXPRESSION_BOOL)
		return cel_complain(r->reterr, -EINVAL, node->place, "there is no !%s",
				    type_names[of->type]);
	return negate(r, of, ret);
}

static int read_call(struct reading *r, const struct cel_node *node, struct expression **ret)
{
	struct expression *v[2] = {0};
	int e;

	if (is_call(node, "!", false, 1))
		return read_not(r, node, ret);
	if (is_call(node, "in", false, 2)) {
		e = read_children(r, node, v, 1);
		return e < 0 ? e : read_in(r, node, v[0], ret);
	}
	for (size_t i = 0; i < ARRAY_SIZE(binaries); i++)
		if (is_call(node, binaries[i].name, false, 2)) {
			e = read_children(r, node, v, 2);
			return e < 0 ? e : read_binary(r, node, i, v[0], v[1], ret);
		}
	for (size_t i = 0; i < ARRAY_SIZE(unaries); i++)
		if (is_call(node, unaries[i].name, false, 1)) {
			e = read_children(r, node, v, 1);
			return e < 0 ? e : read_unary(r, node, i, v[0], ret);
		}
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++)
		if (is_call(node, methods[i].name, true, 2)) {
			e = read_children(r, node, v, 2);
			if (e >= 0 &&
			    (v[0]->type != EXPRESSION_STRING || v[1]->type != EXPRESSION_STRING))
				e = mistyped(r, node, v[0], v[1]);
			return e < 0 ? e
				     : make_text_test(r, node, v[0], methods[i].kind, &v[1], 1,
						      ret);
		}
	cel_complain(r->reterr, -EINVAL, node->place, "%s is not for expressions in the kernel",
		     node->call.function);
	error_remedy(r->reterr,
		     "there are ! && || ?: == != < <= > >= in + -, and() or() xor() not() "
		     "int32() uint32() int() uint(), of strings startsWith endsWith "
		     "contains");
	return -EINVAL;
}

/* && and ||, of bools; the condition of two of one type. */
static int read_logic(struct reading *r, const struct cel_node *node, enum expression_kind kind,
		      struct expression **ret)
{
	struct expression **v = TAKE(r->p, node->n, struct expression *);
	unsigned bools = kind == EXPRESSION_CONDITION ? 1 : node->n;
	int e;

	if (!v)
		return -ENOMEM;
	e = read_children(r, node, v, node->n);
	if (e < 0)
		return e;
	for (unsigned i = 0; i < bools; i++)
		if (v[i]->type != EXPRESSION_BOOL)
			return cel_complain(r->reterr, -EINVAL, node->child[i]->place,
					    "this has to be bool, and is %s",
					    type_names[v[i]->type]);
	if (bools < node->n && (v[1]->type != v[2]->type || v[1]->type == EXPRESSION_STRING))
		return cel_complain(r->reterr, -EINVAL, node->place,
				    "what is chosen from has to be numbers of one type, or bools");
	*ret = make(r, kind, v[node->n - 1]->type, node->n);
	if (!*ret)
		return -ENOMEM;
	for (unsigned i = 0; i < node->n; i++)
		(*ret)->child[i] = v[i];
	return 0;
}

static int read_kind(struct reading *r, const struct cel_node *node, struct expression **ret)
{
	switch (node->kind) {
	case CEL_NODE_LITERAL:
		return read_literal(r, node, ret);
	case CEL_NODE_NAME:
		return read_name(r, node, ret);
	case CEL_NODE_CALL:
		return read_call(r, node, ret);
	case CEL_NODE_AND:
		return read_logic(r, node, EXPRESSION_AND, ret);
	case CEL_NODE_OR:
		return read_logic(r, node, EXPRESSION_OR, ret);
	case CEL_NODE_CONDITION:
		return read_logic(r, node, EXPRESSION_CONDITION, ret);
	default:
		return cel_complain(r->reterr, -EINVAL, node->place,
				    "fields, lists, maps and macros are not for expressions in the "
				    "kernel");
	}
}

static int read_node(struct reading *r, const struct cel_node *node, struct expression **ret)
{
	int e;

	*ret = NULL;
	e = read_kind(r, node, ret);
	return e < 0 || *ret ? e : -ENOMEM;
}

/* How many numbers wait for others to be computed at the most. */
static size_t depth_of(const struct expression *e)
{
	size_t depth = 0;

	for (size_t i = 0; i < e->n; i++) {
		bool waits = i > 0 && e->kind >= EXPRESSION_EQUAL;

		depth = MAX(depth, depth_of(e->child[i]) + waits);
	}
	return depth;
}

static int finish(struct reading *r, const struct cel_node *node, const struct expression *top,
		  size_t n_captures, const struct expressions **ret)
{
	struct expressions *all = TAKE(r->p, 1, struct expressions);
	size_t *captures = TAKE(r->p, n_captures, size_t);

	if (!all || !captures)
		return -ENOMEM;
	if (top->type != EXPRESSION_BOOL)
		return cel_complain(r->reterr, -EINVAL, node->place,
				    "the expression has to be bool, and is %s",
				    type_names[top->type]);
	if (depth_of(top) > EXPRESSION_DEPTH)
		return cel_complain(r->reterr, -EINVAL, node->place,
				    "more than %d numbers wait for others to be computed",
				    EXPRESSION_DEPTH);
	*all = (struct expressions){.top = top, .captures = captures};
	for (size_t i = 0; i < n_captures; i++)
		if (r->mentioned[i])
			captures[all->n++] = i;
	*ret = all;
	return 0;
}

int expression_read(struct planner *p, const char *text, const struct expressions **ret,
		    struct error **reterr)
{
	size_t n_captures = p->hook->args.n + p->hook->data.n;
	struct reading r = {p, TAKE(p, n_captures, bool), reterr};
	struct expression *top = NULL;
	struct cel_node *node;
	int e = r.mentioned ? cel_parse(text, p->arena, &node, reterr) : -ENOMEM;

	if (e >= 0)
		e = read_node(&r, node, &top);
	return e < 0 ? e : finish(&r, node, top, n_captures, ret);
}
