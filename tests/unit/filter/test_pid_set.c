// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/str.h"
#include "filter/pid_set.h"
#include "messages.h"

#include <errno.h>

static const uint32_t roots[] = {10, 20};

static int setup(void **state)
{
	return pid_set_new(roots, ARRAY_SIZE(roots), (struct pid_set **)state);
}

static int teardown(void **state)
{
	pid_set_free((struct pid_set **)state);
	pid_set_free((struct pid_set **)state);
	return 0;
}

static int see(struct pid_set *set, const char *json)
{
	_cleanup_message_ Tetragon__GetEventsResponse *event = event_new(json);
	struct subject subject;

	subject_init(&subject, event);
	pid_set_follow(set, &subject);
	return pid_set_holds(set);
}

/* An event without the cost of reading it. */
static int see_pids(struct pid_set *set, uint32_t type, uint32_t pid, uint32_t ppid)
{
	Google__Protobuf__UInt32Value pids[2] = {{.value = pid}, {.value = ppid}};
	Tetragon__Process process = {.pid = &pids[0]}, parent = {.pid = &pids[1]};
	const struct subject subject = {.type = type, .process = &process, .parent = &parent};

	pid_set_follow(set, &subject);
	return pid_set_holds(set);
}

#define EXEC(pid, ppid) see_pids(*state, TETRAGON__EVENT_TYPE__PROCESS_EXEC, pid, ppid)
#define EXIT(pid, ppid) see_pids(*state, TETRAGON__EVENT_TYPE__PROCESS_EXIT, pid, ppid)

static void follows_children(void **state)
{
	assert_int_equal(EXEC(10, 1), 1);
	assert_int_equal(EXEC(11, 1), 0);
	assert_int_equal(EXEC(12, 10), 1);
	assert_int_equal(EXEC(13, 12), 1);
	assert_int_equal(EXEC(14, 11), 0);
	/* Once followed, whoever its parent is now. */
	assert_int_equal(EXEC(13, 1), 1);
	assert_int_equal(EXEC(15, 13), 1);
}

static void forgets_who_ended(void **state)
{
	assert_int_equal(EXEC(12, 10), 1);
	assert_int_equal(EXIT(12, 10), 1);
	assert_int_equal(EXEC(12, 1), 0);
	/* It was told of for the first time when it ended, and so are its children. */
	assert_int_equal(EXIT(30, 20), 1);
	assert_int_equal(EXEC(30, 1), 0);
	assert_int_equal(EXIT(10, 1), 1);
}

static void knows_ancestors(void **state)
{
	assert_int_equal(see(*state, "{\"process_exec\":{\"process\":{\"pid\":40},\"parent\":"
				     "{\"pid\":39},\"ancestors\":[{\"pid\":38},{\"pid\":20}]}}"),
			 1);
	assert_int_equal(EXEC(41, 40), 1);
}

static void other_events(void **state)
{
	assert_int_equal(see(*state, "{\"test\":{}}"), 0);
	assert_int_equal(see(*state, "{\"process_exec\":{\"process\":{}}}"), 0);
	assert_int_equal(see(*state, "{\"process_exec\":{\"process\":{\"pid\":0},"
				     "\"parent\":{\"pid\":10}}}"),
			 1);
	assert_int_equal(see(*state, "{\"process_kprobe\":{\"process\":{\"pid\":50},"
				     "\"parent\":{\"pid\":10}}}"),
			 1);
	assert_int_equal(EXEC(51, 50), 1);
}

/* In a table that grows, shrinks and is full of those whose places are taken. */
static void follows_many(void **state)
{
	for (uint32_t i = 0; i < 20000; i++)
		assert_int_equal(EXEC(100 + i * 64, 10), 1);
	for (uint32_t i = 0; i < 20000; i += 2)
		assert_int_equal(EXIT(100 + i * 64, 1), 1);
	for (uint32_t i = 0; i < 20000; i++)
		assert_int_equal(EXEC(100 + i * 64, 1), i % 2);
}

static void says_when_there_are_too_many(void **state)
{
	for (uint32_t i = 0; i < PID_SET_MAX; i++)
		assert_int_equal(EXEC(100 + i, 10), 1);
	assert_int_equal(EXEC(99, 10), -ENOSPC);
	assert_int_equal(EXEC(98, 99), 0);
	assert_int_equal(EXEC(100, 1), 1);
	assert_int_equal(EXIT(100, 1), 1);
	assert_int_equal(EXEC(99, 10), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(follows_children), TEST(forgets_who_ended), TEST(knows_ancestors),
		TEST(other_events),     TEST(follows_many),      TEST(says_when_there_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
