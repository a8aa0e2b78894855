// SPDX-License-Identifier: Apache-2.0
#include "compile/emit_case.h"

static void load(struct code *code, const struct backend *of, int reg, unsigned place)
{
	code_add(code, INSN_LOAD((uint8_t)reg & 15, R6, (int16_t)(8 * place)));
}

struct backend backend = {.load = load, .places = ARGS};

int emit_one(struct code *code, const struct plan *plan, const struct backend *of)
{
	return emit_function(code, "plan", &plan, 1, of);
}

uint32_t seed;

uint32_t pick(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)(seed >> 8) * n >> 24);
}
