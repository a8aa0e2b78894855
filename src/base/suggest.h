/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_SUGGEST_H
#define OCELLI_BASE_SUGGEST_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Finds, among names offered one by one, the one that was probably meant: the nearest, of several
 * the first. */
struct suggest {
	const char *wanted;
	size_t len;
	const char *best; /* NULL: none is close */
	size_t distance;
};

/* @mistakes: how many letters may be wrong (base/distance.h). */
void suggest_init(struct suggest *suggest, const char *wanted, size_t len, size_t mistakes);

/* Returns whether it is the best so far. */
bool suggest_offer(struct suggest *suggest, const char *name);

/* Adds "did you mean …?" to the error, if there is anything else to suggest. */
void suggest_remedy(const struct suggest *suggest, struct error **reterr);

#endif
