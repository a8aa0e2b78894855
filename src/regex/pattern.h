/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_REGEX_PATTERN_H
#define OCELLI_REGEX_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Regular expressions in PCRE2's syntax, of which RE2's, that policies and CEL
 * are defined by, is nearly a subset: searched for anywhere, "$" only at the
 * very end, "." anything but a line feed.
 */
struct pattern;

enum pattern_kind {
	PATTERN_OF_BYTES,
	PATTERN_OF_CHARACTERS, /* bytes that are not UTF-8 match nothing */
};

/* Longest pattern, in bytes. */
#define PATTERN_MAX 16384

/* Why a pattern is bad. */
struct pattern_error {
	char reason[128];
	size_t offset; /* in bytes */
};

/* Returns 0; -EINVAL with *ret_why; -E2BIG when it is longer than PATTERN_MAX; -ENOMEM. */
int pattern_new(const char *s, size_t len, enum pattern_kind kind, struct pattern **ret,
		struct pattern_error *ret_why);
void pattern_free(struct pattern **pattern);

/* The memory that searching takes; one for each thread. */
struct matcher;

int matcher_new(struct matcher **ret);
void matcher_free(struct matcher **matcher);

/* Returns 1 when found, 0 when not, -EOVERFLOW when that takes more steps or memory than the
 * limits allow (patterns can be made to take forever). */
int pattern_search(const struct pattern *pattern, struct matcher *matcher, const char *s,
		   size_t len);

/* How many capturing groups it has. */
size_t pattern_groups(const struct pattern *pattern);

/* For pattern_find() of that pattern, and those with no more groups. */
int matcher_new_for(const struct pattern *pattern, struct matcher **ret);

struct pattern_span {
	size_t start, end; /* ->start PATTERN_UNSET: the group has no part in it */
};

#define PATTERN_UNSET SIZE_MAX

/* As pattern_search(), from @from on; *ret: where it was found, and then where each of its groups
 * was, good until the matcher is used again. */
int pattern_find(const struct pattern *pattern, struct matcher *matcher, const char *s, size_t len,
		 size_t from, const struct pattern_span **ret);

/* Where a pattern gets its memory that is used once: never given back one by one. */
typedef void *pattern_alloc(size_t size, void *data);

/* As pattern_new() and pattern_search(), for a pattern known only now. */
int pattern_search_once(const char *pattern, size_t pattern_len, enum pattern_kind kind,
			pattern_alloc *alloc, void *alloc_data, struct matcher *matcher,
			const char *s, size_t len, struct pattern_error *ret_why);

#endif
