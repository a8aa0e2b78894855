/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_SITES_H
#define OCELLI_TRACING_SITES_H

#include "tracing/compiler.h"

/* Where something is hooked in a file of a program. */
struct site {
	struct mark mark;
	const char *told; /* as people know it, in the arena or the policy; NULL: by its offset */
	uint64_t offset, ref_ctr_offset;
	bool begins;       /* a function does there, as far as that was asked for */
	struct hook facts; /* but for the path */
};

struct sites {
	struct site *v;
	size_t n, cap;
};

#define SITES_INIT ((struct sites){0})

/* Keeps a copy. Returns 0 or -ENOMEM. */
int sites_add(struct sites *sites, const struct site *site);

/* Has each place hooked once, whatever its names, and all at once where the kernel can. Returns 0,
 * or negative errno with the reason among the findings. */
int sites_compile(struct sites *sites, const struct compiler *c, const struct policy_hook *hook,
		  const struct program *program, const struct backend *backend);

void sites_done(struct sites *sites);

#define _cleanup_sites_ __attribute__((cleanup(sites_done)))

#endif
