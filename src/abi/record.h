/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_ABI_RECORD_H
#define OCELLI_ABI_RECORD_H

/*
 * What the kernel side writes to the ring and the agent reads. Both are built
 * together, so the layout may change with any commit; what must not happen is
 * that the two compilers lay it out differently, hence no hidden padding.
 */
#include "abi/types.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

enum record_type {
	RECORD_FORK,
	RECORD_EXEC,
	RECORD_TASK, /* a process that was there before the agent; laid out as RECORD_EXEC */
	RECORD_DYING,
	RECORD_EXIT,
	RECORD_CGROUP,
	RECORD_THROTTLE,
	RECORD_DATA, /* what does not fit into the record that follows */
	RECORD_HOOK, /* what a policy wants to be told */
	RECORD_PART, /* of a value of the hook's record that follows, what does not fit into it */
	/* Of what the kernel tells without a program; see sensor/loads.h. */
	RECORD_LOAD, /* a file was mapped to be executed */
	_RECORD_MAX,
};

struct record {
	__u32 type; /* enum record_type */
	__u32 size; /* of the whole record in bytes */
	__u64 time; /* boot clock, ns */
};

/*
 * Which process, and which of its images. All three are fields of the kernel's
 * own task_struct of the thread group leader: pid, start_boottime and
 * self_exec_id, which execve(2) increments by one (fs/exec.c: begin_new_exec)
 * and fork(2) copies. Any program on any kernel can so compute the identity of
 * any task without a map, also of tasks that are older than the agent; and it
 * is the same again after the agent restarted.
 */
struct process_key {
	__u64 start; /* boot clock, ns */
	__u32 pid;   /* thread group id as the initial PID namespace sees it */
	__u32 execs;
};

struct record_fork {
	struct record record;
	struct process_key child;
	struct process_key creator; /* who called clone(2); gives the image */
	struct process_key parent;  /* who will wait for it; differs under CLONE_PARENT */
	__u64 cgroup_id;
	__u32 nspid; /* pid in the innermost PID namespace of the child; 0: in the initial one */
	__u32 uid;   /* effective */
};

/* A process that was there before the agent, on its way out: the record of its exit may be the
 * next that is heard of it. */
struct record_dying {
	struct record record;
	struct process_key process;
};

struct record_exit {
	struct record record;
	struct process_key process;
	struct process_key parent;
	__u32 tid;    /* the thread that was the last to go */
	__u32 status; /* as wait(2) gives it */
	__u32 uid;    /* effective */
	__u32 nspid;  /* as above */
	__u64 cgroup_id;
	/* Threads that there still were, itself included, where the kernel does not say which is
	 * the last to exit: of more than one, another may think the same, however much later. */
	__u32 threads;
	__u32 pad;
	char comm[16];
};

/* A field of variable size: how much of it is in the record, of how much there was, in bytes. */
struct field {
	__u32 kept;
	__u32 size;
};

enum exec_flags {
	EXEC_ERROR_FILENAME = 1 << 0,
	EXEC_ERROR_ARGV = 1 << 1,
	EXEC_ERROR_ENV = 1 << 2,
	EXEC_ERROR_CWD = 1 << 3,
	EXEC_ERROR_EXE = 1 << 4,
	EXEC_SCRIPT = 1 << 5,          /* the kernel started an interpreter: #! or binfmt_misc */
	EXEC_PRIVILEGED = 1 << 6,      /* set-id or capability-gaining (bprm->per_clear) */
	EXEC_KTHREAD = 1 << 7,         /* kernel thread: no image at all */
	EXEC_EXE_DELETED = 1 << 8,     /* the image's directory entry is gone */
	EXEC_EXE_UNREACHABLE = 1 << 9, /* not below the root directory of the process */
	EXEC_EXE_PSEUDO = 1 << 10,     /* never had a directory entry: memfd */
	EXEC_CWD_DELETED = 1 << 11,
	EXEC_CWD_UNREACHABLE = 1 << 12,
	/* This kernel cannot read another task's memory from BPF: the agent reads argv and the
	 * environment from /proc. */
	EXEC_STRINGS_LATER = 1 << 13,
};

enum exec_field {
	EXEC_FILENAME, /* as given to execve(2); NUL-terminated */
	EXEC_EXE,      /* path of mm->exe_file: names from the leaf up, each NUL-terminated */
	EXEC_CWD,      /* the same of the working directory */
	EXEC_INTERP,   /* interpreter of a script; NUL-terminated */
	EXEC_ARGV,     /* argument strings, each NUL-terminated */
	EXEC_ENV,      /* environment strings, each NUL-terminated */
	_EXEC_FIELD_MAX,
};

enum exec_ns {
	EXEC_NS_UTS,
	EXEC_NS_IPC,
	EXEC_NS_MNT,
	EXEC_NS_PID,
	EXEC_NS_PID_FOR_CHILDREN,
	EXEC_NS_NET,
	EXEC_NS_TIME,
	EXEC_NS_TIME_FOR_CHILDREN,
	EXEC_NS_CGROUP,
	EXEC_NS_USER,
	_EXEC_NS_MAX,
};

struct exec_cred {
	__u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	__u32 securebits;
	__u32 pad;
	__u64 inheritable, permitted, effective, bounding, ambient;
};

struct record_exec {
	struct record record;
	struct process_key process;
	struct process_key parent;
	struct exec_cred cred;
	__u64 old_permitted; /* capabilities before the exec */
	__u64 cgroup_id;
	__u64 inode;
	__u32 device; /* as the kernel has it: major << 20 | minor */
	__u32 links;
	__u32 magic; /* of the image's filesystem (linux/magic.h) */
	__u32 flags; /* enum exec_flags */
	__u32 tid;   /* of the thread that called execve(2), before it became the leader */
	__u32 nspid; /* as above */
	__u32 loginuid;
	__u32 sessionid; /* audit session */
	__u32 pgid;
	__u32 sid;
	__u32 tty; /* device number as above; 0: none */
	__u32 pad;
	__u32 ns[_EXEC_NS_MAX];
	char comm[16];
	struct field field[_EXEC_FIELD_MAX];
	/* The kept part of each field follows in the order of enum exec_field. What of argv and
	 * env came ahead in RECORD_DATA is not counted in ->kept. */
};

/* Bytes of argv and of the environment that travel in the exec record itself … */
#define EXEC_INLINE_MAX 7168
/* … and in the RECORD_DATA records before it. The limit on each is the sum: 263 KiB. */
#define DATA_CHUNK 32768
#define DATA_CHUNKS_MAX 8

/* Bytes of a path, and of one name in it (without the NUL). */
#define PATH_KEPT_MAX 4096
#define NAME_KEPT_MAX 255

/* Room for the kept fields of an exec record: four paths and two inline string areas. The record
 * is put together in a per-CPU map, whose values the kernel limits to 32 KiB
 * (include/linux/percpu.h: PCPU_MIN_UNIT_SIZE), with a little working space beside it. */
#define EXEC_RECORD_MAX (32768 - 128)
#define EXEC_DATA_MAX (EXEC_RECORD_MAX - sizeof(struct record_exec))

/* Has the time of the record that it is a part of, which follows. */
struct record_data {
	struct record record;
	struct process_key process;
	__u32 field;  /* enum exec_field */
	__u32 offset; /* of the first byte here within the field */
	__u32 len;
	__u32 pad;
	char data[DATA_CHUNK];
};

struct record_cgroup {
	struct record record;
	__u64 cgroup_id;
	__u32 kept; /* bytes of the path below: names from the leaf up, each NUL-terminated */
	__u32 truncated;
};

struct record_throttle {
	struct record record;
	__u64 cgroup_id;
	__u64 events; /* in the window that crossed the limit */
};

/*
 * A hook of a policy was hit, and one of its selectors matched. Of a hook that
 * tells what was returned, a second record follows when it is: of the same
 * thread and hook, with the time of the first, the returned value, and those that
 * were to be read later.
 */
struct record_hook {
	struct record record;
	struct process_key process;
	__u32 tid;
	__u32 hook;     /* the number that the agent gave the policy's hook */
	__u32 selector; /* index of the one that matched */
	__u16 args;     /* how many follow: struct hook_arg, each with its bytes */
	__u16 flags;    /* of enum hook_flag */
};

enum hook_flag {
	HOOK_CALLED = 1 << 0,   /* another follows when it returns */
	HOOK_RETURNED = 1 << 1, /* this is that other … */
	HOOK_WITHDRAWN =
		1 << 2,       /* … and the first one is not to be told: the value does not match */
	HOOK_SILENT = 1 << 6, /* it is not to be told: the agent has something to do */
	/* Behind the values there are, in this order: */
	HOOK_KERNEL_STACK = 1 << 3,   /* addresses, the innermost first */
	HOOK_USER_STACK = 1 << 4,     /* struct hook_frame, likewise */
	HOOK_USER_ADDRESSES = 1 << 5, /* the addresses of the same */
	HOOK_IMA_HASH = 1 << 7,       /* struct hook_hash */
};

#define HOOK_STACKS (HOOK_KERNEL_STACK | HOOK_USER_STACK | HOOK_USER_ADDRESSES)
#define HOOK_BEHIND (HOOK_STACKS | HOOK_IMA_HASH)

/* Of a file, by IMA. */
struct hook_hash {
	__u64 algorithm; /* enum hash_algo of the kernel */
	__u8 digest[64]; /* as many as that has */
};

/* The kernel's limit (PERF_MAX_STACK_DEPTH), unless kernel.perf_event_max_stack is less. */
#define HOOK_FRAMES_MAX 127

/* A frame of a user's stack, as bpf_get_stack() has it: struct bpf_stack_build_id. */
struct hook_frame {
	__s32 status; /* enum hook_frame_status */
	__u8 build_id[20];
	__u64 at; /* an offset in the file, or an address */
};

enum hook_frame_status {
	HOOK_FRAME_NONE,
	HOOK_FRAME_FILE,    /* of the file with that build ID */
	HOOK_FRAME_ADDRESS, /* that has none, or it could not be looked at */
};

/* A captured value. Its bytes follow, padded to eight. */
struct hook_arg {
	__u32 size;   /* of the bytes, without the padding */
	__u32 status; /* enum hook_arg_status */
};

/* How far the way to a value could be followed, instead of the value. */
struct hook_lost {
	__u64 depth; /* names of the path that were behind it */
};

enum hook_arg_status {
	HOOK_ARG_READ,
	HOOK_ARG_TRUNCATED, /* there was more */
	HOOK_ARG_FAULT,     /* could not be read: no bytes */
	HOOK_ARG_LOST,      /* what leads to it could not: struct hook_lost */
	HOOK_ARG_LATER,     /* is read when it returns, and in that record: no bytes */
	HOOK_ARG_NO_ROOM,   /* the record was full: no bytes */
	_HOOK_ARG_STATUS_MAX,
};

/* The longest string that is captured, with its NUL; and bytes of all of a record's values. */
#define HOOK_STRING_MAX 4096
#define HOOK_DATA_MAX (32768 - sizeof(struct record_hook))

/* Bytes of a buffer beyond those in its record, and how often there can be so many. */
#define HOOK_PART_BYTES 8192
#define HOOK_PARTS_MAX 40

/* Has the time of the hook's record, of the same thread. */
struct record_part {
	struct record record;
	struct process_key process;
	__u32 tid;
	__u32 arg;    /* which of the record's values */
	__u32 offset; /* of the first byte here within the buffer */
	__u32 len;
	char data[HOOK_PART_BYTES];
};

/* The process is known by its pid, at that time. The path follows, without a NUL. */
struct record_load {
	struct record record;
	__u64 device, inode; /* of a file without a build ID */
	__u32 pid, tid;
	__u32 flags; /* enum load_flag */
	__u32 path_size;
	__u32 build_id_size; /* 0: it has none */
	__u8 build_id[20];
};

enum load_flag {
	LOAD_EXECVE = 1 << 0, /* no file: what the process maps from now on is of its next image */
};

#pragma GCC diagnostic pop

ABI_ASSERT(sizeof(struct record_hook) % 8 == 0);
ABI_ASSERT(sizeof(struct process_key) == 16);
ABI_ASSERT(sizeof(struct record_exec) % 8 == 0);
ABI_ASSERT(EXEC_DATA_MAX >= 4 * PATH_KEPT_MAX + 2 * (NAME_KEPT_MAX + 1) + 2 * EXEC_INLINE_MAX);

#endif
