// SPDX-License-Identifier: Apache-2.0
/* What types agree is told by test_check.c's tables; here is what becomes of variables. */
#include "cel_test.h"

#include "cel/limit.h"
#include "cel/unify.h"

static struct arena arena;

static int free_arena(void **state)
{
	arena_done(&arena);
	return 0;
}

static const struct cel_type *list_of(const struct cel_type *element)
{
	return cel_type_of(&arena, CEL_LIST, element, NULL);
}

static const struct cel_type *map_of(const struct cel_type *key, const struct cel_type *value)
{
	return cel_type_of(&arena, CEL_MAP, key, value);
}

static const struct cel_type *nullable(const struct cel_type *type)
{
	return cel_type_of(&arena, CEL_NULLABLE, type, NULL);
}

static void assert_type(struct cel_unifier *u, const struct cel_type *type, const char *expected)
{
	_cleanup_str_ struct str out = STR_INIT;

	cel_type_append(&out, cel_unify_settle(u, type));
	assert_string_equal(str_cstr(&out), expected);
}

#define INT CEL_SIMPLE(CEL_INT)
#define UINT CEL_SIMPLE(CEL_UINT)
#define DYN CEL_SIMPLE(CEL_DYN)
#define NONE CEL_SIMPLE(CEL_NULL)

static void test_binds(void **state)
{
	struct cel_unifier u = {.arena = &arena};
	const struct cel_type *a = cel_unify_fresh(&u), *b = cel_unify_fresh(&u);

	assert_type(&u, a, "dyn");
	assert_true(cel_unify(&u, map_of(a, list_of(b)), map_of(INT, list_of(UINT))));
	assert_type(&u, a, "int");
	assert_type(&u, b, "uint");
	assert_false(cel_unify(&u, a, UINT));
	assert_type(&u, a, "int");
}

static void test_variables_of_variables(void **state)
{
	struct cel_unifier u = {.arena = &arena};
	const struct cel_type *a = cel_unify_fresh(&u), *b = cel_unify_fresh(&u);
	const struct cel_type *c = cel_unify_fresh(&u);

	assert_true(cel_unify(&u, a, a));
	assert_true(cel_unify(&u, a, b));
	assert_true(cel_unify(&u, b, c));
	assert_true(cel_unify(&u, c, a));
	assert_true(cel_unify(&u, list_of(a), list_of(INT)));
	assert_type(&u, b, "int");
	assert_type(&u, c, "int");
}

/* What agrees with more than it did is more general from then on. */
static void test_generalises(void **state)
{
	struct cel_unifier u = {.arena = &arena};
	const struct cel_type *a = cel_unify_fresh(&u), *b = cel_unify_fresh(&u);

	assert_true(cel_unify(&u, a, NONE));
	assert_type(&u, a, "null_type");
	assert_true(cel_unify(&u, a, nullable(UINT)));
	assert_type(&u, a, "nullable uint");
	assert_true(cel_unify(&u, UINT, a));
	assert_type(&u, a, "nullable uint");
	assert_true(cel_unify(&u, b, UINT));
	assert_true(cel_unify(&u, b, a));
	assert_type(&u, b, "nullable uint");
	assert_true(cel_unify(&u, b, DYN));
	assert_type(&u, b, "dyn");
}

/* Parts of what agrees with dyn may be anything. */
static void test_dyn_reaches_parts(void **state)
{
	struct cel_unifier u = {.arena = &arena};
	const struct cel_type *a = cel_unify_fresh(&u), *b = cel_unify_fresh(&u);

	assert_true(cel_unify(&u, b, INT));
	assert_true(cel_unify(&u, DYN, map_of(a, list_of(b))));
	assert_type(&u, a, "dyn");
	assert_type(&u, b, "dyn");
}

static void test_undo(void **state)
{
	struct cel_unifier u = {.arena = &arena};
	const struct cel_type *a = cel_unify_fresh(&u), *b = cel_unify_fresh(&u);
	struct cel_binding *mark;

	assert_true(cel_unify(&u, a, UINT));
	mark = u.trail;
	assert_true(cel_unify(&u, a, nullable(UINT)));
	assert_true(cel_unify(&u, b, INT));
	cel_unify_undo(&u, mark);
	assert_type(&u, a, "uint");
	assert_type(&u, b, "dyn");
	cel_unify_undo(&u, NULL);
	assert_type(&u, a, "dyn");
}

static void test_occurs(void **state)
{
	struct cel_unifier u = {.arena = &arena};
	const struct cel_type *a = cel_unify_fresh(&u), *b = cel_unify_fresh(&u);

	assert_false(cel_unify(&u, a, list_of(a)));
	assert_true(cel_unify(&u, a, list_of(b)));
	assert_false(cel_unify(&u, b, a));
	assert_false(cel_unify(&u, b, list_of(map_of(INT, a))));
	assert_type(&u, a, "list(dyn)");
}

static void test_join(void **state)
{
	struct cel_unifier u = {.arena = &arena};
	const struct cel_type *ints = list_of(INT);

	assert_ptr_equal(cel_unify_join(&u, ints, list_of(INT)), ints);
	assert_type(&u, cel_unify_join(&u, ints, list_of(nullable(INT))), "list(nullable int)");
	assert_type(&u, cel_unify_join(&u, list_of(nullable(INT)), ints), "list(nullable int)");
	assert_type(&u, cel_unify_join(&u, list_of(list_of(INT)), list_of(DYN)), "list(dyn)");
	assert_type(&u, cel_unify_join(&u, map_of(INT, NONE), map_of(DYN, nullable(INT))),
		    "map(dyn, nullable int)");
	assert_type(&u, cel_unify_join(&u, list_of(cel_unify_fresh(&u)), ints), "list(int)");
}

/* Deeper than the limit, types agree, and are dyn in the end. */
static void test_deep(void **state)
{
	struct cel_unifier u = {.arena = &arena};
	const struct cel_type *a = INT, *b = UINT, *v = cel_unify_fresh(&u), *settled;
	unsigned levels = 0;

	for (int i = 0; i < 2 * CEL_NESTING_MAX; i++) {
		a = list_of(a);
		b = list_of(b);
	}
	assert_true(cel_unify(&u, a, b));
	assert_true(cel_unify(&u, v, a));
	for (settled = cel_unify_settle(&u, a); settled->kind == CEL_LIST;
	     settled = settled->arg[0])
		levels++;
	assert_int_equal(levels, CEL_NESTING_MAX);
	assert_int_equal(settled->kind, CEL_DYN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binds),       cmocka_unit_test(test_variables_of_variables),
		cmocka_unit_test(test_generalises), cmocka_unit_test(test_dyn_reaches_parts),
		cmocka_unit_test(test_undo),        cmocka_unit_test(test_occurs),
		cmocka_unit_test(test_join),        cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, NULL, free_arena);
}
