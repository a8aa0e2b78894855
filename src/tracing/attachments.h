/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_ATTACHMENTS_H
#define OCELLI_TRACING_ATTACHMENTS_H

#include "tracing/missed.h"
#include "tracing/points.h"
#include "compile/verdicts.h"

#include <sys/types.h>

/* The programs of policies in the kernel: one at each place, for all policies with a hook there. */
struct attachments;

/* @stop: once another thread has set it, nothing is attached any more: that takes long. All three
 * must outlive it. */
int attachments_new(struct library *library, struct pins *pins, const bool *stop,
		    struct attachments **ret);

/* Detaches all, but for what attachments_leave() left. */
void attachments_free(struct attachments **attachments);

/*
 * Makes the programs do what these points say and nothing else, with the verdicts
 * of them all, everywhere at once; a place where nothing is other than before is
 * left alone. When one cannot be attached, all is as it was. What was there before
 * has ended by then, and its records are in the ring.
 *
 * @lasting: all of it is pinned before it begins, so that it goes on without the
 * agent; else nothing is. Where that cannot be it is refused, if it is required.
 */
int attachments_set(struct attachments *attachments, const struct verdicts *verdicts,
		    const struct policy_point *const *points, size_t n, bool lasting,
		    struct error **reterr);

/* Why some of what was to last would not; NULL: it would. */
const struct error *attachments_unpinned(const struct attachments *attachments);

/*
 * Looks at the next @n places, or all, whether somebody has meddled with what is in
 * the kernel, puts it right, and says so to @found. Returns how many times.
 */
size_t attachments_mend(struct attachments *attachments, size_t n,
			void (*found)(const char *where, const char *what));

/* What is pinned stays in the kernel. */
void attachments_leave(struct attachments *attachments);

/* Detaches all. What was missed is still known. */
void attachments_clear(struct attachments *attachments);

/* A hook's part of what programs take: it is shared evenly by those that are in them. */
struct hook_share {
	uint32_t hook;  /* its number */
	uint64_t bytes; /* of kernel memory */
	struct run_cost cost;
};

/* Of all hooks, in the order of their numbers. Returns how many there are, in *ret, which the
 * caller frees, or -ENOMEM. */
ssize_t attachments_shares(const struct attachments *attachments, struct hook_share **ret);

/* Adds how often the kernel passed the programs by. */
void attachments_missed(const struct attachments *attachments, struct missed *missed);

#endif
