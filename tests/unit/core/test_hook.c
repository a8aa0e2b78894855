// SPDX-License-Identifier: Apache-2.0
#include "abi/value.h"
#include "unit.h"

#include "core/hook.h"
#include "event/scarce.h"
#include "records.h"

#include <errno.h>
#include <stdio.h>

static void free_hooks(struct hooks **hooks)
{
	hooks_free(hooks);
}
#define _cleanup_hooks_ __attribute__((cleanup(free_hooks)))

static struct hooks *new_hooks(void)
{
	struct hooks *h = NULL;

	assert_int_equal(hooks_new(&h), 0);
	return h;
}

static uint32_t add(struct hooks *h, const char *function)
{
	uint32_t number;

	assert_int_equal(
		hooks_add(h, &(struct hook){.type = EVENT_KPROBE, .function = function}, &number),
		0);
	return number;
}

static void they_are_found_by_their_numbers(void **state)
{
	_cleanup_hooks_ struct hooks *h = new_hooks();
	uint32_t a = add(h, "a"), b = add(h, "b");

	assert_int_not_equal(a, 0);
	assert_int_not_equal(a, b);
	assert_string_equal(hooks_find(h, a)->function, "a");
	assert_string_equal(hooks_find(h, b)->function, "b");
	assert_null(hooks_find(h, 0));
	assert_null(hooks_find(h, b + 1));
	assert_null(hooks_find(h, UINT32_MAX));
}

static void all_is_copied(void **state)
{
	_cleanup_hooks_ struct hooks *h = new_hooks();
	char function[] = "sys_openat", policy[] = "p", label[] = "path", tag[] = "t1";
	const char *tags[] = {tag, "t2"};
	struct hook_param params[] = {{HOOK_VALUE_INT, 4, NULL, false},
				      {HOOK_VALUE_STRING, 0, label, false}};
	const struct hook *hook;
	uint32_t number;

	assert_int_equal(hooks_add(h,
				   &(struct hook){.type = EVENT_KPROBE,
						  .function = function,
						  .policy = policy,
						  .namespace = "ns",
						  .message = "m",
						  .tags = tags,
						  .n_tags = 2,
						  .params = params,
						  .n_params = 2},
				   &number),
			 0);
	function[0] = policy[0] = label[0] = tag[0] = 'X';
	tags[1] = NULL;
	params[0].width = 8;
	hook = hooks_find(h, number);
	assert_int_equal(hook->type, EVENT_KPROBE);
	assert_string_equal(hook->function, "sys_openat");
	assert_string_equal(hook->policy, "p");
	assert_string_equal(hook->namespace, "ns");
	assert_string_equal(hook->message, "m");
	assert_int_equal(hook->n_tags, 2);
	assert_string_equal(hook->tags[0], "t1");
	assert_string_equal(hook->tags[1], "t2");
	assert_int_equal(hook->n_params, 2);
	assert_int_equal(hook->params[0].width, 4);
	assert_string_equal(hook->params[0].label, "");
	assert_int_equal(hook->params[1].value, HOOK_VALUE_STRING);
	assert_string_equal(hook->params[1].label, "path");
}

static void what_is_not_said_is_empty(void **state)
{
	_cleanup_hooks_ struct hooks *h = new_hooks();
	const struct hook *hook = hooks_find(h, add(h, "f"));

	assert_string_equal(hook->policy, "");
	assert_string_equal(hook->namespace, "");
	assert_string_equal(hook->message, "");
	assert_int_equal(hook->n_tags, 0);
	assert_int_equal(hook->n_params, 0);
}

static void numbers_are_not_given_again(void **state)
{
	_cleanup_hooks_ struct hooks *h = new_hooks();
	uint32_t a = add(h, "a"), b;

	assert_false(hooks_gone(h, a));
	assert_int_equal(hooks_count(h), 1);
	hooks_remove(h, a);
	assert_int_equal(hooks_count(h), 0);
	assert_null(hooks_find(h, a));
	assert_true(hooks_gone(h, a));
	b = add(h, "b");
	assert_true(b > a);
	assert_false(hooks_gone(h, b));
	assert_false(hooks_gone(h, b + 1));
	assert_false(hooks_gone(h, 0));
}

static void one_can_be_removed_twice(void **state)
{
	_cleanup_hooks_ struct hooks *h = new_hooks();
	uint32_t a = add(h, "a"), b = add(h, "b");

	hooks_remove(h, a);
	hooks_remove(h, a);
	hooks_remove(h, 0);
	hooks_remove(h, 1000);
	assert_non_null(hooks_find(h, b));
}

/* More than the registry begins with, some of which stay for long. */
static void many_come_and_go(void **state)
{
	_cleanup_hooks_ struct hooks *h = new_hooks();

	for (uint32_t i = 1; i <= 5000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%u", i);
		assert_int_equal(add(h, name), i);
		if (i > 500 && i % 100)
			hooks_remove(h, i - 400);
	}
	for (uint32_t i = 1; i <= 5000; i++) {
		bool removed = i > 100 && i <= 4600 && i % 100;
		char name[16];

		assert_int_equal(hooks_gone(h, i), removed);
		if (removed)
			continue;
		snprintf(name, sizeof(name), "f%u", i);
		assert_string_equal(hooks_find(h, i)->function, name);
	}
}

static void only_values_that_there_are(void **state)
{
	static const struct {
		struct hook_param param;
		int r;
	} cases[] = {
		{{HOOK_VALUE_INT, 1, NULL, false}, 0},
		{{HOOK_VALUE_UINT, 2, NULL, false}, 0},
		{{HOOK_VALUE_LONG, 4, NULL, false}, 0},
		{{HOOK_VALUE_SIZE, 8, NULL, false}, 0},
		{{HOOK_VALUE_STRING, 0, NULL, false}, 0},
		{{HOOK_VALUE_INT, 0, NULL, false}, -EINVAL},
		{{HOOK_VALUE_UINT, 3, NULL, false}, -EINVAL},
		{{HOOK_VALUE_SIZE, 16, NULL, false}, -EINVAL},
		{{_HOOK_VALUE_MAX, 4, NULL, false}, -EINVAL},
		{{(enum hook_value) - 1, 4, NULL, false}, -EINVAL},
	};
	_cleanup_hooks_ struct hooks *h = new_hooks();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hook hook = {.function = "f", .params = &cases[i].param, .n_params = 1};
		uint32_t number;

		assert_int_equal(hooks_add(h, &hook, &number), cases[i].r);
	}
}

static void without_memory_nothing_changes(void **state)
{
	struct hooks *h = NULL;
	uint32_t number;

	for (unsigned n = 0; n < 2; n++) {
		scarce_after(n);
		assert_int_equal(hooks_new(&h), -ENOMEM);
		scarce_end();
	}
	h = new_hooks();
	scarce_after(0);
	assert_int_equal(hooks_add(h, &(struct hook){.function = "f"}, &number), -ENOMEM);
	scarce_end();
	assert_int_equal(add(h, "f"), 1);
	/* Also where it is time for more buckets: those are not needed. */
	for (uint32_t i = 2; i <= 200; i++) {
		scarce_after(1);
		assert_int_equal(add(h, "f"), i);
		scarce_end();
	}
	for (uint32_t i = 1; i <= 200; i++)
		assert_non_null(hooks_find(h, i));
	hooks_free(&h);
	assert_null(h);
	hooks_free(&h);
}

/* --- records */

static bool fits(const struct hook *hook, struct str *record)
{
	return hook_fits(hook, (const void *)record->data);
}

static const struct hook_param int_and_string[] = {{HOOK_VALUE_INT, 4, "", false},
						   {HOOK_VALUE_STRING, 0, "", false}};
static const struct hook two = {.params = int_and_string, .n_params = 2};

static void records_have_the_values_of_their_hook(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_hook(&s, &(struct record_hook){0});
	assert_true(fits(&(struct hook){0}, &s));
	assert_false(fits(&two, &s));
	put_hook_number(&s, 1);
	assert_false(fits(&two, &s));
	put_hook_arg(&s, HOOK_ARG_READ, BYTES("x\0"));
	assert_true(fits(&two, &s));
	put_hook_number(&s, 1);
	assert_false(fits(&two, &s));
}

static void numbers_are_eight_bytes(void **state)
{
	static char bytes[16];

	for (enum hook_value value = HOOK_VALUE_INT; value < HOOK_VALUE_STRING; value++)
		for (size_t len = 0; len <= sizeof(bytes); len++) {
			struct hook_param param = {value, 1, "", false};
			_cleanup_str_ struct str s = STR_INIT;

			put_hook(&s, &(struct record_hook){0});
			put_hook_arg(&s, HOOK_ARG_READ, (struct bytes){bytes, len});
			assert_int_equal(fits(&(struct hook){.params = &param, .n_params = 1}, &s),
					 len == 8);
		}
}

static void values_by_their_members(void **state)
{
	assert_int_equal(hook_value_of("int_arg"), HOOK_VALUE_INT);
	assert_int_equal(hook_value_of("perf_event_arg"), HOOK_VALUE_PERF_EVENT);
	assert_int_equal(hook_value_of("no_arg"), _HOOK_VALUE_MAX);
	assert_int_equal(hook_value_of(""), _HOOK_VALUE_MAX);
}

/* With all parts of it. */
#define BYTES_MAX (sizeof(struct value_bytes) + HOOK_STRING_MAX + HOOK_PART_BYTES * HOOK_PARTS_MAX)

/* None is so short that what is laid out first is not there, or longer than all of it. */
static void values_have_their_sizes(void **state)
{
	static const struct {
		enum hook_value value;
		size_t min, max;
	} cases[] = {
		{HOOK_VALUE_BYTES, sizeof(struct value_bytes), BYTES_MAX},
		{HOOK_VALUE_FILE, sizeof(struct value_file),
		 sizeof(struct value_file) + HOOK_STRING_MAX},
		{HOOK_VALUE_SOCKADDR_UN, sizeof(struct value_unix),
		 sizeof(struct value_unix) + 108},
		{HOOK_VALUE_SOCK, sizeof(struct value_sock), sizeof(struct value_sock)},
	};

	for (enum hook_value value = 0; value < _HOOK_VALUE_MAX; value++)
		assert_false(hook_value_fits(value, BYTES_MAX + 1));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_false(hook_value_fits(cases[i].value, cases[i].min - 1));
		assert_true(hook_value_fits(cases[i].value, cases[i].min));
		assert_true(hook_value_fits(cases[i].value, cases[i].max));
		assert_false(hook_value_fits(cases[i].value, cases[i].max + 1));
	}
}

/* A record with values of these statuses, numbers all. */
static bool fits_as(const struct hook *hook, uint16_t flags, const enum hook_arg_status *statuses,
		    size_t n)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_hook(&s, &(struct record_hook){.flags = flags});
	for (size_t i = 0; i < n; i++)
		put_hook_arg(&s, statuses[i],
			     statuses[i] == HOOK_ARG_READ ? BYTES("12345678") : BYTES(""));
	return fits(hook, &s);
}

#define FITS(hook, flags, ...)                                          \
	fits_as((hook), (flags), (enum hook_arg_status[]){__VA_ARGS__}, \
		sizeof((enum hook_arg_status[]){__VA_ARGS__}) / sizeof(enum hook_arg_status))

/* What is read later comes with the return, behind what is returned. */
static void values_that_come_later(void **state)
{
	static const struct hook_param params[] = {{HOOK_VALUE_INT, 4, NULL, false},
						   {HOOK_VALUE_SIZE, 8, NULL, true}};
	struct hook hook = {.params = params,
			    .n_params = 2,
			    .tells_return = true,
			    .tells_value = true,
			    .returned = {HOOK_VALUE_INT, 4, NULL, false}};

	assert_true(FITS(&hook, HOOK_CALLED, HOOK_ARG_READ, HOOK_ARG_LATER));
	assert_false(FITS(&hook, HOOK_CALLED, HOOK_ARG_LATER, HOOK_ARG_LATER));
	assert_true(FITS(&hook, HOOK_RETURNED, HOOK_ARG_READ, HOOK_ARG_READ));
	assert_false(FITS(&hook, HOOK_RETURNED, HOOK_ARG_READ));
	assert_false(FITS(&hook, HOOK_RETURNED, HOOK_ARG_READ, HOOK_ARG_READ, HOOK_ARG_READ));
	hook.tells_value = false;
	assert_true(FITS(&hook, HOOK_RETURNED, HOOK_ARG_READ));
	assert_true(FITS(&hook, HOOK_RETURNED, HOOK_ARG_FAULT));
	assert_false(FITS(&hook, HOOK_RETURNED, HOOK_ARG_READ, HOOK_ARG_READ));
	hook.tells_return = false;
	assert_false(FITS(&hook, HOOK_RETURNED, HOOK_ARG_READ));
}

static void strings_have_an_end(void **state)
{
	static char bytes[HOOK_STRING_MAX + 1];
	static const struct hook_param param = {HOOK_VALUE_STRING, 0, "", false};
	static const size_t lens[] = {0, 1, HOOK_STRING_MAX, HOOK_STRING_MAX + 1};

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		_cleanup_str_ struct str s = STR_INIT;

		put_hook(&s, &(struct record_hook){0});
		put_hook_arg(&s, HOOK_ARG_TRUNCATED, (struct bytes){bytes, lens[i]});
		assert_int_equal(fits(&(struct hook){.params = &param, .n_params = 1}, &s),
				 lens[i] <= HOOK_STRING_MAX);
	}
}

static void what_is_not_there_has_no_size(void **state)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_hook(&s, &(struct record_hook){0});
	put_hook_arg(&s, HOOK_ARG_FAULT, BYTES(""));
	put_hook_arg(&s, HOOK_ARG_NO_ROOM, BYTES(""));
	assert_true(fits(&two, &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_are_found_by_their_numbers),
		cmocka_unit_test(all_is_copied),
		cmocka_unit_test(what_is_not_said_is_empty),
		cmocka_unit_test(numbers_are_not_given_again),
		cmocka_unit_test(one_can_be_removed_twice),
		cmocka_unit_test(many_come_and_go),
		cmocka_unit_test(only_values_that_there_are),
		cmocka_unit_test(without_memory_nothing_changes),
		cmocka_unit_test(records_have_the_values_of_their_hook),
		cmocka_unit_test(numbers_are_eight_bytes),
		cmocka_unit_test(values_by_their_members),
		cmocka_unit_test(values_have_their_sizes),
		cmocka_unit_test(values_that_come_later),
		cmocka_unit_test(strings_have_an_end),
		cmocka_unit_test(what_is_not_there_has_no_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
