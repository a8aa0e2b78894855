/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_PLAN_H
#define OCELLI_COMPILE_PLAN_H

#include "abi/hook.h"
#include "abi/record.h"
#include "base/arena.h"
#include "code/access_path.h"
#include "compile/reader.h"
#include "compile/registers.h"
#include "policy/diagnostics.h"
#include "policy/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is to be done at a hook of a policy, with the words of policies gone:
 * which values there are, and for each selector what must be true of them. The
 * compiler makes a program of it, and the evaluator does the same in user space.
 */

enum capture_kind {
	CAPTURE_NUMBER,
	CAPTURE_STRING, /* ends with a NUL; ->reader may be NULL: that of strings */
	CAPTURE_READ,   /* what else ->reader reads */
	CAPTURE_NOTHING,
};

struct capture {
	enum capture_kind kind;
	enum arg_source source;
	unsigned place; /* which argument of the call, from 0; of a register its offset */
	const struct access_path *path; /* from there on; NULL: that is it */
	unsigned bits;                  /* of a number: 8, 16, 32 or 64 */
	bool is_signed;
	bool whole; /* more than a slot has room for, if there is (maxData) */
	const struct reader *reader;
	/* It is read when the call returns, as much as that says: a buffer, of which the address is
	 * kept as one of HOOK_KEPT of the call, or a vector, which takes two; or a number, which
	 * the call leaves at the address that it is given. */
	bool later;
	unsigned kept;
	/* Of a buffer that is read later: the number, read then too, that says how much. */
	const struct capture *filled;
	/* How large it is, if that is known; or from 1, which argument says so. */
	unsigned size, size_place;
};

enum test_kind {
	TEST_RANGES,           /* the number is in one of them */
	TEST_MASK,             /* the number has one of these bits */
	TEST_EQUAL,            /* the string is one of these … */
	TEST_PREFIX,           /* … begins with one of them … */
	TEST_POSTFIX,          /* … ends with one of them … */
	TEST_SUBSTRING,        /* … has one of them in it … */
	TEST_SUBSTRING_NOCASE, /* … whatever the case of its ASCII letters; they are lower */
	TEST_NETWORKS,         /* the address is in one of them */
	TEST_GAINED,           /* the number has bits that that of ->second has not */
	TEST_EXPRESSION,       /* the expression is true, whatever it is about */
};

/* Both ends are part of it. Of signed numbers they are int64_t. */
struct range {
	uint64_t low, high;
};

struct bytes {
	const char *s;
	size_t len;
};

/* What is beyond the prefix is 0. Of IPv4 the first four bytes count. */
struct network {
	uint8_t address[16];
	unsigned prefix;
	bool v6;
};

/* Of a value that could not be read nothing is true, not even what is negated. */
struct test {
	enum test_kind kind;
	bool negate;
	size_t capture, second;
	/* Of a capture that was read: which part of it. */
	struct part field;
	struct part family; /* of an address */
	bool is_signed;
	size_t n;
	union {
		const struct range *ranges; /* in order, apart from each other */
		const struct bytes *strings;
		const struct network *networks;
		uint64_t mask;
		const struct expressions *expressions; /* compile/expression.h */
	};
};

/* One of the values told, or a number in it. */
struct plan_limit_value {
	uint32_t index;   /* the how manieth of what is told, from 0 */
	struct part part; /* if there is one; else all of it */
};

/* The same is told again only when so much time has gone by. The same is … */
struct plan_limit {
	uint64_t ns;
	unsigned by; /* of enum hook_limit_by: by the same … */
	bool all;    /* … with the same values, or with these */
	size_t n;
	const struct plan_limit_value *values;
};

/* Who makes the call is from now on whose the socket is, or nobody is any more. */
struct plan_socket {
	size_t capture;
	bool track;
};

/* At most so many of one selector. */
#define PLAN_WRITES_MAX 24

/* What is changed of a process that comes by: a register, … */
struct plan_write {
	struct register_part to;
	enum register_source source;
	struct register_part from; /* which is added to the value, if the source is no constant */
	int64_t value;
	/* … or its memory, where @place of the backend is, by so many bytes of the value. */
	bool to_memory;
	unsigned place, size;
};

/* What is done at once, to who makes the call or to the call, whether it is told or not. */
struct plan_effects {
	size_t n_signals;
	const int *signals; /* to the process */
	bool overrides;     /* the call is not made, and returns … */
	int returned;       /* … this: 0 or a negative errno */
	bool cleans;        /* no enforcer is to do any more what it was notified of … */
	bool notifies;      /* … but from now on this */
	struct hook_notice notice;
	size_t n_writes; /* to registers and memory */
	const struct plan_write *writes;
};

/* Whether what is hooked is the beginning of a call that the policy's enforcers are on: then what
 * they only send signals for is done at once. */
enum plan_entry {
	ENTRY_OF_NONE,
	ENTRY_OF_ENFORCED,
	/* Of any system call. Which it is, is said by … */
	ENTRY_BY_WORD,   /* … the second word of the context … */
	ENTRY_BY_NUMBER, /* … the record of the tracepoint of all calls … */
	ENTRY_BY_INT,    /* … or that of a call's own */
};

struct test;

/* Numbers of system calls; NULL: there are none. */
struct plan_calls {
	const struct test *native, *compat; /* TEST_RANGES */
};

/* What is done when a selector holds. */
struct plan_actions {
	bool post;
	struct plan_effects effects;
	size_t n_limits; /* 0: all is told; else what one of them lets through */
	const struct plan_limit *limits;
	bool kernel_stack, user_stack;
	bool ima_hash;   /* of ->hashed of the plan */
	bool asks_agent; /* to do something, also of what is not posted */
	/* How often each of what would be done is counted instead (monitor mode). */
	uint8_t monitored[_HOOK_EFFECT_MAX];
	size_t n_sockets;
	const struct plan_socket *sockets;
};

/* What a hook of the security modules is about. */
struct plan_file {
	unsigned word; /* of the program's context, where it is; or what has it … */
	bool is_member;
	uint32_t offset; /* … for a member */
	bool is_inode;   /* of a file that cannot be read yet */
};

/* All tests have to hold. The first selector that does is it. */
struct plan_selector {
	size_t n;
	const struct test *tests;
	size_t n_process;
	struct process_test *process; /* of who makes the call: compile/process.h */
	struct plan_actions actions;
	/* When the call returns: of the value. */
	size_t n_returns;
	const struct test *returns;
	struct plan_actions return_actions; /* without a post, the call is not told of after all */
};

/* Where the selectors are counted: struct hook_counts, one after the other, in each row. */
struct plan_counters {
	int map;         /* the descriptor of an array with one value, which has rows … */
	uint32_t rows;   /* a power of two: one for each CPU, or for some together … */
	uint32_t stride; /* … of so many bytes */
	uint32_t first;  /* where in a row they begin, in bytes */
	uint32_t n;      /* 0: they are not counted */
};

struct plan {
	uint32_t hook;     /* its number in records … */
	bool by_cookie;    /* … or that is the cookie of where the program is hit */
	const char *name;  /* of its function in a program, if it has one of its own */
	size_t n_captures; /* those of args, then those of data */
	const struct capture *captures;
	size_t n_selectors; /* none: everything is posted */
	const struct plan_selector *selectors;
	struct plan_counters counters;
	int owners; /* the descriptor of a map: address of a socket ► struct hook_owner; 0: none */
	enum {
		RETURNED_NOTHING,
		RETURNED_TRACKED,   /* is a socket, that is from now on who made the call's … */
		RETURNED_UNTRACKED, /* … or nobody's any more */
	} returned_socket;
	int notices;    /* of a map: the thread's struct hook_notice; 0: there are no enforcers */
	bool enforces;  /* it is an enforcer's: it does what was notified … */
	bool denies;    /* … which of some policies has the call return an error */
	bool by_helper; /* what the call returns is said by a helper, and not by the program's
			   result */
	enum plan_entry entry;
	struct plan_calls enforced;
	struct plan_file hashed; /* for selectors that tell its hash */
	bool stack_addresses;    /* of users' stacks are told */
	bool tells_return;       /* calls that are posted are told on when they return */
	struct capture returned; /* CAPTURE_NOTHING: what is returned is not told */
};

struct workload_scope;

/* What a plan needs to know of the machine. */
struct plan_facts {
	uint32_t host_ns[_EXEC_NS_MAX]; /* inodes of the host's namespaces; 0: not known */
	bool stack_addresses;           /* are told, too */
	/* Gives the scope a number, below HOOK_SCOPES: the same to equal ones. -ENOSPC: there are
	 * no more. NULL: nothing is loaded, and all have the same. */
	int (*number_scope)(void *userdata, const struct workload_scope *scope, uint32_t *ret);
	void *userdata;
};

/*
 * Makes a plan of a checked hook, in @arena; it keeps pointers into the policy.
 * What cannot be compiled is found and told. Returns 0, -EOPNOTSUPP with findings
 * in @diags, or -ENOMEM.
 */
int plan_make(const struct policy_hook *hook, const struct plan_facts *facts, struct arena *arena,
	      struct diagnostics *diags, struct plan *ret);

bool plan_has_kernel_stacks(const struct plan *plan);

/* Whether the hook says whose sockets are: then it, and all of its policy, need ->owners. */
bool policy_hook_tracks(const struct policy_hook *hook);

/* Gives it its number, and a name to match. Returns 0 or -ENOMEM. */
int plan_number(struct plan *plan, uint32_t number, struct arena *arena);

#endif
