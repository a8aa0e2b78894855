// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "message/hashes.h"
#include "core/records.h"

#include <stdlib.h>

/* The hash of a file behind the values of a hook. */

static const char *text(struct arena *arena, uint16_t flags, const struct hook_hash *hash,
			size_t size)
{
	struct texts texts = {.arena = arena};
	_cleanup_str_ struct str s = STR_INIT;

	put_hook(&s, &(struct record_hook){.flags = flags});
	put_hook_number(&s, 7);
	put_hook_arg(&s, HOOK_ARG_READ, (struct bytes){(const char *)hash, size});
	return hash_text(&texts, (const void *)s.data);
}

static void by_many_algorithms(void **state)
{
	static const struct {
		uint64_t algorithm;
		const char *text;
	} cases[] = {
		{1, "md5:00ab0000000000000000000000000000"},
		{2, "sha1:00ab000000000000000000000000000000000000"},
		{4, "sha256:00ab000000000000000000000000000000000000000000000000000000000000"},
		{17, "sm3:00ab000000000000000000000000000000000000000000000000000000000000"},
	};
	struct hook_hash hash = {.digest = {0, 0xab}};
	struct arena arena = {0};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hash.algorithm = cases[i].algorithm;
		assert_string_equal(text(&arena, HOOK_IMA_HASH, &hash, sizeof(hash)),
				    cases[i].text);
	}
	arena_done(&arena);
}

static void there_is_none(void **state)
{
	struct hook_hash hash = {.algorithm = 4};
	struct arena arena = {0};

	assert_null(text(&arena, 0, &hash, sizeof(hash)));
	assert_null(text(&arena, HOOK_IMA_HASH, &hash, sizeof(hash) - 1));
	hash.algorithm = 23;
	assert_null(text(&arena, HOOK_IMA_HASH, &hash, sizeof(hash)));
	hash.algorithm = UINT64_MAX;
	assert_null(text(&arena, HOOK_IMA_HASH, &hash, sizeof(hash)));
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_many_algorithms),
		cmocka_unit_test(there_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
