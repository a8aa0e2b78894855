// SPDX-License-Identifier: Apache-2.0
#include "cel/event_env.h"

#include "base/macro.h"

#include <tetragon/bpf.pb-c.h>
#include <tetragon/capabilities.pb-c.h>

#include <assert.h>
#include <errno.h>

/* The members of the oneof, whose types are named like them. */
#define EVENTS(X)                                 \
	X(PROCESS_EXEC, process_exec)             \
	X(PROCESS_EXIT, process_exit)             \
	X(PROCESS_KPROBE, process_kprobe)         \
	X(PROCESS_TRACEPOINT, process_tracepoint) \
	X(PROCESS_LOADER, process_loader)         \
	X(PROCESS_UPROBE, process_uprobe)         \
	X(PROCESS_THROTTLE, process_throttle)     \
	X(PROCESS_LSM, process_lsm)               \
	X(PROCESS_USDT, process_usdt)             \
	X(TEST, test)                             \
	X(RATE_LIMIT_INFO, rate_limit_info)

#define NUMBER(number, name) TETRAGON__GET_EVENTS_RESPONSE__EVENT_##number,
#define VARIABLE(number, name) \
	{#name, {.kind = CEL_MESSAGE, .message = &tetragon__##name##__descriptor}},

static const uint32_t cases[] = {EVENTS(NUMBER)};
static const struct cel_variable variables[] = {EVENTS(VARIABLE)};

static_assert(ARRAY_SIZE(variables) <= CEL_VARIABLES_MAX, "a bit for each");

/* Those that no field of an event has; with a field, it is found by that. */
static const ProtobufCEnumDescriptor *const enums[] = {
	&tetragon__event_type__descriptor,         &tetragon__field_filter_action__descriptor,
	&tetragon__health_status_type__descriptor, &tetragon__health_status_result__descriptor,
	&tetragon__bpf_program_type__descriptor,
};

const struct cel_env cel_event_env = {
	.container = "tetragon",
	.variables = variables,
	.n_variables = ARRAY_SIZE(variables),
	.enums = enums,
	.n_enums = ARRAY_SIZE(enums),
	.result = CEL_BOOL,
};

int cel_event_variable(uint32_t event_case)
{
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (cases[i] == event_case)
			return (int)i;
	return -ENOENT;
}
