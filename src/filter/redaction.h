/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_REDACTION_H
#define OCELLI_FILTER_REDACTION_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* What takes the place of what is hidden. */
#define REDACTION_MARK "*****"

/*
 * RedactionFilter messages made ready: of a string, what the capturing groups of
 * their patterns match is to be hidden. Where that cannot be told within the
 * limits, all of the string is. One thread at a time.
 */
struct redaction;

/* Reads the messages in a text: see json_list_read() for its form, limits and errors. One that
 * would hide nothing is an error, too. */
int redaction_read(const char *text, size_t len, const char *origin, struct redaction **ret,
		   struct error **reterr);
void redaction_free(struct redaction **redaction);

/* Begins with the strings of a process that runs @binary; NULL: it is not known, and all filters
 * are for it. Returns whether any is. All of these strings together have a limit of time. */
bool redaction_begin(struct redaction *redaction, const char *binary);

struct redaction_span {
	size_t start, end;
};

/* Finds what is to be hidden in @s, which is UTF-8. Returns the number of parts, *ret: these, in
 * their order, none of which overlap; good until the next call. */
size_t redaction_find(struct redaction *redaction, const char *s, size_t len,
		      const struct redaction_span **ret);

/* Appends the part of @s from @start to @end, without what is hidden. */
void redaction_append(struct str *out, const char *s, size_t start, size_t end,
		      const struct redaction_span *spans, size_t n);

/* Strings that were hidden, or binaries that were taken for one of a filter's, because nobody could
 * tell. */
uint64_t redaction_doubts(const struct redaction *redaction);

#endif
