// SPDX-License-Identifier: Apache-2.0
#include "core/parts.h"
#include "abi/value.h"
#include "core/decode.h"
#include "records.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#define OWNER KEY(100, 7, 1)

static void add(struct parts *parts, uint32_t tid, uint64_t time, uint32_t arg, uint32_t offset,
		char c, uint32_t len)
{
	static struct record_part part;

	part = (struct record_part){.record = {RECORD_PART, sizeof(part), time},
				    .process = OWNER,
				    .tid = tid,
				    .arg = arg,
				    .offset = offset,
				    .len = len};
	memset(part.data, c, len);
	assert_true(record_valid(&part, sizeof(part)));
	assert_int_equal(parts_add(parts, &part), 0);
}

/* A hook's record: a number, and as many bytes of so many, at time 5 of thread 8. */
static void put_record(struct str *s, size_t bytes, uint64_t size)
{
	char value[sizeof(struct value_bytes) + 64];

	memcpy(value, &size, sizeof(size));
	memset(value + sizeof(size), 'a', bytes);
	put_hook(s, &(struct record_hook){.record.time = 5, .process = OWNER, .tid = 8});
	put_hook_number(s, 42);
	put_hook_arg(s, HOOK_ARG_READ, (struct bytes){value, sizeof(size) + bytes});
}

static const struct record_hook *record_of(const struct str *s)
{
	return (const void *)s->data;
}

/* The value at @i; it is a buffer's. */
static struct hook_bytes value_at(const struct record_hook *record, size_t i)
{
	struct hook_bytes v = {0};
	struct hook_args args;

	hook_args_init(&args, record);
	for (size_t n = 0; n <= i; n++)
		assert_true(hook_args_next(&args, &v));
	return v;
}

static void assert_bytes(const struct record_hook *record, const char *expected)
{
	struct hook_bytes v = value_at(record, 1);
	size_t head = sizeof(struct value_bytes);

	assert_int_equal(v.size - head, strlen(expected));
	assert_memory_equal(v.data + head, expected, strlen(expected));
}

static void values_are_put_together(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;
	struct record_hook *joined;
	struct parts parts;
	size_t unused;

	parts_init(&parts);
	put_record(&s, 3, 8);
	/* Of others. */
	add(&parts, 9, 5, 1, 3, 'x', 2);
	add(&parts, 8, 4, 1, 3, 'y', 2);
	add(&parts, 8, 5, 1, 3, 'b', 2);
	add(&parts, 8, 5, 1, 5, 'c', 3);
	assert_int_equal(parts_join(&parts, record_of(&s), &joined, &unused), 2);
	assert_int_equal(unused, 1);
	assert_bytes(joined, "aaabbccc");
	assert_int_equal(value_at(joined, 1).status, HOOK_ARG_READ);
	assert_true(record_valid(joined, joined->record.size));
	assert_int_equal(*(const uint64_t *)value_at(joined, 0).data, 42);
	assert_int_equal(parts.n, 1);
	free(joined);
	assert_int_equal(parts_join(&parts, record_of(&s), &joined, &unused), 0);
	assert_null(joined);
	parts_done(&parts);
}

/* What is behind one that is lost is not told as if it followed. */
static void one_is_missing(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;
	struct record_hook *joined;
	struct parts parts;
	size_t unused;

	parts_init(&parts);
	put_record(&s, 3, 8);
	add(&parts, 8, 5, 1, 5, 'c', 3);
	assert_int_equal(parts_join(&parts, record_of(&s), &joined, &unused), 1);
	assert_bytes(joined, "aaa");
	assert_int_equal(value_at(joined, 1).status, HOOK_ARG_TRUNCATED);
	free(joined);
	assert_int_equal(parts.n, 0);
}

static void several_values(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;
	struct record_hook *joined;
	struct parts parts;
	uint64_t size = 4;
	size_t unused;

	parts_init(&parts);
	put_record(&s, 3, 4);
	put_hook_arg(&s, HOOK_ARG_READ, (struct bytes){(char *)&size, sizeof(size)});
	add(&parts, 8, 5, 1, 3, 'b', 1);
	add(&parts, 8, 5, 2, 0, 'd', 4);
	assert_int_equal(parts_join(&parts, record_of(&s), &joined, &unused), 2);
	assert_bytes(joined, "aaab");
	assert_int_equal(value_at(joined, 2).size, 12);
	assert_memory_equal(value_at(joined, 2).data + 8, "dddd", 4);
	assert_true(record_valid(joined, joined->record.size));
	free(joined);
	parts_done(&parts);
}

static void there_is_an_end_to_them(void **state)
{
	struct parts parts;
	size_t n = 0;

	parts_init(&parts);
	for (; !parts_full(&parts); n++)
		add(&parts, 8, n, 0, 0, 'x', 1);
	assert_true(n * sizeof(struct record_part) <= PARTS_MAX_BYTES);
	assert_true(n > 900);
	parts_drop(&parts);
	assert_false(parts_full(&parts));
	assert_int_equal(parts.n, n - 1);
	parts_done(&parts);
	assert_int_equal(parts.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_put_together),
		cmocka_unit_test(one_is_missing),
		cmocka_unit_test(several_values),
		cmocka_unit_test(there_is_an_end_to_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
