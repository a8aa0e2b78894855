// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "cli/tree.h"
#include "event/json.h"

#include <jansson.h>
#include <string.h>

static void add(struct tree *tree, const char *json)
{
	_cleanup_error_ struct error *err = NULL;
	ProtobufCMessage *event;

	if (json_read(&tetragon__get_events_response__descriptor, json, strlen(json), &event,
		      &err) < 0)
		fail_msg("%s: %s", json, err->message);
	assert_int_equal(tree_add(tree, (const Tetragon__GetEventsResponse *)event), 0);
	protobuf_c_message_free_unpacked(event, NULL);
}

static void exec(struct tree *tree, const char *id, const char *parent, unsigned pid)
{
	char json[512];

	snprintf(json, sizeof(json),
		 "{\"process_exec\":{\"process\":{\"exec_id\":\"%s\",\"pid\":%u,\"uid\":0,"
		 "\"binary\":\"/bin/%s\",\"arguments\":\"x\"},"
		 "\"parent\":{\"exec_id\":\"%s\",\"binary\":\"/bin/%s\",\"pid\":1}}}",
		 id, pid, id, parent, parent);
	add(tree, json);
}

#define KPROBE(id, function, more)                                                       \
	"{\"process_kprobe\":{\"process\":{\"exec_id\":\"" id "\",\"binary\":\"/bin/" id \
	"\"},\"function_name\":\"" function "\"" more "}}"

static void drawing(void **state)
{
	_cleanup_(tree_done) struct tree tree = {.ids.max = 100};
	_cleanup_str_ struct str out = STR_INIT;

	exec(&tree, "b", "a", 2);
	exec(&tree, "c", "a", 3);
	exec(&tree, "d", "b", 4);
	add(&tree, KPROBE("b", "__x64_sys_openat",
			  ",\"args\":[{\"int_arg\":1},{\"file_arg\":{\"path\":\"/etc/x\"}}]"));
	add(&tree, KPROBE("b", "__x64_sys_openat",
			  ",\"args\":[{\"int_arg\":1},{\"file_arg\":{\"path\":\"/etc/x\"}}]"));
	add(&tree, KPROBE("d", "tcp_connect",
			  ",\"args\":[{\"sock_arg\":{\"daddr\":\"10.0.0.1\",\"dport\":80}}],"
			  "\"action\":\"KPROBE_ACTION_SIGKILL\""));
	add(&tree, "{\"process_exit\":{\"process\":{\"exec_id\":\"d\"},\"signal\":\"SIGKILL\"}}");
	add(&tree, "{\"process_exit\":{\"process\":{\"exec_id\":\"c\"},\"status\":3}}");
	add(&tree, "{\"process_exec\":{\"process\":{\"exec_id\":\"r\",\"pid\":9,\"uid\":5,"
		   "\"binary\":\"/bin/\\u001b\"}}}");
	tree_text(&out, &tree, false);
	/* The first that is known of is b; its parent is told with it. */
	assert_string_equal(str_cstr(&out), "/bin/a [1]\n"
					    "├─ /bin/b x [2]\n"
					    "│  │  sys_openat /etc/x ×2\n"
					    "│  └─ /bin/d x [4] ► SIGKILL\n"
					    "│        tcp_connect 10.0.0.1:80 (SIGKILL)\n"
					    "└─ /bin/c x [3] ► 3\n"
					    "/bin/\\x1b [9] uid 5\n");
}

static void json(void **state)
{
	_cleanup_(tree_done) struct tree tree = {.ids.max = 100};
	_cleanup_str_ struct str out = STR_INIT;
	json_t *found, *processes, *one;

	exec(&tree, "b", "a", 2);
	add(&tree, KPROBE("b", "f", ""));
	add(&tree, "{\"process_exit\":{\"process\":{\"exec_id\":\"b\"},\"status\":3}}");
	tree_json(&out, &tree);
	found = json_loadb(out.data, out.len, 0, NULL);
	assert_non_null(found);
	processes = json_object_get(found, "processes");
	assert_int_equal(json_array_size(processes), 2);
	one = json_array_get(processes, 0);
	assert_string_equal(json_string_value(json_object_get(one, "exec_id")), "b");
	assert_string_equal(json_string_value(json_object_get(one, "parent_exec_id")), "a");
	assert_int_equal(json_integer_value(json_object_get(one, "status")), 3);
	assert_true(json_is_true(json_object_get(one, "started")));
	one = json_array_get(json_object_get(one, "did"), 0);
	assert_string_equal(json_string_value(json_object_get(one, "what")), "f");
	assert_true(json_is_false(json_object_get(json_array_get(processes, 1), "started")));
	json_decref(found);
}

static void limits(void **state)
{
	_cleanup_(tree_done) struct tree tree = {.ids.max = 4};
	_cleanup_str_ struct str out = STR_INIT;
	char id[16], event[256], function[600];

	for (unsigned i = 0; i < 10; i++) {
		snprintf(id, sizeof(id), "p%u", i);
		exec(&tree, id, "root", i);
	}
	assert_int_equal(tree.ids.n, 4);
	assert_int_equal(tree.missed, 7);
	for (unsigned i = 0; i < TREE_DEEDS_MAX + 5; i++) {
		snprintf(event, sizeof(event),
			 "{\"process_kprobe\":{\"process\":{\"exec_id\":\"p0\"},"
			 "\"function_name\":\"f%u\"}}",
			 i);
		add(&tree, event);
	}
	assert_int_equal(tree.v[0].n_deeds, TREE_DEEDS_MAX);
	assert_int_equal(tree.v[0].more_deeds, 5);
	/* Long texts are cut between characters. */
	snprintf(function, sizeof(function),
		 "{\"process_kprobe\":{\"process\":{\"exec_id\":\"p1\"},\"function_name\":\"%0*d"
		 "\xc3\xa4\"}}",
		 TREE_TEXT_BYTES - 1, 0);
	add(&tree, function);
	assert_int_equal(strlen(tree.v[2].deeds[0].what), TREE_TEXT_BYTES - 1 + strlen("…"));
	tree_text(&out, &tree, false);
	assert_non_null(strstr(str_cstr(&out), "other things ×5\n"));
}

/* Each says that the other is its parent; and one is its own. */
static void circles(void **state)
{
	_cleanup_(tree_done) struct tree tree = {.ids.max = 10};
	_cleanup_str_ struct str out = STR_INIT;

	exec(&tree, "a", "b", 1);
	exec(&tree, "b", "a", 2);
	exec(&tree, "c", "c", 3);
	tree_text(&out, &tree, false);
	assert_string_equal(str_cstr(&out), "/bin/b [1]\n└─ /bin/a x [1]\n/bin/c x [3]\n");
}

static void deep(void **state)
{
	enum { DEPTH = 2000 };
	_cleanup_(tree_done) struct tree tree = {.ids.max = DEPTH + 1};
	_cleanup_str_ struct str out = STR_INIT;
	char id[16], parent[16];
	size_t lines = 0;

	for (unsigned i = 0; i < DEPTH; i++) {
		snprintf(id, sizeof(id), "p%u", i + 1);
		snprintf(parent, sizeof(parent), "p%u", i);
		exec(&tree, id, parent, i);
	}
	tree_text(&out, &tree, false);
	assert_non_null(str_cstr(&out));
	for (const char *p = out.data; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, DEPTH + 1);
	assert_true(out.len < (size_t)DEPTH * 150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drawing), cmocka_unit_test(json), cmocka_unit_test(limits),
		cmocka_unit_test(circles), cmocka_unit_test(deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
