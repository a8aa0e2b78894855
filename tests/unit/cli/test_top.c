// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/clock.h"
#include "cli/top.h"
#include "event/json.h"

#include <jansson.h>
#include <string.h>

static ProtobufCMessage *read_json(const ProtobufCMessageDescriptor *type, const char *json)
{
	ProtobufCMessage *message;

	assert_int_equal(json_read(type, json, strlen(json), &message, NULL), 0);
	return message;
}

static void add(struct top *top, const char *json)
{
	ProtobufCMessage *event = read_json(&tetragon__get_events_response__descriptor, json);

	assert_int_equal(top_add(top, (const Tetragon__GetEventsResponse *)event), 0);
	protobuf_c_message_free_unpacked(event, NULL);
}

static void list(struct top *top, const char *json)
{
	ProtobufCMessage *answer =
		read_json(&tetragon__list_tracing_policies_response__descriptor, json);

	assert_int_equal(top_list(top, (const Tetragon__ListTracingPoliciesResponse *)answer), 0);
	protobuf_c_message_free_unpacked(answer, NULL);
}

#define PROCESS(id, pid, binary) \
	"{\"process\":{\"exec_id\":\"" id "\",\"pid\":" pid ",\"binary\":\"" binary "\"}}"

static void fill(struct top *top)
{
	add(top, "{\"process_exec\":" PROCESS("a", "1", "/bin/x") "}");
	add(top, "{\"process_exec\":" PROCESS("b", "2", "/bin/x") "}");
	add(top, "{\"process_exit\":" PROCESS("b", "2", "/bin/x") "}");
	add(top, "{\"process_exit\":" PROCESS("c", "3", "/bin/\\u001b") "}");
	add(top, "{\"rate_limit_info\":{\"number_of_dropped_process_events\":\"5\"}}");
	top->ended = top->began + 2 * NSEC_PER_SEC;
}

static void by_binary(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct top top;

	top_init(&top, false);
	top_next(&top, 1000);
	fill(&top);
	top_text(&out, &top, 1);
	assert_string_equal(str_cstr(&out),
			    "4 events in 2.0 s, 2/s: process_exec 2, process_exit 2\n"
			    "5 more were lost: they come faster than they are read\n"
			    "\n"
			    "  EVENTS      /S   STARTED  BINARY\n"
			    "       3       2         2  /bin/x\n"
			    "     and 1 binaries more\n");
	top_next(&top, top.ended);
	str_reset(&out);
	top.ended = top.began + NSEC_PER_SEC;
	top_text(&out, &top, 1);
	assert_string_equal(str_cstr(&out), "0 events in 1.0 s, 0/s\n\n"
					    "  EVENTS      /S   STARTED  BINARY\n");
	top_done(&top);
}

static void by_process(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	json_t *found, *processes;
	struct top top;

	top_init(&top, true);
	top_next(&top, 1000);
	fill(&top);
	top_json(&out, &top, 2);
	found = json_loadb(out.data, out.len, 0, NULL);
	assert_non_null(found);
	processes = json_object_get(found, "processes");
	assert_int_equal(json_array_size(processes), 2);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(processes, 0), "exec_id")), "b");
	assert_int_equal(json_integer_value(json_object_get(found, "more_processes")), 1);
	assert_int_equal(json_integer_value(json_object_get(found, "lost")), 5);
	json_decref(found);
	top_done(&top);
}

/* What they did since the interval began; those that are gone are not told of. */
static void policies(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct top top;

	top_init(&top, false);
	list(&top, "{\"policies\":[{\"name\":\"p\",\"state\":\"TP_STATE_ENABLED\",\"mode\":"
		   "\"TP_MODE_ENFORCE\",\"stats\":{\"action_counters\":{\"post\":\"10\"}}},"
		   "{\"name\":\"gone\"}]}");
	top_next(&top, 0);
	list(&top, "{\"policies\":[{\"name\":\"p\",\"state\":\"TP_STATE_ENABLED\",\"mode\":"
		   "\"TP_MODE_ENFORCE\",\"kernel_memory_bytes\":\"4096\",\"stats\":"
		   "{\"action_counters\":{\"post\":\"14\",\"signal\":\"1\",\"lost\":\"3\"}},"
		   "\"run_time_ns\":\"250000000\",\"run_count\":\"5\"},"
		   "{\"name\":\"new\",\"namespace\":\"n\",\"stats\":{\"action_counters\":"
		   "{\"post\":\"7\"}}}]}");
	top.ended = 2 * NSEC_PER_SEC;
	top_text(&out, &top, 10);
	assert_non_null(strstr(str_cstr(&out),
			       "       4       2        3        1     4  12.50  p (enabled, "
			       "enforce)\n"
			       "       0       0        0        0     0      -  n/new (unknown, "
			       "unknown)\n"));
	assert_null(strstr(out.data, "gone"));
	/* Loaded anew, it counts anew. */
	top_next(&top, 0);
	list(&top,
	     "{\"policies\":[{\"name\":\"p\",\"stats\":{\"action_counters\":{\"post\":\"2\"}}}]}");
	str_reset(&out);
	top_text(&out, &top, 10);
	assert_non_null(strstr(str_cstr(&out),
			       "       0       0        0        0     0      -  p (unknown"));
	top_done(&top);
}

static void ledger(struct top *top, const char *json)
{
	ProtobufCMessage *answer =
		read_json(&tetragon__get_health_status_response__descriptor, json);

	top_ledger(top, (const Tetragon__GetHealthStatusResponse *)answer);
	protobuf_c_message_free_unpacked(answer, NULL);
}

#define RECORD(name, full)                                      \
	"{\"of\":\"record\",\"name\":\"" name "\",\"counts\":[" \
	"{\"name\":\"received\",\"value\":\"9\"},{\"name\":\"full\",\"value\":\"" full "\"}]}"

/* What the agent lost in the interval, of all kinds of records. */
static void losses_of_the_agent(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct top top;
	json_t *found;

	top_init(&top, false);
	ledger(&top, "{\"ledger\":[" RECORD("exec", "5") "]}");
	top_next(&top, 0);
	ledger(&top, "{\"ledger\":[" RECORD("exec", "6") "," RECORD("hook", "10") "]}");
	top.ended = NSEC_PER_SEC;
	top_text(&out, &top, 10);
	assert_non_null(strstr(str_cstr(&out),
			       "lost by the agent: 11 records found no room in the ring\n"));
	str_reset(&out);
	top_json(&out, &top, 10);
	found = json_loadb(out.data, out.len, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(found, "agent_lost"),
							    "ring_full")),
			 11);
	json_decref(found);
	/* Another agent. */
	top_next(&top, 0);
	ledger(&top, "{\"ledger\":[" RECORD("exec", "2") "]}");
	str_reset(&out);
	top_text(&out, &top, 10);
	assert_non_null(strstr(str_cstr(&out), "lost by the agent: 2 records"));
	top_done(&top);
}

static void more_than_are_told_apart(void **state)
{
	struct top top;
	char json[128];

	top_init(&top, true);
	for (unsigned i = 0; i < TOP_NAMES_MAX + 10; i++) {
		snprintf(json, sizeof(json),
			 "{\"process_exec\":{\"process\":{\"exec_id\":\"%u\"}}}", i);
		add(&top, json);
	}
	assert_int_equal(top.others, 10);
	assert_int_equal(top.events, TOP_NAMES_MAX + 10);
	top_done(&top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_binary),
		cmocka_unit_test(by_process),
		cmocka_unit_test(policies),
		cmocka_unit_test(losses_of_the_agent),
		cmocka_unit_test(more_than_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
