// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/arena.h"

#include <stdint.h>
#include <string.h>

static void pieces_are_apart_and_aligned(void **state)
{
	struct arena arena = ARENA_INIT;
	unsigned char *v[1000];

	for (size_t i = 0; i < 1000; i++) {
		v[i] = arena_alloc(&arena, i % 97 + 1);
		assert_non_null(v[i]);
		assert_int_equal((uintptr_t)v[i] % _Alignof(max_align_t), 0);
		memset(v[i], (int)(i & 0xff), i % 97 + 1);
	}
	for (size_t i = 0; i < 1000; i++)
		for (size_t j = 0; j < i % 97 + 1; j++)
			assert_int_equal(v[i][j], i & 0xff);
	arena_done(&arena);
}

static void a_reset_uses_the_first_block_again(void **state)
{
	struct arena arena = ARENA_INIT;
	void *first = arena_alloc(&arena, 100);

	for (int i = 0; i < 1000; i++)
		assert_non_null(arena_alloc(&arena, 100));
	arena_reset(&arena);
	assert_ptr_equal(arena_alloc(&arena, 100), first);
	arena_done(&arena);
}

static void big_pieces_are_given_back(void **state)
{
	struct arena arena = ARENA_INIT;

	assert_non_null(arena_alloc(&arena, 1 << 20));
	arena_reset(&arena);
	assert_null(arena.blocks);
	arena_done(&arena);
}

static void failure_shows_until_reset(void **state)
{
	struct arena arena = ARENA_INIT;

	assert_null(arena_alloc(&arena, SIZE_MAX));
	assert_true(arena.failed);
	assert_non_null(arena_alloc(&arena, 1));
	arena_reset(&arena);
	assert_false(arena.failed);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_apart_and_aligned),
		cmocka_unit_test(a_reset_uses_the_first_block_again),
		cmocka_unit_test(big_pieces_are_given_back),
		cmocka_unit_test(failure_shows_until_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
