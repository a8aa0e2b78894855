// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/cleanup.h"
#include "core/tracker.h"
#include "event/json.h"
#include "message/message.h"
#include "record_stream.h"
#include "unit/core/audit.h"

#include <tetragon/events.pb-c.h>

#include <errno.h>
#include <string.h>

/* Whatever the kernel side writes: no harm is done, every event is a line of JSON that can be read,
 * all is accounted for, and the table stays within its limits. */

#define TABLE_BYTES ((size_t)256 * 1024)

struct world {
	struct hooks *hooks;
	struct tracker *tracker;
	struct messages *messages;
	struct ledger ledger;
	struct table_limits limits;
	bool strings_fail;
	bool told_all; /* the older ones are announced, and may be forgotten from now on */
};

static void on_event(void *userdata, const struct event *event)
{
	struct world *w = userdata;
	_cleanup_str_ struct str line = STR_INIT;
	ProtobufCMessage *msg;

	MUST(messages_append_json(w->messages, event, &line) == 0);
	MUST(line.len > 1 && line.data[line.len - 1] == '\n');
	MUST(!memchr(line.data, '\n', line.len - 1));
	MUST(json_read(&tetragon__get_events_response__descriptor, line.data, line.len - 1, &msg,
		       NULL) == 0);
	protobuf_c_message_free_unpacked(msg, NULL);
	w->ledger.exported[event->type]++;
}

static int read_strings(void *userdata, uint32_t pid, enum exec_field field, struct str *out)
{
	const struct world *w = userdata;

	if (w->strings_fail)
		return -ESRCH;
	str_append(out, "read\0from\0procfs\0\0\0", 19);
	return 0;
}

static void add_hook(struct world *w, const struct hook_param *params, size_t n, uint32_t number)
{
	static const char *const tags[] = {"tag", "\xff"};
	uint32_t given;

	MUST(hooks_add(w->hooks,
		       &(struct hook){.type = EVENT_KPROBE,
				      .function = "sys_openat",
				      .policy = "policy",
				      .message = "message",
				      .tags = tags,
				      .n_tags = n % 3,
				      .params = params,
				      .n_params = n},
		       &given) == 0);
	MUST(given == number);
}

static void add_hooks(struct world *w)
{
	static const struct hook_param two[] = {{HOOK_VALUE_INT, 4, NULL, false},
						{HOOK_VALUE_STRING, 0, "path", false}};
	struct hook_param all[_HOOK_VALUE_MAX];

	for (enum hook_value i = 0; i < _HOOK_VALUE_MAX; i++)
		all[i] = (struct hook_param){i, 1U << i % 4, "label", false};
	MUST(hooks_new(&w->hooks) == 0);
	add_hook(w, NULL, 0, STREAM_HOOK_NONE);
	add_hook(w, two, ARRAY_SIZE(two), STREAM_HOOK_TWO);
	add_hook(w, all, ARRAY_SIZE(all), STREAM_HOOK_ALL);
}

static void stop_throttling(void *userdata, struct cgroup *cgroup)
{
	struct world *w = userdata;

	if (cgroup->throttled)
		tracker_throttle_stop(w->tracker, cgroup, 1);
}

/* Also gives what was missing, as procfs would. */
static void supply_missing(struct world *w)
{
	_cleanup_free_ struct process_key *keys = NULL;
	ssize_t n = tracker_missing(w->tracker, &keys);

	MUST(n >= 0);
	for (ssize_t i = 0; i < n; i++) {
		struct record_exec exec = {
			.record = {.type = RECORD_TASK, .size = sizeof(exec)},
			.process = keys[i],
			.parent.pid = keys[i].pid / 2,
		};

		tracker_supply(w->tracker, &exec, sizeof(exec));
	}
}

static void act(struct world *w, unsigned action)
{
	switch (action) {
	case STREAM_SCAN_DONE:
		tracker_scan_done(w->tracker);
		w->told_all = true;
		break;
	case STREAM_MISSING:
		supply_missing(w);
		break;
	case STREAM_THROTTLE_STOP:
		cgroups_each(tracker_cgroups(w->tracker), stop_throttling, w);
		break;
	case STREAM_UNHOOK:
		hooks_remove(w->hooks, STREAM_HOOK_ALL);
		break;
	default:
		messages_tick(w->messages);
	}
}

static void check(struct world *w)
{
	const struct table_stats *stats = table_get_stats(tracker_table(w->tracker));

	MUST(!w->told_all ||
	     (stats->entries <= w->limits.entries && stats->bytes <= w->limits.bytes));
	for (int i = 0; i < _RECORD_MAX; i++)
		w->ledger.kernel.produced[i] = w->ledger.received[i] - w->ledger.supplied[i];
	MUST(ledger_balanced(&w->ledger));
}

static void give(struct world *w, const uint8_t *data, size_t len, bool raw)
{
	struct record head;
	size_t size = len;
	char *record;

	if (!raw && len >= sizeof(head)) {
		memcpy(&head, data, sizeof(head));
		if (head.type == RECORD_DATA && size < sizeof(struct record_data))
			size = sizeof(struct record_data);
	}
	/* In exactly as much memory, aligned as in the ring. */
	record = calloc(1, size ? size : 1);
	MUST(record);
	memcpy(record, data, len);
	if (!raw && len >= sizeof(head))
		((struct record *)(void *)record)->size = (__u32)size;
	tracker_record(w->tracker, record, size);
	free(record);
}

static void feed(struct world *w, const uint8_t *data, size_t size)
{
	while (size >= 2) {
		unsigned length = (unsigned)data[0] | (unsigned)data[1] << 8;

		data += 2;
		size -= 2;
		if (length >= STREAM_FIRST_ACTION) {
			act(w, length);
		} else {
			size_t n = MIN(length & STREAM_LENGTH, size);

			give(w, data, n, length & STREAM_RAW);
			data += n;
			size -= n;
		}
		check(w);
	}
}

static void check_table(struct world *w)
{
	const struct table_stats *stats = table_get_stats(tracker_table(w->tracker));

	/* One that was forgotten may come back, and then it does not know its children. */
	if (stats->forgotten_alive == 0 && stats->forgotten_dead == 0)
		MUST(table_audit(tracker_table(w->tracker)) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const env_names[] = {"PATH", "A"};
	struct world w = {0};
	struct tracker_config tracker = {
		.max_cgroups = 4,
		.event = on_event,
		.read_strings = read_strings,
		.userdata = &w,
	};
	struct message_config message = {
		.node_name = "node",
		.cluster_name = "",
		.env_names = env_names,
		.proc = "/nonexistent",
	};

	if (size < 2)
		return 0;
	w.limits = tracker.table = (struct table_limits){data[1] + 1U, TABLE_BYTES};
	w.strings_fail = data[0] & STREAM_STRINGS_FAIL;
	message.with_cred = data[0] & STREAM_CRED;
	message.with_ns = data[0] & STREAM_NS;
	message.with_env = data[0] & STREAM_ENV;
	message.n_env_names = data[0] & STREAM_ENV_FILTER ? ARRAY_SIZE(env_names) : 0;
	message.with_ancestors = data[0] & STREAM_ANCESTORS;
	message.with_user_names = data[0] & STREAM_USER_NAMES;
	message.extended = data[0] & STREAM_EXTENDED;
	add_hooks(&w);
	tracker.hooks = w.hooks;
	MUST(tracker_new(&tracker, &w.ledger, &w.tracker) == 0);
	MUST(messages_new(&message, w.tracker, &w.ledger, &w.messages) == 0);
	feed(&w, data + 2, size - 2);
	check_table(&w);
	messages_free(&w.messages);
	tracker_free(&w.tracker);
	hooks_free(&w.hooks);
	return 0;
}
