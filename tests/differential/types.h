/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_TYPES_H
#define OCELLI_TESTS_DIFFERENTIAL_TYPES_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Arguments of a call: its type has no more. */
#define ARGS 5

/* Of what it is a test of: what values and operators there are, and what is told of one. */
enum family {
	FAMILY_NUMBER,
	FAMILY_STRING,
	FAMILY_BUFFER, /* the argument behind it says how large it is … */
	FAMILY_VECTOR, /* … or how many parts it has; there are no operators for it */
	FAMILY_ADDRESS,
	FAMILY_FILE,
};

struct type {
	const char *name;
	enum family family;
	unsigned bits; /* of a number */
	bool is_signed;
};

extern const struct type types[];
extern const size_t n_types;

/* What texts are made of. */
#define N_WORDS 21
extern const char *const words[N_WORDS];

/* What is told of an argument. */
struct told {
	bool fault;
	bool lost; /* what leads to it could not be read: struct hook_lost */
	bool truncated;
	uint64_t number;
	size_t size;
	char bytes[8192]; /* as in a record; with the NUL of a string */
};

/* Whether the argument behind it says something of it. */
bool type_is_sized(const struct type *type);

/* Where nothing is. */
#define NOWHERE ((void *)4096)

/* What may be outside what is looked for, with a NUL. Returns its length. */
#define TEXT_MAX 5000
size_t random_text(char *to);

/* Appends an operator and its values, such that it may be true or not. */
void type_append_match(const struct type *type, struct str *out);

/* An argument: returns what the call is given; *size is what the argument behind it is given. */
uint64_t type_argument(const struct type *type, size_t i, uint64_t *size, struct told *told);

/* The files that arguments name, and memory that they are in. */
void types_setup(const char *folder);

#endif
