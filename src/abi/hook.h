/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_ABI_HOOK_H
#define OCELLI_ABI_HOOK_H

#include "abi/path.h"
#include "abi/record.h"
#include "abi/value.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

/* Programs that can be in the middle of a hook on one CPU: one in a task, and others that
 * interrupt it. */
#define HOOK_DEPTH 4
/* So many more on all CPUs together, for tasks that sleep in a hook, or are preempted in it where
 * the kernel does not let us forbid that. A power of two. */
#define HOOK_SPARES 32

/* So many numbers are told without a scratch, by a function for each how many. */
#define HOOK_EACH_NUMBERS(each) \
	each(0) each(1) each(2) each(3) each(4) each(5) each(6) each(7) each(8)
#define HOOK_NUMBERS 8

/* Which scratches of a CPU are taken. */
struct hook_taken {
	__u32 v[HOOK_DEPTH];
};

/* Of those of all CPUs. */
struct hook_spares {
	__u32 v[HOOK_SPARES];
};

/* Calls that a thread is in, one in the other, of whose return there is something to tell. Of one
 * more, the return of the outermost is not seen. */
#define HOOK_CALLS 8
/* What is kept of one call until it returns: where its buffers are, and of vectors how many parts
 * they have. */
#define HOOK_KEPT 4
/* Values that the filters of one hook look at, of those that are not numbers; and a place for
 * those that no filter looks at, one after the other. */
#define HOOK_STRINGS 8
#define HOOK_SPARE HOOK_STRINGS

/*
 * What takes long to find out of a process is found out once for each of its
 * images, and kept: verdicts, one bit for each different test of the policies.
 */
#define HOOK_WORDS 16
#define HOOK_WORD_TESTS 62
#define HOOK_TESTS (HOOK_WORDS * HOOK_WORD_TESTS)
/* So many ancestors are looked at of a process that is older than the policies. */
#define HOOK_ANCESTORS 64
/* In each word: what is executed is known (of a bit that is not set, more than that nobody knows);
 * and that there is a word. */
#define HOOK_KNOWN (1ULL << 63)
#define HOOK_VALID (1ULL << 62)

struct hook_verdicts {
	__u64 generation; /* tests that were born by then have been made; 0: there is nothing */
	__u32 execs;      /* as in struct process_key */
	__u32 pad;
	__u64 own[HOOK_WORDS];
	__u64 parents[HOOK_WORDS]; /* of who forked it, or of its image before */
};

/* What a process was like when it was forked or executed, or when a policy was last told of a
 * change. */
struct hook_baseline {
	__u32 execs; /* as in struct process_key */
	__u32 ns[_EXEC_NS_MAX];
	__u32 pad;
	__u64 capabilities[3]; /* effective, inheritable, permitted */
};

/* Parts of it. */
#define HOOK_BASELINE_NS 1
#define HOOK_BASELINE_CAPABILITIES 2

/* Which strings of a process: bits of what is wanted, and of what is known. */
#define HOOK_ARGUMENTS 1
#define HOOK_ENVIRONMENT 2

/* So many strings of each are looked at, and so much of each string, without its NUL; of one that
 * is longer each such piece counts. */
#define HOOK_STRINGS_MAX 4096
#define HOOK_STRINGS_SOME 64 /* at once */

/* Of whom the verdicts are that are merged into those of the process. */
enum hook_learning_of {
	HOOK_OF_ITSELF,
	HOOK_OF_NAME,         /* itself, by a name that execve(2) was given */
	HOOK_OF_IMAGE_BEFORE, /* of the process; it is gone, but its verdicts were kept */
	HOOK_OF_PARENT,
	HOOK_OF_ANCESTOR,
};

/* On the way to verdicts: the image that is looked at, of the process or of an ancestor. */
struct hook_learning {
	struct hook_verdicts verdicts;
	__u64 words;               /* so many have tests */
	__u64 image[HOOK_WORDS];   /* which tests are true of it */
	__u64 sticky[HOOK_WORDS];  /* which hold for descendants, too */
	__u64 since;               /* what was born by then is known … */
	__u64 fresh[HOOK_WORDS];   /* … and these are younger: they have to be made … */
	__u64 missing[HOOK_WORDS]; /* … as had these, of whom was looked at before */
	__u64 stored[HOOK_WORDS];  /* what was kept of who is looked at, up to @since … */
	__u64 before;              /* … and of the image before, up to this; 0: nothing */
	__u64 task;                /* whose image it is */
	__u64 call;                /* the execve(2) whose names are to come; 0: there are none */
	__s32 path; /* its length with the NUL; 0: nothing is executed; < 0: unknown */
	__u32 pid, nspid;
	__u32 steps;    /* to the ancestor, from the process */
	__u32 of;       /* enum hook_learning_of */
	__u32 names;    /* so many have been looked at */
	__u32 relative; /* this one was, to the working directory */
	__u32 pad;
	/* Of a string, which is in the second slot. */
	__u64 at, end;   /* where the next begins, and where they all end */
	__u32 strings;   /* which they are: HOOK_ARGUMENTS or HOOK_ENVIRONMENT */
	__u32 index;     /* the how manieth it is */
	__s32 length;    /* without the NUL */
	__u32 continues; /* what comes next is more of the same string */
};

/* So many cgroups are remembered for whether they are the host's, in 32 KiB … */
#define HOOK_CGROUPS 4096
/* … and so many levels are looked at, from the process up. */
#define HOOK_CGROUP_DEPTH 256

/*
 * Who policies select among the containers that the agent knows: the number of a
 * container is that of its row of bits, one for each scope. Any cgroup below the
 * container's own is the container's; as many are remembered as above.
 */
#define HOOK_CONTAINERS 4096
#define HOOK_SCOPES 1024
#define HOOK_SCOPE_WORDS (HOOK_SCOPES / 64)
/* Of hook_in_scope(): or in no container at all. Above it is the number of the scope. */
#define HOOK_SCOPE_HOST 1
/* Of hook_in_scope() and hook_is_host(): there is no room to find out. */
#define HOOK_UNKNOWN 2

/* Of the way up. */
#define HOOK_NO_CONTAINER (~0U)

struct hook_member {
	__u64 check; /* the cgroup's id, if the other is without it */
	__u64 found; /* the generation, and below it the container's number + 1; 0: none */
};

/* On the way up. */
struct hook_cgroup {
	__u64 node;
	__u32 supervised; /* the directory below is that of who watches over a container */
	__u32 host;       /* the root was reached, and nothing names a container */
};

/*
 * Posts that have a rate limit: when what is told was told last, by a hash of it.
 * Of those that share a bucket, the oldest has to go: then it may be told again
 * too early. 512 KiB.
 */
#define HOOK_LIMIT_BUCKETS 8192
#define HOOK_LIMIT_WAYS 4

struct hook_limit {
	__u64 hash; /* 0: nothing */
	__u64 time; /* boot clock, ns */
};

struct hook_limits {
	struct hook_limit v[HOOK_LIMIT_WAYS];
};

/* Of hook_limit_begin(): by whom the same is the same. */
enum hook_limit_by {
	HOOK_LIMIT_PROCESS = 1 << 0,
	HOOK_LIMIT_THREAD = 1 << 1, /* and process */
	HOOK_LIMIT_BINARY = 1 << 2,
};

/* Of the values of a hook, the first of which each can be of account by itself. */
#define HOOK_LIMIT_VALUES 64

/* What actions do to a process or a call, or in monitor mode would have done. */
enum hook_effect {
	HOOK_EFFECT_SIGNAL,
	HOOK_EFFECT_OVERRIDE,
	HOOK_EFFECT_NOTIFY_ENFORCER,
	_HOOK_EFFECT_MAX,
};

/* What became of what a selector matched, but for what was told: who reads the ring sees that. */
struct hook_counts {
	__u64 nopost;  /* was not to be told, or after it had returned was not */
	__u64 limited; /* would have been told, but for a rate limit */
	__u64 lost;    /* was to be told, and the ring had no room */
	__u64 failed;  /* had an effect that the kernel refused, or was denied for a lack of room */
	/* Of its notices for an enforcer: they took the place, or were the end, of one that no call
	 * had seen. */
	__u64 overwritten;
	__u64 cleaned;
	__u64 done[_HOOK_EFFECT_MAX];
	__u64 monitored[_HOOK_EFFECT_MAX];
};

/* What an enforcer is to do to the next of its calls that the thread makes. Kept with the thread,
 * of each policy that has enforcers. */
struct hook_notice {
	__s32 error;  /* what the call returns instead of being made; 0: it is made */
	__u16 signal; /* to the process; 0: none */
	__u16 given;  /* 0: there is no notice */
};

/* There is a row of them for each CPU. Of more than these, some share one: a power of two. */
#define HOOK_COUNT_ROWS_MAX 32

/* Sockets that are remembered with who made them, of each policy that asks for that: 2.5 MiB. */
#define HOOK_SOCKETS 32768

/* Whose a socket is: as a record has it, from its process on. */
struct hook_owner {
	struct process_key process;
	__u32 tid;
	__u32 hook; /* that saw it */
};

/* Bytes of what is looked for in a string. */
#define HOOK_NEEDLE_MAX 256

/* A value as it was read: what comes into the record. */
struct hook_slot {
	struct hook_arg arg;
	char bytes[HOOK_STRING_MAX + 8];
};

/* Of hook_read_file(): where the file is found. */
enum hook_file {
	HOOK_FILE_FD, /* in the table of the task */
	HOOK_FILE_FILE,
	HOOK_FILE_KIOCB,
	HOOK_FILE_BINPRM,
	HOOK_FILE_PATH,
	HOOK_FILE_DENTRY, /* no further up than its mount */
};

/* Of hook_read_text() */
enum hook_text {
	HOOK_TEXT_STRING, /* where the pointer says */
	HOOK_TEXT_FILENAME,
	HOOK_TEXT_NET_DEVICE,
};

/* Of hook_read_bytes() and hook_put_bytes() */
enum hook_bytes_from {
	HOOK_BYTES_BUFFER,
	HOOK_BYTES_IOVEC,
	HOOK_BYTES_ITER,
};

/* Of hook_read_socket() */
enum hook_sock {
	HOOK_SOCK,
	HOOK_SOCKET,
};

/* Of hook_read_module() */
enum hook_module {
	HOOK_MODULE,
	HOOK_LOAD_INFO,
};

/* The way of a path up to the root, see bpf/path.bpf.h. Names are put before each other, so the
 * path is at the end of its room. */
#define HOOK_NAMES_MAX HOOK_STRING_MAX

struct hook_walk {
	struct path_place place;
	__u32 at;  /* the path begins there */
	__u32 end; /* enum path_end */
	char names[HOOK_NAMES_MAX + NAME_KEPT_MAX + 1];
};

/* What a program works with on its way through a hook. 75 KiB, HOOK_DEPTH for each CPU and
 * HOOK_SPARES. */
struct hook_scratch {
	/* What goes into the ring … */
	struct record_hook record;
	char data[HOOK_DATA_MAX];
	/* … and what does not. */
	struct hook_slot slot[HOOK_STRINGS + 1];
	struct hook_walk walk;
	char needle[HOOK_NEEDLE_MAX]; /* that hook_find() looks for */
	/* Whether arguments may be addresses of the kernel. Those of system calls are not, where a
	 * process may put what it likes. */
	__u64 kernel_pointers;
	__u64 compat; /* the structures that they point to are those of 32-bit programs */
	struct hook_learning learning; /* the path is in the first slot */
	struct hook_cgroup cgroup;     /* the name is in the first slot */
	__u64 hash[4];                 /* of what is told: the first, and on the way to it all */
	__u64 kept[HOOK_KEPT];         /* of struct hook_call */
	__u32 used;                    /* of data */
	__u32 pad;
};

/* Beside the selector of a call: nobody was told of it. When it returns there is something to do
 * all the same, and nobody is told of that, either. */
#define HOOK_UNTOLD (1U << 31)

/* What was told of, and will be when it returns. Kept with the thread: 392 bytes for each that
 * was ever in such a call. */
struct hook_call {
	__u64 time;
	__u32 hook;
	__u32 selector; /* or with HOOK_UNTOLD */
	__u64 kept[HOOK_KEPT];
};

struct hook_calls {
	struct hook_call v[HOOK_CALLS]; /* the innermost last */
	__u32 n;
	__u32 pad;
};

#pragma GCC diagnostic pop

ABI_ASSERT(sizeof(struct hook_slot) % 8 == 0);
ABI_ASSERT(sizeof(struct hook_notice) == sizeof(__u64));
ABI_ASSERT(__builtin_offsetof(struct record_hook, tid) ==
	   __builtin_offsetof(struct record_hook, process) +
		   __builtin_offsetof(struct hook_owner, tid));
ABI_ASSERT(__builtin_offsetof(struct record_hook, hook) ==
	   __builtin_offsetof(struct record_hook, process) +
		   __builtin_offsetof(struct hook_owner, hook));
ABI_ASSERT(HOOK_FRAMES_MAX * sizeof(struct hook_frame) <= sizeof(((struct hook_slot *)0)->bytes));
ABI_ASSERT(sizeof(struct value_file) <= 8 && sizeof(struct value_bytes) <= 8 &&
	   sizeof(struct value_unix) <= 8);

#endif
