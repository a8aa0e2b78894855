/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_TYPES_H
#define OCELLI_TESTS_DIFFERENTIAL_TYPES_H

#include "abi/hook.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Arguments of a call: no way has more. */
#define ARGS 5

/* What is told of a value. */
struct told {
	uint32_t status; /* enum hook_arg_status */
	uint64_t number;
	uint64_t later; /* where it will be read */
	size_t size;
	char bytes[8192]; /* as in a record; with the NUL of a string */
};

struct type {
	const char *name;
	/* Of a random value: returns what the call is given. @i: which argument it is, each has its
	 * memory; *size: what the argument behind it is given, if that says how large it is. */
	uint64_t (*value)(const struct type *type, size_t i, uint64_t *size, struct told *told);
	/* Appends an operator and its values, such that it may be true or not. NULL: there is none
	 * for it. */
	void (*append_match)(const struct type *type, struct str *out);
	const char *more; /* behind its name, in a policy */
	unsigned bits;    /* of a number */
	bool is_signed;
	bool is_text;       /* expressions can look at it, as at a string */
	bool ends_with_nul; /* which is told, and no part of it */
	bool is_sized;      /* the argument behind it says how large it is */
	bool is_later;      /* it is read when the call returns */
};

/* That a system call is given: of the process. */
extern const struct type types[];
extern const size_t n_types;

/* One of a function's numbers, whose registers have 32 bits that count. */
const struct type *pick_narrow(void);

const struct type *type_named(const char *name);

/* What texts are made of. */
#define N_WORDS 21
extern const char *const words[N_WORDS];

/* Where nothing is. */
#define NOWHERE ((void *)4096)

/* What may be outside what is looked for, with a NUL. Returns its length. */
#define TEXT_MAX 5000
size_t random_text(char *to);

void append_text_match(const struct type *type, struct str *out);

void tell_bytes(struct told *told, const void *bytes, size_t size);
/* Also as what operators look at. */
void tell_number(struct told *told, const struct type *type, uint64_t v);
/* Nothing, because nothing can be read. */
uint64_t tell_fault(struct told *told);
/* What was to be read later, now that the call has returned that there are so many bytes. */
void tell_later(struct told *told, const struct told *before, int64_t n);

/* Puts it at the very end of the memory of argument @i, so that one byte more is a fault. Also
 * ARGS, of what is returned. */
char *place_text(size_t i, const void *text, size_t len);

/* The files that arguments name, and memory that they are in. */
void types_setup(const char *folder);

#endif
