/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_PROGRAM_FILES_H
#define OCELLI_TRACING_PROGRAM_FILES_H

#include "tracing/compiler.h"
#include "tracing/programs.h"

/*
 * Which files the path of a hook in programs is about: one, or all that match a
 * pattern (glob(7), and braces), of ours and of each mount namespace that
 * processes are in.
 */

typedef int compile_program_fn(const struct compiler *c, const struct policy_hook *hook,
			       struct program *program);

/*
 * Has the hooks of each of these compiled, once for a file. What is wrong with one
 * of another namespace is a warning. Returns 0; or negative errno with the reason
 * among the findings, also when there is no file, unless the policy is for
 * containers, which may be to come.
 */
int compile_programs(const struct compiler *c, const struct policy_hook *hook,
		     compile_program_fn *compile);

/* Whether the policy has any. */
bool policy_hooks_programs(const struct policy *policy);

/* What tells whether the policy's paths lead to other files than before. 0: it has none. */
uint64_t program_files_signature(const struct policy *policy, const struct policy_ground *ground);

#endif
