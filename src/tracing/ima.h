/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_IMA_H
#define OCELLI_TRACING_IMA_H

#include "tracing/compiler.h"

/*
 * Which file the hook of the security modules @function is about, if a selector
 * asks for its hash. Returns 0, or negative errno with the reason among the
 * findings; that the kernel has no IMA is a warning.
 */
int policy_hashed_file(const struct compiler *c, const struct policy_hook *hook,
		       const struct kernel_function *function, struct plan_file *ret);

#endif
