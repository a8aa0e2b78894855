// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/str.h"
#include "filter/caps.h"
#include "messages.h"

#include <errno.h>

static int init(const char *json, struct caps_filter *filter, struct error **reterr)
{
	_cleanup_message_ Tetragon__CapFilter *msg =
		message_new(&tetragon__cap_filter__descriptor, json);

	return caps_filter_init(msg, filter, reterr);
}

static void sets(void **state)
{
	static const char *const caps_json =
		"{\"permitted\":[\"CAP_CHOWN\",\"CAP_BPF\"],\"effective\":[\"CAP_BPF\"]}";
	static const struct {
		const char *filter;
		bool result;
	} cases[] = {
		{"{}", true},
		{"{\"permitted\":{\"any\":[\"CAP_BPF\",\"CAP_KILL\"]}}", true},
		{"{\"permitted\":{\"any\":[\"CAP_KILL\"]}}", false},
		{"{\"permitted\":{\"all\":[\"CAP_BPF\",\"CAP_CHOWN\"]}}", true},
		{"{\"permitted\":{\"all\":[\"CAP_BPF\",\"CAP_KILL\"]}}", false},
		{"{\"permitted\":{\"exactly\":[\"CAP_BPF\",\"CAP_CHOWN\"]}}", true},
		{"{\"permitted\":{\"exactly\":[\"CAP_BPF\"]}}", false},
		{"{\"permitted\":{\"none\":[\"CAP_KILL\"]}}", true},
		{"{\"permitted\":{\"none\":[\"CAP_KILL\",\"CAP_BPF\"]}}", false},
		{"{\"inheritable\":{\"none\":[\"CAP_BPF\"]}}", true},
		{"{\"effective\":{\"any\":[\"CAP_BPF\"]},\"inheritable\":{\"any\":[\"CAP_BPF\"]}}",
		 false},
		{"{\"effective\":{\"any\":[\"CAP_BPF\"]},\"permitted\":{\"any\":[\"CAP_BPF\"]}}",
		 true},
	};
	_cleanup_message_ Tetragon__Capabilities *caps =
		message_new(&tetragon__capabilities__descriptor, caps_json);

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct caps_filter filter;

		assert_int_equal(init(cases[i].filter, &filter, NULL), 0);
		assert_int_equal(caps_filter_match(&filter, caps), cases[i].result);
		assert_false(caps_filter_match(&filter, NULL));
	}
}

static void bad_sets(void **state)
{
	static const struct {
		const char *filter, *message;
	} cases[] = {
		{"{\"permitted\":{}}",
		 "permitted: one of any, all, exactly and none must be given"},
		{"{\"effective\":{\"any\":[\"CAP_BPF\"],\"none\":[\"CAP_KILL\"]}}",
		 "effective: only one of any, all, exactly and none can be given"},
		{"{\"inheritable\":{\"all\":[64]}}", "inheritable: 64 is no capability"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		struct caps_filter filter;

		assert_int_equal(init(cases[i].filter, &filter, &err), -EINVAL);
		assert_string_equal(err->message, cases[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets),
		cmocka_unit_test(bad_sets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
