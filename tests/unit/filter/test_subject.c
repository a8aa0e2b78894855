// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/str.h"
#include "filter/subject.h"
#include "messages.h"

#define PROCESSES                                                       \
	"\"process\":{\"binary\":\"p\"},\"parent\":{\"binary\":\"q\"}," \
	"\"ancestors\":[{\"binary\":\"r\"},{\"binary\":\"s\"}]"

static void events_of_processes(void **state)
{
	static const struct {
		const char *json;
		uint32_t type;
		bool has_policy;
	} cases[] = {
		{"{\"process_exec\":{" PROCESSES "}}", 1, false},
		{"{\"process_exit\":{" PROCESSES "}}", 5, false},
		{"{\"process_kprobe\":{" PROCESSES ",\"policy_name\":\"x\"}}", 9, true},
		{"{\"process_tracepoint\":{" PROCESSES ",\"policy_name\":\"x\"}}", 10, true},
		{"{\"process_loader\":{" PROCESSES "}}", 11, false},
		{"{\"process_uprobe\":{" PROCESSES ",\"policy_name\":\"x\"}}", 12, true},
		{"{\"process_lsm\":{" PROCESSES ",\"policy_name\":\"x\"}}", 28, true},
		{"{\"process_usdt\":{" PROCESSES ",\"policy_name\":\"x\"}}", 29, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_message_ Tetragon__GetEventsResponse *event = event_new(cases[i].json);
		struct subject subject;

		subject_init(&subject, event);
		assert_ptr_equal(subject.event, event);
		assert_int_equal(subject.type, cases[i].type);
		assert_string_equal(subject.process->binary, "p");
		assert_string_equal(subject.parent->binary, "q");
		assert_int_equal(subject.n_ancestors, 2);
		assert_string_equal(subject.ancestors[1]->binary, "s");
		if (cases[i].has_policy)
			assert_string_equal(subject.policy_name, "x");
		else
			assert_null(subject.policy_name);
	}
}

static void other_events(void **state)
{
	static const struct {
		const char *json;
		uint32_t type;
	} cases[] = {
		{"{\"process_throttle\":{\"cgroup\":\"c\"}}", 27},
		{"{\"test\":{\"arg0\":\"1\"}}", 40000},
		{"{\"rate_limit_info\":{}}", 40001},
		{"{}", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_message_ Tetragon__GetEventsResponse *event = event_new(cases[i].json);
		struct subject subject;

		subject_init(&subject, event);
		assert_int_equal(subject.type, cases[i].type);
		assert_null(subject.process);
		assert_null(subject.parent);
		assert_int_equal(subject.n_ancestors, 0);
		assert_null(subject.policy_name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_of_processes),
		cmocka_unit_test(other_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
