/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_EMIT_STACK_H
#define OCELLI_COMPILE_EMIT_STACK_H

#include "abi/hook.h"
#include "compile/backend.h"

/* The stack of a plan's function, below FP. */
#define SLOT_SCRATCH (SLOT_LOADED - 8)   /* index of the scratch */
#define SLOT_SELECTOR (SLOT_SCRATCH - 8) /* which matched */
#define SLOT_LENGTHS \
	(SLOT_SELECTOR - 8) /* of the values that are tested, downwards; -1: not read */
#define SLOT_SIZE (SLOT_LENGTHS - 8 * HOOK_STRINGS) /* of what is being read */
#define SLOT_GLANCES SLOT_SIZE
/* Of what is told without a scratch: there, nothing else is read. */
#define SLOT_HOOK SLOT_SIZE
#define SLOT_NUMBERS (SLOT_HOOK - 8 * HOOK_NUMBERS)

/* Of an enforcer, which reads nothing. */
#define SLOT_NOTICE SLOT_SIZE

#endif
