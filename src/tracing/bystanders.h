/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_BYSTANDERS_H
#define OCELLI_TRACING_BYSTANDERS_H

#include "compile/process.h"
#include "tracing/points.h"

/*
 * Processes that a policy should hardly be about: the first, whose end is that of
 * the machine, and those that the agent is a child of. The agent itself is always
 * spared, and the first gets no signals: that is the kernel's doing.
 */

struct bystander {
	struct caller caller; /* its parent is the next of them; texts are the bystander's */
	const char *proc;     /* where procfs is … */
	uint32_t pid;         /* … and as that has it */
	bool pid_known;       /* to the kernel by the same number */
	char *image, *name;
};

/* So many ancestors are looked at, as in the kernel. */
#define BYSTANDERS_MAX (HOOK_ANCESTORS + 1)

struct bystanders {
	struct bystander v[BYSTANDERS_MAX];
	size_t n; /* the first process is the last */
};

/* @agent: whose parents are among them; 0: there are none. What cannot be read of a process is not
 * known of it. */
void bystanders_read(const char *proc, uint32_t agent, struct bystanders *ret);
void bystanders_done(struct bystanders *bystanders);

/* What is known: that the selector holds for its calls, or does not; or neither, as where it has
 * filters on arguments. */
enum certainty { CERTAINLY_NOT, MAYBE, CERTAINLY };

enum certainty bystander_is_meant(const struct plan_selector *selector,
				  const struct bystander *bystander);

/* Finds what policies would certainly do to them, at these points. Returns 0, or -EPERM when that
 * is an error. */
int bystanders_check(const struct bystanders *bystanders, const struct policy *policy,
		     const struct policy_points *points, struct diagnostics *diags);

#endif
