/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_CALL_OPERANDS_H
#define OCELLI_TRACING_CALL_OPERANDS_H

#include "compile/operand.h"
#include "tracing/compiler.h"

/* Where a program has the arguments of a call: of a function, or of a static probe. */
struct call_operands {
	const struct operand *v;
	size_t n;
	const char *of, *why; /* for people: what has no more, and how many it has */
};

/*
 * Puts into *hook a copy whose arguments are at the places that compile/emit_operand.h
 * has for them, those in memory behind an access, so that what cannot be read is told.
 * Returns 0, or negative errno with the reason among the findings.
 */
int call_operands_place(const struct compiler *c, const struct call_operands *has,
			const struct policy_hook **hook);

#endif
