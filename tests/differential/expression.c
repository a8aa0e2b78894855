// SPDX-License-Identifier: Apache-2.0
#include "expression.h"
#include "base/macro.h"
#include "random.h"

#include <inttypes.h>
#include <string.h>

/* Of expressions in expressions. */
#define DEPTH 3

/* What expressions call the numbers of a type. */
struct kind {
	const char *name;
	bool is_signed, is_wide;
};

static const struct kind kinds[] = {
	{"int32", true, false},
	{"uint32", false, false},
	{"int", true, true},
	{"uint", false, true},
};

static const struct kind *kind_of(const struct type *type)
{
	size_t i = 0;

	while (kinds[i].is_signed != type->is_signed || kinds[i].is_wide != (type->bits == 64))
		i++;
	return &kinds[i];
}

static void append_literal(const struct kind *kind, struct str *out)
{
	static const int64_t numbers[] = {0, 1, 2, 7, 99, 100, 127, 255, 256, 65535, INT32_MAX};
	int64_t v = PICK(numbers);

	if (kind->is_signed)
		str_appendf(out, "%s(%s%" PRId64 ")", kind->name, pick(3) ? "" : "-", v);
	else
		str_appendf(out, "%s(%" PRId64 "u)", kind->name, v);
}

/* A number of that kind, of an argument. */
static void append_number(size_t arg, const struct kind *kind, struct str *out)
{
	static const char *const functions[] = {"and", "or", "xor"};

	switch (pick(5)) {
	case 0:
		str_appendf(out, "%s(arg%zu, ", PICK(functions), arg);
		append_literal(kind, out);
		str_append_lit(out, ")");
		break;
	case 1:
		str_appendf(out, "(arg%zu %s ", arg, pick(2) ? "+" : "-");
		append_literal(kind, out);
		str_append_lit(out, ")");
		break;
	case 2:
		str_appendf(out, "not(arg%zu)", arg);
		break;
	default:
		str_appendf(out, "arg%zu", arg);
	}
}

static void append_comparison(size_t arg, const struct type *type, struct str *out)
{
	static const char *const operators[] = {"==", "!=", "<", "<=", ">", ">="};
	const struct kind *kind = kind_of(type), *as = pick(3) ? kind : &PICK(kinds);

	if (pick(5) == 0) {
		str_appendf(out, "arg%zu in [", arg);
		append_literal(kind, out);
		str_append_lit(out, ", ");
		append_literal(kind, out);
		str_append_lit(out, "]");
		return;
	}
	if (as != kind)
		str_appendf(out, "%s(", as->name);
	append_number(arg, kind, out);
	str_appendf(out, "%s %s ", as != kind ? ")" : "", PICK(operators));
	append_literal(as, out);
}

static void append_text_test(size_t arg, struct str *out)
{
	static const char *const functions[] = {"startsWith", "endsWith", "contains"};

	switch (pick(3)) {
	case 0:
		str_appendf(out, "arg%zu %s '%s'", arg, pick(2) ? "==" : "!=", PICK(words));
		break;
	case 1:
		str_appendf(out, "arg%zu in ['%s', '%s']", arg, PICK(words), PICK(words));
		break;
	default:
		str_appendf(out, "arg%zu.%s('%s')", arg, PICK(functions), PICK(words));
	}
}

/* What expressions can be about. */
struct operands {
	const struct type *const *v;
	size_t n;
};

static bool has_tests(const struct type *type)
{
	return type->bits || type->is_text;
}

static void append_leaf(const struct operands *args, struct str *out)
{
	size_t arg = pick((uint32_t)args->n), tries = 0;

	while (!has_tests(args->v[arg]) && tries++ < args->n)
		arg = (arg + 1) % args->n;
	if (!has_tests(args->v[arg]))
		str_append_lit(out, "true");
	else if (args->v[arg]->bits)
		append_comparison(arg, args->v[arg], out);
	else
		append_text_test(arg, out);
}

static void append_bool(const struct operands *args, unsigned depth, struct str *out)
{
	static const char *const operators[] = {" && ", " || ", " == ", " ? "};
	size_t kind = pick(ARRAY_SIZE(operators));

	if (!depth || pick(3) == 0) {
		append_leaf(args, out);
		return;
	}
	str_append_lit(out, "(");
	if (pick(4) == 0)
		str_append_lit(out, "!");
	str_append_lit(out, "(");
	append_bool(args, depth - 1, out);
	str_appendf(out, ")%s(", operators[kind]);
	append_bool(args, depth - 1, out);
	str_append_lit(out, ")");
	if (kind == 3) {
		str_append_lit(out, " : (");
		append_bool(args, depth - 1, out);
		str_append_lit(out, ")");
	}
	str_append_lit(out, ")");
}

void append_expression(const struct type *const *args, size_t n, struct str *out)
{
	const struct operands operands = {args, n};

	append_bool(&operands, DEPTH, out);
}
