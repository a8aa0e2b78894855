/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPLAIN_EXPLAIN_H
#define OCELLI_EXPLAIN_EXPLAIN_H

#include "base/arena.h"
#include "compile/emit.h"
#include "explain/cost.h"
#include "explain/race.h"
#include "policy/policy.h"
#include "tracing/hook_status.h"

/*
 * What policies would do on the running kernel, found out as the agent finds it
 * out when it loads them, and by loading their programs without putting them
 * anywhere. What takes privileges that this process has not is told as unknown.
 */
struct explainer;

/* One place in the kernel. */
struct explained_place {
	const char *told; /* as events name it: "__x64_sys_openat" */
	const char *kind; /* hook_point_kind_name() */
	bool by_number;   /* a system call that is looked for where all of them enter … */
	unsigned number;  /* … by this */
	bool compat;      /* of 32-bit programs */
	bool on_return;
};

struct explained_value {
	const char *from; /* "argument 1", "current_task", "register", "what is returned" */
	const char *type;
	const char *label;   /* NULL: none */
	const char *resolve; /* the path that leads to it; NULL: none */
	const char *types;   /* on that path; likewise */
	unsigned pointers;   /* likewise */
	unsigned bytes;      /* at the most */
	bool of_process;     /* it is in the memory of who makes the call */
	bool later;          /* it is read when the call returns */
	enum race race;
};

enum explained_stage {
	STAGE_AT_ONCE = TEST_AT_ONCE,
	STAGE_ON_STACK = TEST_ON_STACK,
	STAGE_WHEN_READ = TEST_WHEN_READ,
	STAGE_PROCESS, /* of who makes the call, before anything is read … */
	STAGE_VERDICT, /* … what was found out when that was executed */
	STAGE_RETURNED,
	_STAGE_MAX,
};

struct explained_filter {
	size_t selector;
	enum explained_stage stage;
	const char *text; /* "matchArgs: argument 1 Prefix /etc/" */
};

struct explained_action {
	size_t selector;
	bool on_return;
	bool by_agent;    /* else in the kernel */
	const char *text; /* "Post" */
};

struct explained_hook {
	const struct policy_hook_points *of;
	const char *description; /* "sys_openat" */
	enum hook_state state;   /* if the policy is loaded */
	bool unknown;            /* it takes privileges to tell */
	const char *backend;     /* of its first place; NULL: it has none */
	const char *why;         /* that one; NULL: it has none */
	const char *nearest;     /* what would work instead of it, when it does not; or NULL */
	const char *hot;         /* see explain/hot.h; NULL: it is not */
	bool all_calls;          /* its program runs for each system call of any process */
	struct explained_place *places;
	size_t n_places;
	struct explained_value *values;
	size_t n_values;
	struct explained_filter *filters;
	size_t n_filters;
	struct explained_action *actions;
	size_t n_actions;
	struct cost cost;   /* for a call … */
	unsigned return_ns; /* … and more when it returns; 0: that is not looked at */
};

/* One that would be at a place, as it was loaded. */
struct explained_program {
	const char *kind, *place; /* of a list its number of functions is in the name */
	unsigned verified;        /* instructions that the verifier looked at; 0: unknown */
	uint64_t load_ns;
	uint64_t bytes; /* of kernel memory */
};

enum explained_verdict {
	POLICY_LOADS,
	POLICY_REFUSED,
	POLICY_UNKNOWN, /* it takes privileges to tell */
};

struct explanation {
	struct arena arena;
	const struct policy *policy;
	struct policy_points points;
	struct diagnostics diags;
	enum explained_verdict verdict;
	bool keeps_verdicts; /* programs on fork and exec */
	struct explained_hook *hooks;
	size_t n_hooks;
	struct explained_program *programs;
	size_t n_programs;
	uint64_t bytes; /* of kernel memory: the programs', counters', of sockets' owners */
};

int explainer_new(struct explainer **ret);
void explainer_free(struct explainer **explainer);

/* Why no program can be loaded here: for lack of privileges, of what the kernel must have. NULL:
 * they can. */
const struct error *explainer_refusal(const struct explainer *explainer);

/* Kernel memory that the first policy takes, whatever it says; 0: unknown. */
uint64_t explainer_bytes(const struct explainer *explainer);

/* The policy must outlive the explanation. Returns 0 or -ENOMEM. */
int explain_policy(struct explainer *explainer, const struct policy *policy,
		   struct explanation *ret);

void explanation_done(struct explainer *explainer, struct explanation *explanation);

/* What the policy calls the selector; NULL: nothing. */
const char *explained_label(const struct explained_hook *hook, size_t selector);

/* "argument in a register" …: when a filter is applied. */
const char *explained_stage_name(enum explained_stage stage);

#endif
