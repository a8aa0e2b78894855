/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CODE_ACCESS_PATH_H
#define OCELLI_CODE_ACCESS_PATH_H

#include "code/code.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The way from a value to another through memory, such as a->b->c: each step goes
 * on from where the one before led.
 */

struct access_step {
	uint32_t offset;
	uint8_t size;   /* of what is read there, in bytes: 1, 2, 4, 8; 0: the address itself */
	uint16_t depth; /* of names in the path before this one's */
};

struct access_path {
	size_t n;
	const struct access_step *steps;
	/* Which bits of what the last step led to are meant, extended to 64. */
	uint8_t shift, bits; /* bits 0: all of them */
	bool is_signed;
	uint32_t size; /* of an array that it leads to, in bytes; 0: nobody knows */
};

/* Whose memory the steps may read. */
enum access_memory {
	ACCESS_PROCESS, /* the process's, whatever the addresses look like */
	ACCESS_ANY,     /* that which the highest bit of the address stands for */
};

/*
 * Appends code that takes the value in R3 to what the path leads to, in R3. What
 * cannot be read ends at @fault, with its depth in R3. R0 to R5 are lost, and
 * eight bytes of the stack at @slot.
 */
void code_follow(struct code *code, const struct access_path *path, enum access_memory memory,
		 int slot, struct label fault);

/* Appends code that makes these bits of @reg all of it, extended to 64. */
void code_extract(struct code *code, int reg, unsigned shift, unsigned bits, bool is_signed);

/* The same for a value that is there. */
uint64_t access_extract(uint64_t v, unsigned shift, unsigned bits, bool is_signed);

/* Reads memory; returns whether it could. */
typedef bool access_read_fn(void *context, void *to, size_t size, uint64_t from);

/* What the code does, in plain C. Returns false with the depth in *ret. */
bool access_follow(const struct access_path *path, uint64_t from, access_read_fn *read,
		   void *context, uint64_t *ret);

#endif
