/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_DIGESTS_H
#define OCELLI_TRACING_DIGESTS_H

#include "tracing/compiler.h"

/* Bytes of files that are hashed for one policy. */
#define DIGESTS_MAX (4ULL << 30)

/*
 * Whether the program has one of the digests that the hook says, if it says any.
 * Returns 0; -EKEYREJECTED when it has none of them, which is told as an error, or as
 * a warning where the hook may be left out; or negative errno. The reason is among
 * the findings.
 */
int digests_check(const struct compiler *c, const struct policy_hook *hook,
		  struct program *program);

#endif
