/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_SCRATCH_H
#define OCELLI_COMPILE_SCRATCH_H

#include "code/code.h"

/*
 * Takes a scratch (bpf/hook_scratch.bpf.h): its address is in R7, its index in the
 * stack at @slot. Until it is given back the task is not preempted where the
 * kernel lets us forbid that, so that others on the CPU find theirs. Goes to @none
 * when none is free. What is in R0 to R5 is lost.
 */
void emit_take_scratch(struct code *code, int16_t slot, struct label none);

/* Gives it back. What is in R0 to R5 is lost. */
void emit_give_scratch(struct code *code, int16_t slot);

#endif
