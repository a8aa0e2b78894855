/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPORT_BACKLOG_H
#define OCELLI_EXPORT_BACKLOG_H

#include <stddef.h>

/*
 * What a reader has not taken yet: a ring of bytes that takes memory from the
 * system as it fills, doubling up to @limit, and gives it all back when it is
 * empty. The limit is what growth aims at: a single append may pass it.
 */
struct backlog {
	char *data;
	size_t cap;
	size_t head;
	size_t len;
	size_t limit;
};

/* Returns 0, or -ENOMEM with the backlog as it was. */
int backlog_append(struct backlog *backlog, const char *data, size_t len);

/* Sets *ret to the oldest bytes. Returns how many of them lie there in one piece. */
size_t backlog_front(const struct backlog *backlog, const char **ret);

/* Forgets the @n oldest bytes. */
void backlog_consume(struct backlog *backlog, size_t n);

void backlog_clear(struct backlog *backlog);

#endif
