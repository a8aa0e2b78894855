/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_ATTACHMENTS_H
#define OCELLI_TRACING_ATTACHMENTS_H

#include "tracing/missed.h"
#include "tracing/points.h"
#include "compile/verdicts.h"

/* The programs of policies in the kernel: one at each place, for all policies with a hook there. */
struct attachments;

int attachments_new(struct library *library, struct attachments **ret);

/* Detaches all. */
void attachments_free(struct attachments **attachments);

/*
 * Makes the programs do what these points say and nothing else, with the verdicts
 * of them all; a place where nothing is other than before is left alone. When one cannot be
 * attached, its place is as it was, and others may be as they shall be: call again with what does
 * work.
 */
int attachments_set(struct attachments *attachments, const struct verdicts *verdicts,
		    const struct policy_point *const *points, size_t n, struct error **reterr);

/* A program that was loaded for a place, and put nowhere. */
struct attachment_trial {
	const struct hook_place *place;
	const struct policy_point *const *points; /* that it is for */
	size_t n;
	int program;             /* its descriptor, or negative errno … */
	const struct error *err; /* … and why */
	uint64_t ns;             /* that it took */
};

/* Tells @each of the program for each place of these points, and then takes it away. Returns 0 or
 * -ENOMEM. */
int attachments_try(struct library *library, const struct verdicts *verdicts,
		    const struct policy_point *const *points, size_t n,
		    void (*each)(const struct attachment_trial *trial, void *data), void *data);

/* Adds how often the kernel passed the programs by. */
void attachments_missed(const struct attachments *attachments, struct missed *missed);

#endif
