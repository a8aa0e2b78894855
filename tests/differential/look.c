// SPDX-License-Identifier: Apache-2.0
#include "look.h"
#include "compiled.h"
#include "kernel.h"
#include "packets.h"
#include "sockets.h"
#include "subject.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char policy[] = "apiVersion: cilium.io/v1alpha1\n"
			     "kind: TracingPolicy\n"
			     "metadata: {name: look}\n"
			     "spec:\n"
			     "  kprobes:\n"
			     "  - call: by_hand\n"
			     "    syscall: false\n"
			     "    data:\n"
			     "    - {index: 0, type: uint64, source: current_task, "
			     "resolve: \"" TASK_SOCKET "\"}\n"
			     "    - {index: 1, type: socket, source: current_task, "
			     "resolve: \"" TASK_SOCKET "\"}\n";

/* The record of that. */
struct looked {
	struct record_hook head;
	struct hook_arg arg0;
	uint64_t socket;
	struct hook_arg arg1;
	struct value_sock sock;
};

static int look_at_socket(void *kernel, struct socket_place *ret)
{
	const uint64_t args[ARGS] = {0};
	const struct looked *looked = (const void *)kernel_call(kernel, args);

	if (!looked || looked->head.record.size != sizeof(*looked))
		return -ENOTSOCK;
	*ret = (struct socket_place){looked->socket, looked->sock.cookie};
	return 0;
}

static int look_at_receiver(void *kernel, uint64_t *ret)
{
	struct socket_place place;
	int r = look_at_socket(kernel, &place);

	if (r >= 0)
		*ret = place.sock;
	return r;
}

static int look_with(struct kernel *kernel, char *const *argv, struct caller *ret)
{
	const uint64_t args[ARGS] = {0};
	const struct record_hook *record;
	int r = sockets_find(look_at_socket, kernel);

	if (r >= 0)
		r = packets_find(look_at_receiver, kernel);
	record = kernel_call(kernel, args);
	if (r < 0 || !record)
		return r < 0 ? r : -ESRCH;
	subject_of_this_process(ret, argv, record->process.pid, (uint32_t)getpid());
	return 0;
}

int look_around(struct kernel_functions *functions, char *const *argv, struct caller *ret,
		struct error **reterr)
{
	const struct way *way = way_named("test_run");
	struct kernel *kernel = NULL;
	struct compiled compiled;
	struct str text = STR_INIT;
	int r;

	str_append_z(&text, policy);
	r = compiled_make(&compiled, &text, way, functions, 1);
	if (r >= 0)
		r = kernel_new(way, &kernel, reterr);
	if (r >= 0)
		r = kernel_set(kernel, &compiled.plan, reterr);
	if (r >= 0)
		r = look_with(kernel, argv, ret);
	if (r < 0 && !*reterr)
		error_set(reterr, r, "the kernel does not tell what is looked at: %s",
			  strerror(-r));
	kernel_free(&kernel);
	compiled_done(&compiled);
	str_free(&text);
	return r;
}
