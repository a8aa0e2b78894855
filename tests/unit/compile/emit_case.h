/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_COMPILE_EMIT_CASE_H
#define OCELLI_TESTS_COMPILE_EMIT_CASE_H

#include "compile/emit.h"

/* What tests of the code of plans share. */

#define ARGS 4
#define LONG "/a/long/long/long/long/long/long/long/long/long/long/long/long/path"

/* The context of these programs: the arguments. */
extern struct backend backend;

int emit_one(struct code *code, const struct plan *plan, const struct backend *of);

/* The same each time, so that what fails fails again. */
extern uint32_t seed;

/* Below @n. */
uint32_t pick(uint32_t n);

#endif
