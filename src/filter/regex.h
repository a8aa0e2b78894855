/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_REGEX_H
#define OCELLI_FILTER_REGEX_H

#include "base/error.h"

/* A regular expression of a filter: a pattern of bytes (regex/pattern.h) with what searching for it
 * takes. One thread at a time. */
struct regex;

/* Returns 0; -EINVAL for a bad pattern, with the reason and the place in it; -E2BIG; -ENOMEM. */
int regex_new(const char *pattern, struct regex **ret, struct error **reterr);

/* Returns 1 when @text matches, 0 when not, -EOVERFLOW when that could not be found out within the
 * limits on steps and memory. */
int regex_match(struct regex *regex, const char *text);

void regex_free(struct regex **regex);

#endif
