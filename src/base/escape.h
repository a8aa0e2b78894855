/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_ESCAPE_H
#define OCELLI_BASE_ESCAPE_H

#include "base/str.h"

#include <stddef.h>

/*
 * Strings of strangers on their way to a terminal. What comes out of these
 * holds no control byte, no sequence that is not UTF-8, and no character that
 * is invisible or turns the text around it (C0, DEL, C1, format and bidi
 * controls, line and paragraph separators, blanks other than U+0020).
 */

/* Appends @s as one word: as it is, or quoted as Go's %q does when it holds a space or anything
 * that must be escaped. NULL is the empty word. */
void escape_word(struct str *out, const char *s);

/* Appends free text of @len bytes: no quotes, spaces stay, the rest as \n, \x1b, \u009b. */
void escape_text(struct str *out, const char *s, size_t len);

/* Appends a JSON text of @len bytes with the characters in its strings that could act on a
 * terminal as \u escapes, which leaves it the same JSON. */
void escape_json(struct str *out, const char *s, size_t len);

#endif
