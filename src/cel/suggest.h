/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_SUGGEST_H
#define OCELLI_CEL_SUGGEST_H

#include "base/error.h"

#include <stddef.h>

/* Finds, among names offered one by one, the one that was probably meant. */
struct cel_suggest {
	const char *wanted;
	const char *best; /* NULL: none is close */
	size_t distance;
};

void cel_suggest_init(struct cel_suggest *suggest, const char *wanted);
void cel_suggest_offer(struct cel_suggest *suggest, const char *name);

/* Adds "did you mean …?" to the error, if there is anything to suggest. */
void cel_suggest_remedy(const struct cel_suggest *suggest, struct error **reterr);

#endif
