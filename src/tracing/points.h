/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_POINTS_H
#define OCELLI_TRACING_POINTS_H

#include "tracing/kernel.h"
#include "compile/backend.h"
#include "core/hook.h"
#include "policy/policy.h"
#include "sensor/counters.h"
#include "sensor/hook_point.h"
#include "tracing/program_types.h"
#include "tracing/programs.h"
#include "tracing/scopes.h"

/* One place in the kernel that a policy has a hook on, and what is to be done there. */
struct policy_point {
	struct hook_place place;
	const struct backend *backend;
	uint32_t syscall; /* on a typed tracepoint: its number */
	/* Where the policy names it. */
	const char *file;
	struct mark mark;
	size_t of;                      /* whose it is: which of ->hooks of the points */
	const struct policy_hook *hook; /* that, with the types that it has at this place */
	const char *told;               /* as events name it; of many functions NULL */
	struct plan plan;
};

/* A hook as the policy has it, whatever its places, and what became of it. */
struct policy_hook_points {
	const struct policy_hook *hook;
	size_t index; /* in its section */
	struct counter_range counters;
	size_t first_counter; /* of them, among all of the policy's */
	size_t n_missing;  /* functions that it names and the kernel has not: ignore.callNotFound */
	size_t n_rejected; /* files that are others: ignore.digestVerificationFailure */
	/* What was found of it: those of the diagnostics, until these are sorted. */
	size_t first_finding, n_findings;
	int result;      /* 0, or negative errno: it cannot be compiled … */
	const char *why; /* … for this reason, in the arena; NULL: out of memory */
};

/* All places of a policy. */
struct policy_points {
	struct arena arena; /* of the plans and names */
	struct policy_point *v;
	size_t n, cap;
	size_t n_names; /* that were looked for */
	size_t n_hooks; /* a hook that tells of returns has two places, and many functions have one
			 */
	struct policy_hook_points *hooks; /* of all sections */
	size_t n_policy_hooks;
	bool loader;              /* it wants to know what processes load */
	int owners;               /* of sockets, by address: descriptor of a map; 0: nobody asks */
	int notices;              /* of threads, likewise: sensor/notices.h */
	struct programs programs; /* that it hooks */
	struct program_types types; /* of programs, while it is compiled */
	uint32_t *scopes; /* numbers of those that it has, each as often as it was taken */
	size_t n_scopes;
};

/* What policies are compiled into, and with. */
struct policy_ground {
	struct hooks *hooks;
	struct counters *counters; /* NULL: nothing is made in the kernel, for nothing is loaded */
	struct scopes *scopes;     /* NULL: likewise */
	struct roots *roots;       /* of containers; NULL: their files are not looked at */
	uint32_t agent; /* whose parents are not to be harmed, as procfs has it; 0: nobody's */
	struct policy_kernel kernel;
};

/*
 * Compiles a policy's hooks, and makes them known to the hooks of @ground. What
 * cannot be compiled is found and told. The policy must outlive the points.
 * Returns 0, or negative errno; what there is by then is still to be dropped.
 */
int policy_points_compile(struct policy_points *points, const struct policy *policy,
			  struct policy_ground *ground, struct diagnostics *diags);

/* Before they are compiled: what threads were notified of by the programs of @from, those of
 * @points do. Returns 0 or negative errno. */
int policy_points_take_over(struct policy_points *points, const struct policy_points *from);

void policy_points_drop(struct policy_points *points, const struct policy_ground *ground);

#endif
