// SPDX-License-Identifier: Apache-2.0
#include "core/ledger.h"

static const char *const record_names[_RECORD_MAX] = {
	[RECORD_FORK] = "fork", [RECORD_EXEC] = "exec",     [RECORD_TASK] = "task",
	[RECORD_EXIT] = "exit", [RECORD_CGROUP] = "cgroup", [RECORD_THROTTLE] = "throttle",
	[RECORD_DATA] = "data", [RECORD_DYING] = "dying",   [RECORD_HOOK] = "hook",
	[RECORD_PART] = "part", [RECORD_LOAD] = "load",
};

static const char *const outcome_names[_OUTCOME_MAX] = {
	[OUTCOME_EVENT] = "event",
	[OUTCOME_ABSORBED] = "absorbed",
	[OUTCOME_OUTDATED] = "outdated",
	[OUTCOME_DUPLICATE] = "duplicate",
	[OUTCOME_UNANNOUNCED] = "unannounced",
	[OUTCOME_PENDING] = "pending",
	[OUTCOME_UNUSED] = "unused",
	[OUTCOME_LATE] = "late",
	[OUTCOME_WITHDRAWN] = "withdrawn",
	[OUTCOME_MALFORMED] = "malformed",
	[OUTCOME_NO_MEMORY] = "no_memory",
};

static const char *const event_names[_EVENT_MAX] = {
	[EVENT_EXEC] = "process_exec",         [EVENT_EXIT] = "process_exit",
	[EVENT_THROTTLE] = "process_throttle", [EVENT_RATE_LIMIT_INFO] = "rate_limit_info",
	[EVENT_KPROBE] = "process_kprobe",     [EVENT_TRACEPOINT] = "process_tracepoint",
	[EVENT_LSM] = "process_lsm",           [EVENT_LOADER] = "process_loader",
};

const char *event_type_to_string(enum event_type type)
{
	return event_names[type];
}

const char *record_type_to_string(enum record_type type)
{
	return record_names[type];
}

const char *outcome_to_string(enum outcome outcome)
{
	return outcome_names[outcome];
}

static uint64_t sum(const uint64_t *v, size_t n)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += v[i];
	return total;
}

bool ledger_balanced(const struct ledger *l)
{
	for (size_t i = 0; i < _RECORD_MAX; i++) {
		if (l->kernel.produced[i] + l->supplied[i] !=
		    l->kernel.full[i] + l->kernel.throttled[i] + l->kernel.discarded[i] +
			    l->received[i])
			return false;
		if (l->received[i] != sum(l->outcomes[i], _OUTCOME_MAX))
			return false;
	}
	for (size_t i = 0; i < _EVENT_MAX; i++)
		if (l->made[i] !=
		    l->filtered[i] + l->limited[i] + l->unrendered[i] + l->exported[i])
			return false;
	return true;
}

static void pair(struct str *out, const char *name, uint64_t value)
{
	if (value == 0)
		return;
	str_append_char(out, ' ');
	str_append_z(out, name);
	str_append_char(out, '=');
	str_append_u64(out, value);
}

void ledger_print(const struct ledger *l, struct str *out)
{
	for (size_t i = 0; i < _RECORD_MAX; i++) {
		str_appendf(out, "record=%s", record_names[i]);
		pair(out, "produced", l->kernel.produced[i]);
		pair(out, "supplied", l->supplied[i]);
		pair(out, "full", l->kernel.full[i]);
		pair(out, "throttled", l->kernel.throttled[i]);
		pair(out, "discarded", l->kernel.discarded[i]);
		pair(out, "received", l->received[i]);
		for (size_t j = 0; j < _OUTCOME_MAX; j++)
			pair(out, outcome_names[j], l->outcomes[i][j]);
		str_append_char(out, '\n');
	}
	for (size_t i = 0; i < _EVENT_MAX; i++) {
		str_appendf(out, "event=%s", event_names[i]);
		pair(out, "made", l->made[i]);
		pair(out, "filtered", l->filtered[i]);
		pair(out, "limited", l->limited[i]);
		pair(out, "unrendered", l->unrendered[i]);
		pair(out, "exported", l->exported[i]);
		str_append_char(out, '\n');
	}
	str_append_lit(out, "total");
	pair(out, "missed", l->missed);
	pair(out, "bare_execs", l->kernel.bare_execs);
	pair(out, "own_hooks", l->kernel.own_hooks);
	pair(out, "truncated", l->truncated);
	pair(out, "invalid_utf8", l->invalid_utf8);
	pair(out, "unknown_processes", l->unknown);
	pair(out, "unnamed_frames", l->unnamed);
	pair(out, "overredacted", l->overredacted);
	pair(out, "undecided", l->undecided);
	pair(out, "valueless", l->valueless);
	str_append_char(out, '\n');
}
