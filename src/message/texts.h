/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_TEXTS_H
#define OCELLI_MESSAGE_TEXTS_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Text from outside as messages take it: valid UTF-8 with a NUL behind it. None
 * of these fails at the call: without memory the text is empty and ->failed set.
 */
struct texts {
	struct arena *arena; /* owns what is not borrowed */
	unsigned invalid;    /* that had to be repaired */
	bool failed;
};

/* @s, which has its NUL already, as it is where it can be. */
char *texts_borrow(struct texts *texts, const char *s, size_t len);

char *texts_copy(struct texts *texts, const char *s, size_t len);

/* What is in @s, as it is; frees that. */
char *texts_hold(struct texts *texts, struct str *s);

#endif
