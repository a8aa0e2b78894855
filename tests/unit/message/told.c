// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "fixed_clock.h"
#include "core/namespaces.h"
#include "message/names.h"
#include "tmpdir.h"
#include "told.h"

#include <stdlib.h>
#include <sys/stat.h>

static int make_proc(char *dir, size_t size)
{
	char path[128], target[64];

	if (tmpdir_make(dir, size) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/1", dir);
	if (mkdir(path, 0700) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/1/ns", dir);
	if (mkdir(path, 0700) < 0)
		return -1;
	for (enum exec_ns i = 0; i < _EXEC_NS_MAX; i++) {
		snprintf(path, sizeof(path), "%s/1/ns/%s", dir, namespace_name(i));
		snprintf(target, sizeof(target), "%s:[%u]", namespace_name(i), HOST_NS(i));
		if (symlink(target, path) < 0)
			return -1;
	}
	return 0;
}

static void forget_text(struct told *told, struct process *p)
{
	if (p && p->hash.next)
		table_set_json(tracker_table(told->tracker), p, NULL);
}

void told_event(struct told *told, const struct event *event)
{
	str_reset(&told->line);
	assert_int_equal(messages_append_json(told->messages, event, &told->line), 0);
	if (told->again) {
		_cleanup_str_ struct str fresh = STR_INIT;

		forget_text(told, event->process);
		forget_text(told, event->parent);
		assert_int_equal(messages_append_json(told->messages, event, &fresh), 0);
		assert_string_equal(str_cstr(&fresh), str_cstr(&told->line));
	}
	assert_true(told->line.len > 1);
	assert_int_equal(told->line.data[told->line.len - 1], '\n');
	told->line.data[told->line.len - 1] = '\0';
	told->lines++;
}

static void on_event(void *userdata, const struct event *event)
{
	struct told *told = userdata;

	told->ledger.exported[event->type]++;
	told_event(told, event);
}

static void start(struct told *told)
{
	const struct tracker_config tracker = {
		.table = {4096, 1 << 26},
		.max_cgroups = 64,
		.event = on_event,
		.hooks = told->hooks,
		.userdata = told,
	};

	assert_int_equal(tracker_new(&tracker, &told->ledger, &told->tracker), 0);
	assert_int_equal(messages_new(&told->config, told->tracker, &told->ledger, &told->messages),
			 0);
	tracker_scan_done(told->tracker);
}

void told_restart(struct told *told)
{
	messages_free(&told->messages);
	tracker_free(&told->tracker);
	told->lines = 0;
	start(told);
}

int told_setup(void **state)
{
	struct told *told = calloc(1, sizeof(*told));

	if (!told || hooks_new(&told->hooks) < 0 || make_proc(told->proc, sizeof(told->proc)) < 0)
		return -1;
	told->config = (struct message_config){
		.node_name = "node",
		.cluster_name = "",
		.proc = told->proc,
	};
	*state = told;
	start(told);
	return 0;
}

int told_teardown(void **state)
{
	struct told *told = *state;
	int r = tmpdir_remove(told->proc);

	messages_free(&told->messages);
	tracker_free(&told->tracker);
	hooks_free(&told->hooks);
	str_free(&told->line);
	free(told);
	return r;
}

const char *told_line(struct told *told)
{
	assert_int_equal(told->lines, 1);
	told->lines = 0;
	return told->line.data;
}

void told_expect(struct told *told, const char *expected)
{
	assert_string_equal(told_line(told), expected);
}

void told_expect_part(struct told *told, const char *expected)
{
	if (!strstr(told->line.data, expected))
		fail_msg("%s\nis not in\n%s", expected, told->line.data);
}

void told_expect_not(struct told *told, const char *unexpected)
{
	if (strstr(told->line.data, unexpected))
		fail_msg("%s\nis in\n%s", unexpected, told->line.data);
}

void told_give(struct told *told, struct str *record, uint64_t time)
{
	((struct record *)(void *)record->data)->time = time;
	tracker_record(told->tracker, record->data, record->len);
}

void told_fork(struct told *told, struct process_key child, struct process_key creator)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_fork(&s, &(struct record_fork){.child = child, .creator = creator, .parent = creator});
	told_give(told, &s, child.start);
}

void told_exec(struct told *told, const struct record_exec *facts, const struct exec_texts *texts,
	       uint64_t time)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_exec(&s, RECORD_EXEC, facts, texts);
	told_give(told, &s, time);
}

void told_exit(struct told *told, struct process_key process, uint32_t status, uint64_t time)
{
	_cleanup_str_ struct str s = STR_INIT;

	put_exit(&s, &(struct record_exit){.process = process, .parent = SHELL, .status = status});
	told_give(told, &s, time);
}

void told_shell(struct told *told)
{
	told_exec(told, &(struct record_exec){.process = SHELL, .parent = INIT, .loginuid = ~0U},
		  &(struct exec_texts){.filename = "/bin/sh", .exe = "/bin/dash", .cwd = "/root"},
		  SECONDS(2) + 500000000);
	told->lines = 0;
}

struct process *told_find(struct told *told, struct process_key key)
{
	return table_find(tracker_table(told->tracker), &key);
}
