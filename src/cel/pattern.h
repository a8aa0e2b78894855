/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_PATTERN_H
#define OCELLI_CEL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Regular expressions in PCRE2's syntax, of which RE2's, that CEL is defined
 * by, is nearly a subset: searched for anywhere, over characters, "$" only at
 * the very end. Bytes that are not UTF-8 match nothing.
 */
struct cel_pattern;

/* Why a pattern is bad. */
struct cel_pattern_error {
	char reason[128];
	size_t offset; /* in bytes */
};

/* Returns 0; -EINVAL with *ret_why; -E2BIG when it is longer than CEL_PATTERN_MAX; -ENOMEM. */
int cel_pattern_new(const char *s, size_t len, struct cel_pattern **ret,
		    struct cel_pattern_error *ret_why);
void cel_pattern_free(struct cel_pattern **pattern);

/* The memory that searching takes; one for each thread. */
struct cel_matcher;

int cel_matcher_new(struct cel_matcher **ret);
void cel_matcher_free(struct cel_matcher **matcher);

/* Returns 1 when found, 0 when not, -EOVERFLOW when that takes more steps or memory than the
 * limits allow (patterns can be made to take forever). */
int cel_pattern_search(const struct cel_pattern *pattern, struct cel_matcher *matcher,
		       const char *s, size_t len);

/* Where a pattern gets its memory that is used once: never given back one by one. */
typedef void *cel_pattern_alloc(size_t size, void *data);

/* As cel_pattern_new() and cel_pattern_search(), for a pattern known only now. */
int cel_pattern_search_once(const char *pattern, size_t pattern_len, cel_pattern_alloc *alloc,
			    void *alloc_data, struct cel_matcher *matcher, const char *s,
			    size_t len, struct cel_pattern_error *ret_why);

#endif
