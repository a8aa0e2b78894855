/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_TEXTS_H
#define OCELLI_MESSAGE_TEXTS_H

#include "base/arena.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct process;

/*
 * Text from outside as messages take it: valid UTF-8 with a NUL behind it. None
 * of these fails at the call: without memory the text is empty and ->failed set.
 */
struct texts {
	struct arena *arena; /* owns what is not borrowed */
	/* Hides what must not be told in a string of @process: appends all that may be. Returns
	 * false, and has appended nothing, when nothing is to be hidden. NULL: that never is. */
	bool (*redact)(void *userdata, const struct process *process, const char *s, size_t len,
		       struct str *out);
	void *userdata;
	const struct process *process;
	unsigned invalid; /* that had to be repaired */
	bool failed;
};

/* @s, which has its NUL already, as it is where it can be. */
char *texts_borrow(struct texts *texts, const char *s, size_t len);

char *texts_copy(struct texts *texts, const char *s, size_t len);

/* A valid text without what must not be told. */
char *texts_redact(struct texts *texts, char *s);

/* What is in @s, as it is; frees that. */
char *texts_hold(struct texts *texts, struct str *s);

#endif
