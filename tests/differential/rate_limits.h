/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_RATE_LIMITS_H
#define OCELLI_TESTS_DIFFERENTIAL_RATE_LIMITS_H

#include "types.h"

/* The most that a limit names. */
#define LIMIT_FIELDS 3

/* A random rate limit of a post: what makes the same. */
struct limit {
	bool all; /* the values are, or these … */
	size_t n;
	struct {
		size_t value;
		enum limit_part {
			LIMIT_ALL,
			LIMIT_FAMILY,
			LIMIT_ADDRESS,
			LIMIT_PORT,
			_LIMIT_PART_MAX,
		} part;
	} fields[LIMIT_FIELDS];
};

/* Makes one of a hook with values of these types, @n_args of them arguments and the others data,
 * and appends it to an action. */
void limit_append(struct limit *limit, const struct type *const *values, size_t n_args, size_t n,
		  struct str *out);

/* Appends one by which all that is told is the same. */
void limit_append_all(struct str *out);

/* Adds to a hash what the limit says is the same, of @n values; or one value as it is told. */
uint64_t limit_hash(const struct limit *limit, uint64_t hash, const struct told *told, size_t n);
uint64_t limit_hash_told(uint64_t hash, const struct told *told);

#endif
