// SPDX-License-Identifier: Apache-2.0
#include "way.h"
#include "base/macro.h"
#include "file_calls.h"
#include "packets.h"
#include "random.h"
#include "sockets.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __x86_64__
#define SYSCALL_FUNCTION(name) "__x64_sys_" name
#else
#define SYSCALL_FUNCTION(name) "__arm64_sys_" name
#endif

/* --- types */

static const struct type *pick_of_process(size_t i)
{
	return &types[pick((uint32_t)n_types)];
}

static const struct type *pick_any(size_t i)
{
	static const struct type *const of_kernel[] = {&sock_by_address, &socket_by_address,
						       &sock_by_path, &skb_by_path};

	return pick(3) ? pick_of_process(i) : PICK(of_kernel);
}

const struct type *pick_returned_type(void)
{
	const struct type *type;

	do
		type = pick_any(0);
	while (type->is_sized || type->more);
	return type;
}

static const struct type *pick_of_setsockopt(size_t i)
{
	return i ? pick_narrow() : &socket_of_call;
}

static const struct type *pick_of_send(size_t i)
{
	return &sock_of_call;
}

static const struct type *pick_of_packet(size_t i)
{
	return &skb_of_call;
}

/* --- calls */

/* A flag that it does not know is the first thing that it looks at (mm/process_vm_access.c). */
static void call_process_vm_readv(const uint64_t *args)
{
	syscall(SYS_process_vm_readv, args[0], args[1], args[2], args[3], args[4], 1UL);
}

/* With nothing to set it to. */
static void call_setsockopt(const uint64_t *args)
{
	setsockopt((int)args[0], (int)args[1], (int)args[2], NULL, 0);
}

static void call_send(const uint64_t *args)
{
	send((int)args[0], "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void call_send_packet(const uint64_t *args)
{
	packet_send(args[0]);
}

/* --- ways */

#define PROCESS_VM_READV                                                                       \
	.call = {.n_args = ARGS, .pick_type = pick_of_process, .make = call_process_vm_readv}, \
	.returns = true, .returned = -EINVAL
#define SETSOCKOPT                                \
	.call = {.n_args = 3,                     \
		 .pick_type = pick_of_setsockopt, \
		 .make = call_setsockopt,         \
		 .sets_options = true}
#define LSM(text, of, ...)                                       \
	{                                                        \
		.name = (text),                                  \
		.hook = "lsmhooks:\n  - hook: " of,              \
		.call = {__VA_ARGS__},                           \
		.backend = &backend_typed,                       \
		.has_no_data = true,                             \
		.function = "bpf_lsm_" of,                       \
		.begin = {.kind = HOOK_POINT_LSM, .name = (of)}, \
	}

/* All is about the one file. */
static const uint8_t of_file[ARGS] = {0};
/* const struct path *dir, struct dentry *dentry, umode_t mode */
static const uint8_t of_mkdir[ARGS] = {0, 1, 2, 1, 0};

static const struct way ways[] = {
	{
		.name = "test_run",
		.hook = "kprobes:\n  - call: by_hand\n    syscall: false",
		.call = {.n_args = ARGS, .pick_type = pick_any},
		.backend = &backend_raw_tracepoint,
		.by_hand = true,
		.returns = true,
	},
	{
		.name = "sys_enter",
		.hook = "kprobes:\n  - call: sys_process_vm_readv\n    syscall: true",
		PROCESS_VM_READV,
		.backend = &backend_sys_enter,
		.begin = {.kind = HOOK_POINT_TYPED_TRACEPOINT, .name = "sys_enter"},
		.end = {.kind = HOOK_POINT_TYPED_TRACEPOINT, .name = "sys_exit"},
	},
	{
		.name = "kprobe",
		.hook = "kprobes:\n  - call: sys_process_vm_readv\n    syscall: true",
		PROCESS_VM_READV,
		.backend = &backend_syscall_kprobe,
		.begin = {.kind = HOOK_POINT_KPROBE, .name = SYSCALL_FUNCTION("process_vm_readv")},
		.end = {.kind = HOOK_POINT_KRETPROBE, .name = SYSCALL_FUNCTION("process_vm_readv")},
	},
	{
		.name = "fentry",
		.hook = "fentries:\n  - call: sys_process_vm_readv\n    syscall: true",
		PROCESS_VM_READV,
		.backend = &backend_sys_enter,
		.begin = {.kind = HOOK_POINT_FENTRY, .name = SYSCALL_FUNCTION("process_vm_readv")},
		.end = {.kind = HOOK_POINT_FEXIT, .name = SYSCALL_FUNCTION("process_vm_readv")},
	},
	{
		.name = "socket_kprobe",
		.hook = "kprobes:\n  - call: security_socket_setsockopt\n    syscall: false",
		SETSOCKOPT,
		.returns = true,
		.backend = &backend_kprobe,
		.begin = {.kind = HOOK_POINT_KPROBE, .name = "security_socket_setsockopt"},
		.end = {.kind = HOOK_POINT_KRETPROBE, .name = "security_socket_setsockopt"},
	},
	{
		.name = "socket_fentry",
		.hook = "fentries:\n  - call: security_socket_setsockopt\n    syscall: false",
		SETSOCKOPT,
		.returns = true,
		.backend = &backend_typed,
		.function = "security_socket_setsockopt",
		.begin = {.kind = HOOK_POINT_FENTRY, .name = "security_socket_setsockopt"},
		.end = {.kind = HOOK_POINT_FEXIT, .name = "security_socket_setsockopt"},
	},
	{
		.name = "socket_tracepoint",
		.hook = "tracepoints:\n  - subsystem: sock\n    event: sock_send_length\n    raw: "
			"true",
		.call = {.n_args = 1, .pick_type = pick_of_send, .make = call_send},
		.backend = &backend_raw_tracepoint,
		.has_no_data = true,
		.begin = {.kind = HOOK_POINT_RAW_TRACEPOINT, .name = "sock_send_length"},
	},
	{
		.name = "packet_tracepoint",
		.hook = "tracepoints:\n  - subsystem: net\n    event: net_dev_queue\n    raw: true",
		.call = {.n_args = 1,
			 .pick_type = pick_of_packet,
			 .make = call_send_packet,
			 .is_ours = packet_is_ours},
		.backend = &backend_raw_tracepoint,
		.has_no_data = true,
		.begin = {.kind = HOOK_POINT_RAW_TRACEPOINT, .name = "net_dev_queue"},
	},
	LSM("lsm_open", "file_open", .n_args = ARGS, .places = of_file, .pick_type = pick_of_open,
	    .make = call_open),
	LSM("lsm_exec", "bprm_check_security", .n_args = ARGS, .places = of_file,
	    .pick_type = pick_of_exec, .make = call_exec),
	LSM("lsm_mkdir", "path_mkdir", .n_args = ARGS, .places = of_mkdir,
	    .pick_type = pick_of_mkdir, .make = call_mkdir),
	LSM("lsm_socket", "socket_setsockopt", .n_args = 3, .pick_type = pick_of_setsockopt,
	    .make = call_setsockopt, .sets_options = true),
};

const struct way *way_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	return NULL;
}

const struct backend *way_backend_of_return(const struct way *way)
{
	/* What is returned is the first of what the program is given. */
	return backend_of_return(way->by_hand ? &backend_typed : way->backend);
}
