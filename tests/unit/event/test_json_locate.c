// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "event/json_locate.h"

#include <stdlib.h>

static const struct json_place whole = {0};

static void assert_located(const char *text, const struct json_place *place, const char *expected)
{
	size_t len, at = json_locate(text, strlen(text), place, &len);

	assert_int_equal(len, strlen(expected));
	assert_ptr_equal(text + at, strstr(text, expected));
}

static void finds(void **state)
{
	static const char text[] = " { \"x\" : [ {\"b\":0}, \"a\\\"]}\", {\"a\":[1,[22 , 333]], "
				   "\"n\\u0061me\" : true}] , \"y\":-1.5e3, \"z\":null,\"o\":{} }";
	const struct json_place x = {.up = &whole, .key = "x"}, y = {.up = &whole, .key = "y"};
	const struct json_place z = {.up = &whole, .key = "z"}, o = {.up = &whole, .key = "o"};
	const struct json_place x1 = {.up = &x, .index = 1}, x2 = {.up = &x, .index = 2};
	const struct json_place a = {.up = &x2, .key = "a"}, name = {.up = &x2, .key = "name"};
	const struct json_place a1 = {.up = &a, .index = 1}, a11 = {.up = &a1, .index = 1};

	assert_located(text, &whole, text + 1);
	assert_located(text, &x1, "\"a\\\"]}\"");
	assert_located(text, &a, "[1,[22 , 333]]");
	assert_located(text, &a1, "[22 , 333]");
	assert_located(text, &a11, "333");
	assert_located(text, &name, "true");
	assert_located(text, &y, "-1.5e3");
	assert_located(text, &z, "null");
	assert_located(text, &o, "{}");
}

static void last_of_the_same_name(void **state)
{
	assert_located("{\"a\":1,\"a\":2}", &(struct json_place){.up = &whole, .key = "a"}, "2");
}

static void not_there_is_what_it_is_in(void **state)
{
	const struct json_place b = {.up = &whole, .key = "b"};

	assert_located("{\"a\":1}", &b, "{\"a\":1}");
	assert_located("[1]", &b, "[1]");
	assert_located("[1]", &(struct json_place){.up = &whole, .index = 1}, "[1]");
	assert_located("7", &(struct json_place){.up = &b, .index = 1}, "7");
}

/* It is used on valid text only; that does not make other text fatal. */
static void stays_within_the_text(void **state)
{
	static const char text[] = "{\"a\\\"\" : [{\"b\": \"c\\\\\"}, 1], \"d\": {} ] } \"";
	const struct json_place a = {.up = &whole, .key = "a\""}, i = {.up = &a, .index = 9};
	const struct json_place d = {.up = &i, .key = "d"};

	for (size_t len = 0; len < sizeof(text); len++) {
		char *copy = malloc(len + 1);
		size_t ret;

		/* Of its very size, so that the sanitizer sees a byte too many. */
		memcpy(copy, text, len);
		copy = realloc(copy, len ? len : 1);
		assert_true(json_locate(copy, len, &d, &ret) + ret <= len);
		free(copy);
	}
}

static void paths(void **state)
{
	const struct json_place exec = {.up = &whole, .key = "process_exec"};
	const struct json_place ancestors = {.up = &exec, .key = "ancestors"};
	const struct json_place third = {.up = &ancestors, .index = 2};
	const struct json_place pid = {.up = &third, .key = "pid"};
	_cleanup_str_ struct str s = STR_INIT;

	json_place_append(&s, &whole);
	assert_int_equal(s.len, 0);
	json_place_append(&s, &pid);
	assert_string_equal(str_cstr(&s), "process_exec.ancestors[2].pid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(last_of_the_same_name),
		cmocka_unit_test(not_there_is_what_it_is_in),
		cmocka_unit_test(stays_within_the_text),
		cmocka_unit_test(paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
