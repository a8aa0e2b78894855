// SPDX-License-Identifier: Apache-2.0
#include "probe/feature.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const struct {
	const struct feature_table *table;
	const char *name, *title;
} groups[] = {
	[FEATURE_GROUP_PROCESS] = {&feature_table_process, "process", "Process events"},
	[FEATURE_GROUP_KERNEL_HOOKS] = {&feature_table_kernel_hooks, "kernel_hooks",
					"Hooks in the kernel"},
	[FEATURE_GROUP_USER_HOOKS] = {&feature_table_user_hooks, "user_hooks", "Hooks in programs"},
	[FEATURE_GROUP_DENY] = {&feature_table_deny, "deny", "Stopping what must not happen"},
	[FEATURE_GROUP_DATA] = {&feature_table_data, "data", "Data of BPF programs"},
	[FEATURE_GROUP_CALLS] = {&feature_table_calls, "calls", "What BPF programs can call"},
	[FEATURE_GROUP_PROGRAMS] = {&feature_table_programs, "programs",
				    "How BPF programs run and stay"},
	[FEATURE_GROUP_SYSTEM] = {&feature_table_system, "system", "Settings of the system"},
};

static_assert(ARRAY_SIZE(groups) == _FEATURE_GROUP_MAX, "a name for each group");

static const char *const state_names[] = {
	[FEATURE_ABSENT] = "absent",
	[FEATURE_PRESENT] = "present",
	[FEATURE_UNKNOWN] = "unknown",
};

static_assert(ARRAY_SIZE(state_names) == _FEATURE_STATE_MAX, "a name for each state");

size_t feature_count(void)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
		n += groups[i].table->n;
	return n;
}

const struct feature *feature_at(size_t i)
{
	size_t group = 0;

	while (i >= groups[group].table->n)
		i -= groups[group++].table->n;
	return &groups[group].table->rows[i];
}

const char *feature_group_name(enum feature_group group)
{
	return groups[group].name;
}

const char *feature_group_title(enum feature_group group)
{
	return groups[group].title;
}

const char *feature_state_name(enum feature_state state)
{
	return state_names[state];
}

const char *finding_error_name(int error)
{
	if (error == KERNEL_ENOTSUPP)
		return "ENOTSUPP";
	return error ? strerrorname_np(error) : NULL;
}

static _printf_(4, 0) void conclude(struct finding *ret, enum feature_state state, int error,
				    const char *fmt, va_list ap)
{
	char *text = NULL;

	ret->state = state;
	ret->error = error;
	str_reset(&ret->evidence);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	str_append_z(&ret->evidence, text ? text : "out of memory");
	free(text);
	if (error == KERNEL_ENOTSUPP)
		str_append_lit(&ret->evidence, ": Operation not supported here (ENOTSUPP)");
	else if (error)
		str_appendf(&ret->evidence, ": %s", strerror(error));
}

void finding_present(struct finding *ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conclude(ret, FEATURE_PRESENT, 0, fmt, ap);
	va_end(ap);
}

void finding_absent(struct finding *ret, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conclude(ret, FEATURE_ABSENT, error, fmt, ap);
	va_end(ap);
}

void finding_unknown(struct finding *ret, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	conclude(ret, FEATURE_UNKNOWN, error, fmt, ap);
	va_end(ap);
}

void finding_done(struct finding *finding)
{
	str_free(&finding->evidence);
}
