/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_READER_H
#define OCELLI_COMPILE_READER_H

#include "policy/arg_type.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How arguments that are no plain numbers are read: by a function of the library
 * (bpf/hook_slot.bpf.h), each into a value laid out as abi/value.h says; and what
 * of that value operators look at.
 */

struct operator;

/* A part of a value. */
struct part {
	uint16_t offset;
	uint16_t bits; /* of a number; of an address, in its longest form; 0: bytes up to the end */
	bool exists;
};

enum reader_part {
	PART_BYTES, /* a string, a path, a buffer */
	PART_NUMBER,
	PART_MODE,
	PART_FAMILY,
	PART_PROTOCOL,
	PART_STATE,
	PART_SPORT,
	PART_DPORT,
	PART_SADDR,
	PART_DADDR,
	_PART_MAX,
};

struct layout {
	struct part fields[_PART_MAX];
};

enum reader_size {
	SIZE_NONE,
	SIZE_ARGUMENT, /* sizeArgIndex says which argument it is */
	SIZE_LITERAL,  /* sizeArgIndex is it */
};

struct reader {
	enum arg_type_id type;
	const char *function;
	int32_t what; /* for the function */
	enum reader_size size;
	const struct layout *layout;
};

/* NULL: it is a plain number, or nothing. */
const struct reader *reader_of(enum arg_type_id type);

/* Which part the operator looks at, where it is not asked of plain numbers. */
enum reader_part operator_part(const struct operator* op, const struct arg_type *type);

#endif
