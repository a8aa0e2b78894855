/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_TRIALS_H
#define OCELLI_TRACING_TRIALS_H

#include "tracing/groups.h"

/* A program that was loaded for a place, and put nowhere. */
struct trial_load {
	const struct group *group;
	int program;             /* its descriptor, or negative errno … */
	const struct error *err; /* … and why */
	uint64_t ns;             /* that it took */
};

/* Tells @each of the program for each place of these points, and then takes it away. Returns 0 or
 * -ENOMEM. */
int trials_run(struct library *library, const struct verdicts *verdicts,
	       const struct policy_point *const *points, size_t n,
	       void (*each)(const struct trial_load *trial, void *data), void *data);

#endif
