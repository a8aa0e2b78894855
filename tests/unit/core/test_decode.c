// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "core/decode.h"
#include "records.h"

#include <stdlib.h>

/* Asks about a copy in exactly as much memory, so that the sanitizer sees what is read too far. */
static bool valid(const void *data, size_t len)
{
	void *copy = malloc(len ? len : 1);
	bool r;

	assert_non_null(copy);
	if (len)
		memcpy(copy, data, len);
	r = record_valid(copy, len);
	free(copy);
	return r;
}

static bool valid_as(struct str *record, size_t len)
{
	((struct record *)(void *)record->data)->size = (__u32)len;
	return valid(record->data, len);
}

/* At its length, and one byte short or long of it. */
static void assert_whole_only(struct str *record)
{
	size_t len = record->len;

	str_append_char(record, '\0');
	assert_true(valid(record->data, len));
	assert_false(valid(record->data, len - 1));
	assert_false(valid(record->data, len + 1));
	assert_false(valid_as(record, len - 1));
}

static void a_fork_is_whole(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_fork(&s, &(struct record_fork){0});
	assert_whole_only(&s);
}

static void an_exit_is_whole(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_exit(&s, &(struct record_exit){0});
	assert_whole_only(&s);
}

static void a_throttle_is_whole(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_throttle(&s, 1, 2);
	assert_whole_only(&s);
}

static void execs_and_tasks_are_whole(void **state)
{
	static const enum record_type types[] = {RECORD_EXEC, RECORD_TASK};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_str_ struct str empty = STR_INIT, full = STR_INIT;

		put_exec(&empty, types[i], &(struct record_exec){0}, &(struct exec_texts){0});
		assert_whole_only(&empty);
		put_exec(&full, types[i], &(struct record_exec){0},
			 &(struct exec_texts){"f", "/e", "/c", "i", BYTES("a\0"), BYTES("b\0")});
		assert_whole_only(&full);
	}
}

static void a_cgroup_is_whole(void **state)
{
	_cleanup_str_ struct str root = STR_INIT, deep = STR_INIT;

	put_cgroup(&root, 1, "/");
	assert_whole_only(&root);
	put_cgroup(&deep, 1, "/a/b");
	assert_whole_only(&deep);
}

static void data_are_whole(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_data(&s, KEY(1, 1, 1), EXEC_ARGV, EXEC_INLINE_MAX, BYTES("x"));
	assert_whole_only(&s);
}

static void hits_are_whole(void **state)
{
	_cleanup_str_ struct str none = STR_INIT, some = STR_INIT;

	put_hook(&none, &(struct record_hook){0});
	assert_whole_only(&none);
	put_hook(&some, &(struct record_hook){0});
	put_hook_number(&some, 1);
	put_hook_arg(&some, HOOK_ARG_READ, BYTES("abc\0"));
	assert_whole_only(&some);
}

static void every_shorter_one_is_refused(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_exec(&s, RECORD_EXEC, &(struct record_exec){0}, &(struct exec_texts){.filename = "f"});
	for (size_t len = 0; len < s.len; len++) {
		assert_false(valid(s.data, len));
		if (len >= sizeof(struct record))
			assert_false(valid_as(&s, len));
	}
}

static void types_end(void **state)
{
	struct record_exec exec = {.record.size = sizeof(exec)};
	static const uint32_t types[] = {_RECORD_MAX, _RECORD_MAX + 1, 0x80000000, UINT32_MAX};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		exec.record.type = types[i];
		assert_false(valid(&exec, sizeof(exec)));
	}
}

static void fields_stay_in_the_record(void **state)
{
	for (int i = 0; i < _EXEC_FIELD_MAX; i++) {
		struct {
			struct record_exec exec;
			char room[8];
		} r = {.exec.record = {.type = RECORD_EXEC, .size = sizeof(r)}};
		struct field *field = &r.exec.field[i];

		*field = (struct field){.kept = 8, .size = 8};
		assert_true(valid(&r, sizeof(r)));
		*field = (struct field){.kept = 9, .size = 9};
		assert_false(valid(&r, sizeof(r)));
		*field = (struct field){.kept = UINT32_MAX, .size = UINT32_MAX};
		assert_false(valid(&r, sizeof(r)));
	}
}

static void fields_share_the_room(void **state)
{
	struct {
		struct record_exec exec;
		char room[8];
	} r = {.exec.record = {.type = RECORD_TASK, .size = sizeof(r)}};

	for (int i = 0; i < _EXEC_FIELD_MAX; i++)
		r.exec.field[i] = (struct field){.kept = 1, .size = 100};
	assert_true(valid(&r, sizeof(r)));
	r.exec.field[EXEC_ENV].kept = 3;
	assert_true(valid(&r, sizeof(r)));
	r.exec.field[EXEC_ENV].kept = 4;
	assert_false(valid(&r, sizeof(r)));
	/* The sum would come round to a small one. */
	r.exec.field[EXEC_FILENAME] = (struct field){.kept = UINT32_MAX - 3, .size = UINT32_MAX};
	assert_false(valid(&r, sizeof(r)));
}

static void no_more_is_kept_than_there_was(void **state)
{
	struct {
		struct record_exec exec;
		char room[8];
	} r = {.exec.record = {.type = RECORD_EXEC, .size = sizeof(r)}};

	r.exec.field[EXEC_ARGV] = (struct field){.kept = 4, .size = 4};
	assert_true(valid(&r, sizeof(r)));
	r.exec.field[EXEC_ARGV].size = 3;
	assert_false(valid(&r, sizeof(r)));
}

static void data_have_bounds(void **state)
{
	static const struct {
		uint32_t field, offset, len;
		bool valid;
	} cases[] = {
		{EXEC_ARGV, EXEC_INLINE_MAX, 0, true},
		{EXEC_ENV, EXEC_INLINE_MAX, DATA_CHUNK, true},
		{EXEC_ENV, EXEC_INLINE_MAX, DATA_CHUNK + 1, false},
		{EXEC_ENV, EXEC_INLINE_MAX, UINT32_MAX, false},
		{EXEC_FILENAME, EXEC_INLINE_MAX, 1, false},
		{EXEC_EXE, EXEC_INLINE_MAX, 1, false},
		{EXEC_CWD, EXEC_INLINE_MAX, 1, false},
		{EXEC_INTERP, EXEC_INLINE_MAX, 1, false},
		{_EXEC_FIELD_MAX, EXEC_INLINE_MAX, 1, false},
		{UINT32_MAX, EXEC_INLINE_MAX, 1, false},
		{EXEC_ARGV, 0, 1, false},
		{EXEC_ARGV, EXEC_INLINE_MAX - 1, 1, false},
		{EXEC_ARGV, EXEC_INLINE_MAX + 7 * DATA_CHUNK, DATA_CHUNK, true},
		{EXEC_ARGV, EXEC_INLINE_MAX + 7 * DATA_CHUNK + 1, 1, false},
		{EXEC_ARGV, EXEC_INLINE_MAX + DATA_CHUNKS_MAX * DATA_CHUNK, 1, false},
		{EXEC_ARGV, UINT32_MAX, 1, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str s = STR_INIT;
		struct record_data *data;

		put_data(&s, KEY(1, 1, 1), EXEC_ARGV, EXEC_INLINE_MAX, BYTES(""));
		data = (void *)s.data;
		data->field = cases[i].field;
		data->offset = cases[i].offset;
		data->len = cases[i].len;
		assert_int_equal(valid(s.data, s.len), cases[i].valid);
	}
}

static void a_cgroup_path_stays_in_the_record(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;
	struct record_cgroup *cgroup;

	put_cgroup(&s, 1, "/a/b");
	cgroup = (void *)s.data;
	assert_int_equal(cgroup->kept, 4);
	cgroup->kept = 3;
	assert_true(valid(s.data, s.len));
	cgroup->kept = 5;
	assert_false(valid(s.data, s.len));
	cgroup->kept = UINT32_MAX;
	assert_false(valid(s.data, s.len));
}

static void set_arg(struct str *s, struct hook_arg arg)
{
	*(struct hook_arg *)(void *)(s->data + sizeof(struct record_hook)) = arg;
}

static void values_stay_in_the_record(void **state)
{
	static const struct {
		struct hook_arg arg;
		bool valid;
	} cases[] = {
		{{8, HOOK_ARG_READ}, true},
		{{1, HOOK_ARG_READ}, true},
		{{5, HOOK_ARG_TRUNCATED}, true},
		/* What is behind it is nobody's. */
		{{0, HOOK_ARG_READ}, false},
		{{9, HOOK_ARG_READ}, false},
		{{16, HOOK_ARG_READ}, false},
		{{UINT32_MAX, HOOK_ARG_READ}, false},
		{{UINT32_MAX - 6, HOOK_ARG_READ}, false},
		{{8, HOOK_ARG_FAULT}, false},
		{{8, HOOK_ARG_NO_ROOM}, false},
		{{8, _HOOK_ARG_STATUS_MAX}, false},
		{{8, UINT32_MAX}, false},
	};
	_cleanup_str_ struct str s = STR_INIT;

	put_hook(&s, &(struct record_hook){0});
	put_hook_number(&s, 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set_arg(&s, cases[i].arg);
		assert_int_equal(valid(s.data, s.len), cases[i].valid);
	}
}

static void padding_is_part_of_the_record(void **state)
{
	for (size_t len = 0; len <= 16; len++) {
		_cleanup_str_ struct str s = STR_INIT;

		put_hook(&s, &(struct record_hook){0});
		put_hook_arg(&s, HOOK_ARG_READ, (struct bytes){"0123456789abcdef", len});
		assert_int_equal(s.len % 8, 0);
		assert_true(valid(s.data, s.len));
		for (size_t less = 1; less < 8; less++)
			assert_false(valid_as(&s, s.len - less));
	}
}

static void what_could_not_be_read_has_no_bytes(void **state)
{
	static const enum hook_arg_status unread[] = {HOOK_ARG_FAULT, HOOK_ARG_NO_ROOM};

	for (size_t i = 0; i < sizeof(unread) / sizeof(*unread); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		put_hook(&s, &(struct record_hook){0});
		put_hook_arg(&s, unread[i], BYTES(""));
		assert_true(valid(s.data, s.len));
		set_arg(&s, (struct hook_arg){1, unread[i]});
		assert_false(valid(s.data, s.len));
	}
}

/* But how far the way to it could be followed. */
static void what_was_lost_says_where(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_hook(&s, &(struct record_hook){0});
	put_hook_arg(&s, HOOK_ARG_LOST, BYTES("12345678"));
	assert_true(valid(s.data, s.len));
	for (uint32_t size = 0; size < 8; size++) {
		set_arg(&s, (struct hook_arg){size, HOOK_ARG_LOST});
		assert_false(valid(s.data, s.len));
	}
}

static void values_are_as_many_as_it_says(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;
	struct record_hook *hook;

	put_hook(&s, &(struct record_hook){0});
	put_hook_number(&s, 0);
	put_hook_number(&s, 0);
	hook = (void *)s.data;
	hook->args = 1;
	assert_false(valid(s.data, s.len));
	hook->args = 3;
	assert_false(valid(s.data, s.len));
	hook->args = UINT16_MAX;
	assert_false(valid(s.data, s.len));
}

/* Only where there was no room for eight bytes more may it say of more than it has. */
static void a_full_record_may_lack_some(void **state)
{
	static char bytes[HOOK_DATA_MAX];
	static const struct {
		size_t left;
		bool valid;
	} cases[] = {{0, true}, {8, false}, {16, false}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t len = HOOK_DATA_MAX - sizeof(struct hook_arg) - cases[i].left;
		_cleanup_str_ struct str s = STR_INIT;
		struct record_hook *hook;
		struct hook_args args;
		struct hook_bytes v;

		put_hook(&s, &(struct record_hook){0});
		put_hook_arg(&s, HOOK_ARG_READ, (struct bytes){bytes, len});
		hook = (void *)s.data;
		hook->args = 3;
		assert_int_equal(valid(s.data, s.len), cases[i].valid);
		if (!cases[i].valid)
			continue;
		hook_args_init(&args, hook);
		assert_true(hook_args_next(&args, &v));
		assert_int_equal(v.size, len);
		for (int more = 0; more < 2; more++) {
			assert_true(hook_args_next(&args, &v));
			assert_int_equal(v.status, HOOK_ARG_NO_ROOM);
			assert_int_equal(v.size, 0);
		}
		assert_false(hook_args_next(&args, &v));
	}
}

static void values_lie_one_behind_the_other(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;
	struct hook_args args;
	struct hook_bytes v;

	put_hook(&s, &(struct record_hook){0});
	hook_args_init(&args, (void *)s.data);
	assert_false(hook_args_next(&args, &v));

	put_hook_arg(&s, HOOK_ARG_READ, BYTES("abc\0"));
	put_hook_arg(&s, HOOK_ARG_FAULT, BYTES(""));
	put_hook_arg(&s, HOOK_ARG_TRUNCATED, BYTES("12345678"));
	hook_args_init(&args, (void *)s.data);
	assert_true(hook_args_next(&args, &v));
	assert_int_equal(v.status, HOOK_ARG_READ);
	assert_int_equal(v.size, 4);
	assert_string_equal(v.data, "abc");
	assert_true(hook_args_next(&args, &v));
	assert_int_equal(v.status, HOOK_ARG_FAULT);
	assert_int_equal(v.size, 0);
	assert_true(hook_args_next(&args, &v));
	assert_int_equal(v.status, HOOK_ARG_TRUNCATED);
	assert_int_equal(v.size, 8);
	assert_memory_equal(v.data, "12345678", 8);
	assert_false(hook_args_next(&args, &v));
	assert_false(hook_args_next(&args, &v));
}

static void fields_lie_one_behind_the_other(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;
	const struct record_exec *exec;
	static const struct bytes expected[] = {
		BYTES("cat\0"),     BYTES("cat\0bin\0"), BYTES("tmp\0"),
		BYTES("/bin/sh\0"), BYTES("cat\0-\0"),   BYTES("A=1\0"),
	};
	struct exec_fields f;

	put_exec(&s, RECORD_EXEC, &(struct record_exec){0},
		 &(struct exec_texts){"cat", "/bin/cat", "/tmp", "/bin/sh", BYTES("cat\0-\0"),
				      BYTES("A=1\0")});
	exec = (void *)s.data;
	exec_fields(exec, &f);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_int_equal(f.v[i].len, expected[i].len);
		assert_memory_equal(f.v[i].data, expected[i].data, expected[i].len);
	}
	assert_ptr_equal(f.v[EXEC_FILENAME].data, exec + 1);
	assert_ptr_equal(f.v[EXEC_ENV].data + f.v[EXEC_ENV].len, s.data + s.len);
}

static void stacks_are_behind_the_values(void **state)
{
	const uint64_t kernel[] = {0xffffffff81000000, 0xffffffff82000000},
		       addresses[] = {0x401000};
	const struct hook_frame user[] = {{.status = HOOK_FRAME_FILE, .at = 0x1000}};
	_cleanup_str_ struct str s = STR_INIT;
	struct hook_stacks stacks;

	put_hook(&s, &(struct record_hook){.flags = HOOK_STACKS});
	put_hook_number(&s, 7);
	put_hook_arg(&s, HOOK_ARG_READ, (struct bytes){(const char *)kernel, sizeof(kernel)});
	put_hook_arg(&s, HOOK_ARG_READ, (struct bytes){(const char *)user, sizeof(user)});
	put_hook_arg(&s, HOOK_ARG_READ, (struct bytes){(const char *)addresses, sizeof(addresses)});
	assert_true(record_valid(s.data, s.len));
	assert_int_equal(hook_n_behind((void *)s.data), 3);
	hook_stacks((void *)s.data, &stacks);
	assert_int_equal(stacks.n_kernel, 2);
	assert_memory_equal(stacks.kernel, kernel, sizeof(kernel));
	assert_int_equal(stacks.n_user, 1);
	assert_int_equal(stacks.user->at, 0x1000);
	assert_non_null(stacks.addresses);
	assert_int_equal(stacks.addresses[0], 0x401000);
}

static void a_stack_that_was_not_read(void **state)
{
	const uint64_t addresses[] = {0x401000};
	_cleanup_str_ struct str s = STR_INIT;
	struct hook_stacks stacks;

	put_hook(&s, &(struct record_hook){.flags = HOOK_USER_STACK | HOOK_USER_ADDRESSES});
	put_hook_arg(&s, HOOK_ARG_FAULT, (struct bytes){0});
	put_hook_arg(&s, HOOK_ARG_READ, (struct bytes){(const char *)addresses, sizeof(addresses)});
	hook_stacks((void *)s.data, &stacks);
	assert_int_equal(stacks.n_kernel, 0);
	assert_int_equal(stacks.n_user, 0);
	/* They would be of other frames. */
	assert_null(stacks.addresses);
	str_reset(&s);
	put_hook(&s, &(struct record_hook){0});
	hook_stacks((void *)s.data, &stacks);
	assert_int_equal(stacks.n_kernel + stacks.n_user, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fork_is_whole),
		cmocka_unit_test(an_exit_is_whole),
		cmocka_unit_test(a_throttle_is_whole),
		cmocka_unit_test(execs_and_tasks_are_whole),
		cmocka_unit_test(a_cgroup_is_whole),
		cmocka_unit_test(data_are_whole),
		cmocka_unit_test(hits_are_whole),
		cmocka_unit_test(every_shorter_one_is_refused),
		cmocka_unit_test(types_end),
		cmocka_unit_test(fields_stay_in_the_record),
		cmocka_unit_test(fields_share_the_room),
		cmocka_unit_test(no_more_is_kept_than_there_was),
		cmocka_unit_test(data_have_bounds),
		cmocka_unit_test(a_cgroup_path_stays_in_the_record),
		cmocka_unit_test(values_stay_in_the_record),
		cmocka_unit_test(padding_is_part_of_the_record),
		cmocka_unit_test(what_could_not_be_read_has_no_bytes),
		cmocka_unit_test(what_was_lost_says_where),
		cmocka_unit_test(values_are_as_many_as_it_says),
		cmocka_unit_test(a_full_record_may_lack_some),
		cmocka_unit_test(values_lie_one_behind_the_other),
		cmocka_unit_test(fields_lie_one_behind_the_other),
		cmocka_unit_test(stacks_are_behind_the_values),
		cmocka_unit_test(a_stack_that_was_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
