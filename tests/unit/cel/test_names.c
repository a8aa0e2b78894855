// SPDX-License-Identifier: Apache-2.0
#include "cel_test.h"

#include "cel/event_env.h"
#include "cel/names.h"

static void test_find(void **state)
{
	static const struct {
		const char *name;
		bool absolute;
		enum cel_named what;
		const char *constant;
	} cases[] = {
		{"process_exec", false, CEL_NAMED_VARIABLE, NULL},
		{"process_exec", true, CEL_NAMED_VARIABLE, NULL},
		{"tetragon.process_exec", false, CEL_NAMED_NOTHING, NULL},
		{"int", false, CEL_NAMED_CONSTANT, "int"},
		{"null_type", false, CEL_NAMED_CONSTANT, "null_type"},
		{"type", false, CEL_NAMED_CONSTANT, "type"},
		{"dyn", false, CEL_NAMED_NOTHING, NULL},
		{"nullable", false, CEL_NAMED_NOTHING, NULL},
		{"net.IP", false, CEL_NAMED_CONSTANT, "net.IP"},
		{"google.protobuf.Timestamp", false, CEL_NAMED_CONSTANT,
		 "google.protobuf.Timestamp"},
		{"Process", false, CEL_NAMED_CONSTANT, "tetragon.Process"},
		{"Process", true, CEL_NAMED_NOTHING, NULL},
		{"tetragon.Process", false, CEL_NAMED_CONSTANT, "tetragon.Process"},
		{"tetragon.Process", true, CEL_NAMED_CONSTANT, "tetragon.Process"},
		/* A type of a field of a field. */
		{"tetragon.UserNamespace", false, CEL_NAMED_CONSTANT, "tetragon.UserNamespace"},
		{"tetragon", false, CEL_NAMED_NOTHING, NULL},
		{"EventType.PROCESS_EXIT", false, CEL_NAMED_CONSTANT, "5"},
		{"tetragon.EventType.PROCESS_EXIT", false, CEL_NAMED_CONSTANT, "5"},
		{"EventType.PROCESS_EXIT", true, CEL_NAMED_NOTHING, NULL},
		{"EventType.NOTHING", false, CEL_NAMED_BAD_VALUE, NULL},
		{"EventType", false, CEL_NAMED_NOTHING, NULL},
		{"EventType.", false, CEL_NAMED_BAD_VALUE, NULL},
		{"KprobeAction.KPROBE_ACTION_POST", false, CEL_NAMED_CONSTANT, "1"},
		{"BpfCmd.BPF_PROG_LOAD", false, CEL_NAMED_CONSTANT, "5"},
		{"BpfProgramType.BPF_PROG_TYPE_KPROBE", false, CEL_NAMED_CONSTANT, "2"},
		{"SecureBitsType.SecBitKeepCaps", false, CEL_NAMED_CONSTANT, "16"},
		{"ThrottleType.THROTTLE_STOP", false, CEL_NAMED_CONSTANT, "2"},
		{"HealthStatusResult.HEALTH_STATUS_RUNNING", false, CEL_NAMED_CONSTANT, "1"},
		{"", false, CEL_NAMED_NOTHING, NULL},
		{".", false, CEL_NAMED_NOTHING, NULL},
	};
	struct arena arena = ARENA_INIT;
	struct cel_names names = {.env = &cel_event_env, .arena = &arena};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str shown = STR_INIT;
		struct cel_meaning meaning;

		assert_int_equal(cel_names_find(&names, cases[i].name, cases[i].absolute, &meaning),
				 0);
		assert_int_equal(meaning.what, cases[i].what);
		if (!cases[i].constant)
			continue;
		cel_value_append(&shown, &meaning.constant);
		assert_string_equal(str_cstr(&shown), cases[i].constant);
	}
	arena_done(&arena);
}

static void test_no_container(void **state)
{
	struct arena arena = ARENA_INIT;
	struct cel_env env = cel_event_env;
	struct cel_names names = {.env = &env, .arena = &arena};
	struct cel_meaning meaning;

	env.container = NULL;
	assert_int_equal(cel_names_find(&names, "Process", false, &meaning), 0);
	assert_int_equal(meaning.what, CEL_NAMED_NOTHING);
	assert_int_equal(cel_names_find(&names, "tetragon.Process", false, &meaning), 0);
	assert_int_equal(meaning.what, CEL_NAMED_CONSTANT);
	arena_done(&arena);
}

/* Every type and enum of the schema that an event can have is found, each once. */
static void test_collected(void **state)
{
	struct arena arena = ARENA_INIT;
	struct cel_names names = {.env = &cel_event_env, .arena = &arena};
	struct cel_meaning meaning;

	assert_int_equal(cel_names_find(&names, "x", false, &meaning), 0);
	for (unsigned i = 0; i < names.n_messages; i++) {
		for (unsigned j = 0; j < i; j++)
			assert_ptr_not_equal(names.messages[i], names.messages[j]);
		assert_int_equal(cel_names_find(&names, names.messages[i]->name, true, &meaning),
				 0);
		assert_int_equal(meaning.what, CEL_NAMED_CONSTANT);
	}
	assert_in_range(names.n_messages, 50, 200);
	assert_in_range(names.n_enums, 10, 50);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_no_container),
		cmocka_unit_test(test_collected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
