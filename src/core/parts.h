/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_PARTS_H
#define OCELLI_CORE_PARTS_H

#include "abi/record.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Parts of values that came ahead of their hook's record. Some records never come,
 * for want of room in the ring or since a policy does not want to be told so often:
 * so many bytes are kept, and then the oldest give their place to the next.
 */
#define PARTS_MAX_BYTES (8UL << 20)

struct parts {
	struct list ages; /* the oldest first */
	size_t n;
};

void parts_init(struct parts *parts);
void parts_done(struct parts *parts);

/* Whether the oldest has to go before there is room for another; see parts_drop(). */
bool parts_full(const struct parts *parts);
void parts_drop(struct parts *parts);

/* Keeps a copy. Returns 0 or -ENOMEM. */
int parts_add(struct parts *parts, const struct record_part *part);

/*
 * Takes the parts of this record, and those of the same thread whose record did not
 * come. *ret: a copy of it, with them in their values, that the caller frees; NULL
 * if it has none. Returns how many were its own, with how many were not in
 * *ret_unused; or -ENOMEM, when none of its own is taken.
 */
int parts_join(struct parts *parts, const struct record_hook *record, struct record_hook **ret,
	       size_t *ret_unused);

#endif
