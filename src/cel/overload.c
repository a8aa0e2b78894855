// SPDX-License-Identifier: Apache-2.0
#include "cel/overload.h"

#include "base/macro.h"
#include "cel/overload_table.h"

#include <ctype.h>
#include <string.h>

const struct cel_type cel_type_a = {.kind = CEL_VARIABLE}, cel_type_b = {.kind = CEL_VARIABLE};

static const struct cel_type list_a = {.kind = CEL_LIST, .arg = {&cel_type_a}};
static const struct cel_type list_string = {.kind = CEL_LIST, .arg = {CEL_SIMPLE(CEL_STRING)}};
static const struct cel_type map_ab = {.kind = CEL_MAP, .arg = {&cel_type_a, &cel_type_b}};

#define T_BOOL CEL_SIMPLE(CEL_BOOL)
#define T_INT CEL_SIMPLE(CEL_INT)
#define T_UINT CEL_SIMPLE(CEL_UINT)
#define T_DOUBLE CEL_SIMPLE(CEL_DOUBLE)
#define T_STRING CEL_SIMPLE(CEL_STRING)
#define T_BYTES CEL_SIMPLE(CEL_BYTES)
#define T_TIMESTAMP CEL_SIMPLE(CEL_TIMESTAMP)
#define T_DURATION CEL_SIMPLE(CEL_DURATION)
#define T_TYPE CEL_SIMPLE(CEL_TYPE)
#define T_IP CEL_SIMPLE(CEL_IP)
#define T_CIDR CEL_SIMPLE(CEL_CIDR)
#define T_DYN CEL_SIMPLE(CEL_DYN)
#define T_A &cel_type_a
#define T_B &cel_type_b
#define T_LIST_A &list_a
#define T_LIST_STRING &list_string
#define T_MAP_AB &map_ab

/* clang-format off */
#define P1(a) 1, {T_##a}
#define P2(a, b) 2, {T_##a, T_##b}
#define P3(a, b, c) 3, {T_##a, T_##b, T_##c}
#define P4(a, b, c, d) 4, {T_##a, T_##b, T_##c, T_##d}
#define OVERLOAD(name, style, function, result, ...) \
	{name, CEL_STYLE_##style, T_##result, __VA_ARGS__},
/* clang-format on */

const struct cel_overload cel_overloads[] = {CEL_OVERLOADS(OVERLOAD)};
const size_t cel_n_overloads = ARRAY_SIZE(cel_overloads);

struct cel_overload_set cel_overload_find(const char *name, bool member)
{
	const struct cel_overload *o = cel_overloads, *end = cel_overloads + cel_n_overloads;
	struct cel_overload_set set;

	while (o < end && ((o->style == CEL_STYLE_MEMBER) != member || strcmp(o->name, name)))
		o++;
	set.first = o;
	while (o < end && (o->style == CEL_STYLE_MEMBER) == member && !strcmp(o->name, name))
		o++;
	set.last = o;
	return set;
}

static bool is_word(const char *name)
{
	return isalpha((unsigned char)*name) && strcmp(name, "in") != 0;
}

static void show_list(struct str *out, const char *const *args, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (i > 0)
			str_append_lit(out, ", ");
		str_append_z(out, args[i]);
	}
}

void cel_overload_show(struct str *out, const char *name, bool member, const char *const *args,
		       unsigned n)
{
	if (!strcmp(name, "[]")) {
		str_appendf(out, "%s[%s]", args[0], args[1]);
	} else if (is_word(name)) {
		if (member)
			str_appendf(out, "%s.", args[0]);
		str_appendf(out, "%s(", name);
		show_list(out, args + member, n - member);
		str_append_char(out, ')');
	} else if (n == 1) {
		str_appendf(out, "%s%s", name, args[0]);
	} else {
		str_appendf(out, "%s %s %s", args[0], name, args[1]);
	}
}
