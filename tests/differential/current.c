// SPDX-License-Identifier: Apache-2.0
#include "current.h"
#include "abi/record.h"
#include "random.h"
#include "sockets.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define COMM_MAX 16

/* An array, in the task itself: longer ones are cut. */
static void change_name(struct told *told)
{
	char name[COMM_MAX] = "";

	strncpy(name, pick(8) ? PICK(words) : "", sizeof(name) - 1);
	if (prctl(PR_SET_NAME, name) < 0)
		abort();
	tell_bytes(told, name, strlen(name) + 1);
}

/* Over a pointer, and in an array of structures. */
static void change_limit(struct told *told)
{
	static const rlim_t limits[] = {0, 1, 7, 100, 255, 256, 1ULL << 40, RLIM_INFINITY};
	struct rlimit limit = {.rlim_cur = PICK(limits), .rlim_max = RLIM_INFINITY};

	if (setrlimit(RLIMIT_CORE, &limit) < 0)
		abort();
	tell_number(told, type_named("uint64"), limit.rlim_cur);
}

/* An int. Never ahead of other processes. */
static void change_nice(struct told *told)
{
	int nice = (int)pick(20);

	if (setpriority(PRIO_PROCESS, 0, nice) < 0)
		abort();
	tell_number(told, type_named("int32"), (uint64_t)(int64_t)(120 + nice));
}

/* Over a pointer that is NULL: what has executed something keeps nobody waiting any more who may
 * have started it by vfork(2). */
static void leave_nothing(struct told *told)
{
	static const struct hook_lost lost = {.depth = 1};

	tell_bytes(told, &lost, sizeof(lost));
	told->status = HOOK_ARG_LOST;
}

static const struct {
	const char *type, *path;
	void (*change)(struct told *told);
} items[DATA] = {
	{"string", "comm", change_name},
	{"uint64", "signal.rlim[4].rlim_cur", change_limit},
	{"int32", "static_prio", change_nice},
	{"uint32", "vfork_done.done", leave_nothing},
	{"socket", TASK_SOCKET, socket_of_task},
};

const struct type *current_type(size_t i)
{
	if (!strcmp(items[i].type, socket_of_call.name))
		return &socket_of_call;
	return type_named(items[i].type);
}

void current_append_data(size_t i, struct str *out)
{
	str_appendf(out, "    - {index: %zu, type: %s, source: current_task, resolve: \"%s\"}\n", i,
		    items[i].type, items[i].path);
}

void current_change(size_t i, struct told *told)
{
	items[i].change(told);
}
