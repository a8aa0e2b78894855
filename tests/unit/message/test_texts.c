// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "event/scarce.h"
#include "message/texts.h"

static void what_is_valid_is_borrowed_or_copied(void **state)
{
	struct arena arena = ARENA_INIT;
	struct texts t = {.arena = &arena};
	const char *s = "grün";
	char *copy;

	assert_ptr_equal(texts_borrow(&t, s, 5), s);
	copy = texts_copy(&t, s, 2);
	assert_ptr_not_equal(copy, s);
	assert_string_equal(copy, "gr");
	assert_string_equal(texts_copy(&t, NULL, 0), "");
	assert_int_equal(t.invalid, 0);
	assert_false(t.failed);
	arena_done(&arena);
}

static void what_is_not_is_repaired_and_counted(void **state)
{
	struct arena arena = ARENA_INIT;
	struct texts t = {.arena = &arena};

	assert_string_equal(texts_borrow(&t,
					 "a\xff\xff"
					 "b",
					 4),
			    "a\xef\xbf\xbd"
			    "b");
	assert_string_equal(texts_copy(&t, "\xc3", 1), "\xef\xbf\xbd");
	assert_int_equal(t.invalid, 2);
	assert_false(t.failed);
	arena_done(&arena);
}

static void a_buffer_is_held(void **state)
{
	struct arena arena = ARENA_INIT;
	struct texts t = {.arena = &arena};
	struct str s = STR_INIT;
	char *held;

	str_append_lit(&s, "text");
	held = texts_hold(&t, &s);
	assert_string_equal(held, "text");
	assert_null(s.data);
	s.failed = true;
	assert_string_equal(texts_hold(&t, &s), "");
	assert_true(t.failed);
	arena_done(&arena);
}

static void without_memory_it_is_empty(void **state)
{
	for (unsigned n = 0; n < 3; n++) {
		struct arena arena = ARENA_INIT;
		struct texts t = {.arena = &arena};
		const char *r;
		int failed;

		scarce_after(n);
		r = texts_borrow(&t, "\xff", 1);
		failed = scarce_end();
		assert_int_equal(t.failed, failed);
		assert_string_equal(r, failed ? "" : "\xef\xbf\xbd");
		arena_done(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_valid_is_borrowed_or_copied),
		cmocka_unit_test(what_is_not_is_repaired_and_counted),
		cmocka_unit_test(a_buffer_is_held),
		cmocka_unit_test(without_memory_it_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
