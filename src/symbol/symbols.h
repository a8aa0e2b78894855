/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_SYMBOLS_H
#define OCELLI_SYMBOL_SYMBOLS_H

#include "abi/record.h"

#include <stdint.h>

/*
 * What the addresses of stacks stand for. The functions of the kernel are kept;
 * of programs and libraries only answers are, and which file has a build ID: so
 * memory is bounded, and a file is asked again when its answer was displaced. So
 * much is read in a second, and then no more names are told in it, so that nobody
 * can keep the agent busy with his stacks.
 */
struct symbols;

/* "": not known. Valid until the next call. */
struct symbol {
	const char *name;
	const char *module;
	uint64_t offset; /* of the kernel, in the function; else in the module's file */
};

/* Whose stack it is. */
struct symbol_process {
	uint32_t pid;    /* 0: it has ended */
	const char *exe; /* the path of what it executes; NULL: not known */
};

/* @proc: where procfs is mounted; must outlive it. Returns 0 or -ENOMEM. */
int symbols_new(const char *proc, struct symbols **ret);
void symbols_free(struct symbols **symbols);

/* Reads the kernel's functions, which takes some 50 ms; else the first address that is asked for
 * does. Returns 0, or an error of kallsyms_read(). */
int symbols_read_kernel(struct symbols *symbols);

void symbols_of_kernel(struct symbols *symbols, uint64_t address, struct symbol *ret);

/* The frames that follow are of this process as it is now. */
void symbols_begin_user(struct symbols *symbols, const struct symbol_process *process);
void symbols_of_user(struct symbols *symbols, const struct hook_frame *frame, struct symbol *ret);

/* How many frames were told without a name because too much would have had to be read. */
uint64_t symbols_skipped(const struct symbols *symbols);

/* To be called about once a second. */
void symbols_tick(struct symbols *symbols);

#endif
