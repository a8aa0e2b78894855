/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CODE_CODE_H
#define OCELLI_CODE_CODE_H

#include "code/insn.h"

#include <stdbool.h>
#include <stddef.h>

/* Instructions; no kernel takes more (kernel/bpf/syscall.c: BPF_COMPLEXITY_LIMIT_INSNS). */
#define CODE_MAX 1000000

/*
 * A BPF program that is being written: instructions with labels to jump to, and
 * names where something has to be filled in when it is loaded. Writing never
 * fails at the call; code_finish() tells, once. Jumps go forward only, and as far
 * as one likes: those that an instruction has no room for go in several, over
 * islands in the code between. What nothing leads to is left out, for the
 * verifier refuses it.
 */
struct code {
	struct bpf_insn *insns;
	size_t n, cap;
	struct code_target *targets; /* by label */
	size_t n_targets, cap_targets;
	struct code_jump *jumps;
	size_t n_jumps, cap_jumps;
	size_t open;           /* the first jump whose target is not known */
	struct code_use *uses; /* in the order of their instructions */
	size_t n_uses, cap_uses;
	struct code_function *functions; /* in the order of the code */
	size_t n_functions, cap_functions;
	struct code_late *late;
	size_t n_late;
	size_t meant;   /* where the last label or function is: code before it stays as it is */
	bool sleepable; /* it calls what may sleep … */
	bool writes;    /* it changes its context */
	bool waits;     /* … or reads what it would wait for, were it in memory by then */
	bool dead;      /* nothing leads to the next instruction */
	int error;
};

#define CODE_INIT ((struct code){0})

/* What an instruction needs to be complete. */
enum code_use_kind {
	CODE_FUNCTION,  /* a call: where the function of that name begins */
	CODE_MAP,       /* a wide load: the map's descriptor */
	CODE_MAP_VALUE, /* a wide load: the same; the address in the value is in it already */
};

struct code_use {
	size_t at; /* index of the instruction */
	enum code_use_kind kind;
	const char *name; /* lives as long as the code */
};

struct code_function {
	size_t at;
	const char *name; /* as above */
	const char *type; /* the function of the library that it is like; NULL: any will do */
};

/* A place in the code, also one that is not there yet. Belongs to its code. */
struct label {
	size_t index;
};

struct label code_label(struct code *code);

/* The next instruction is what @label stands for. Once for each. */
void code_here(struct code *code, struct label label);

void code_put(struct code *code, const struct bpf_insn *insns, size_t n);

#define code_add(code, ...)                                      \
	code_put((code), (const struct bpf_insn[]){__VA_ARGS__}, \
		 sizeof((const struct bpf_insn[]){__VA_ARGS__}) / sizeof(struct bpf_insn))

void code_jump(struct code *code, struct label label);

/* @op: BPF_JEQ and its like, for 64 bits. */
void code_jump_if(struct code *code, int op, int reg, int32_t imm, struct label label);
void code_jump_if_reg(struct code *code, int op, int reg, int other, struct label label);

/* Calls a function of the code, or of the library that it is linked with. */
void code_call(struct code *code, const char *name);

/* The next instruction begins a function. What comes before all of them is the program. */
void code_function(struct code *code, const char *name);

/* One that takes and returns what a function of the library does; if that is a global one, the
 * verifier looks at this one once, and not at each call. */
void code_function_like(struct code *code, const char *name, const char *type);

/* A kind of functions that are written at the end of the code, when it is finished. */
struct code_late_kind {
	const char *type; /* as of code_function_like() */
	void (*write)(struct code *code, const void *what, int with);
	bool (*is_same)(const void *a, const void *b);
	size_t size; /* of what it is written of */
};

/* Calls what is written of @what and @with: once, however often it is called. @what is copied; what
 * it points to lives until the code is finished. */
void code_call_late(struct code *code, const struct code_late_kind *kind, const void *what,
		    int with);

void code_load_map(struct code *code, int reg, const char *name);
void code_load_map_value(struct code *code, int reg, const char *name, uint32_t offset);

/* For who writes it: what could not be written. code_finish() tells the first. */
void code_fail(struct code *code, int error);

/* Writes what is late, and fills in the jumps. Returns 0; -EOVERFLOW when these are more
 * instructions than a program can have; -ENOMEM; or what code_fail() was given. */
int code_finish(struct code *code);

void code_done(struct code *code);

#endif
