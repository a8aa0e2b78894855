/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_TEXT_H
#define OCELLI_CEL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Strings as sequences of characters. What comes from events need not be
 * UTF-8: each byte that is none counts as a character, as in Go.
 */

/* Bytes of the first character; @len is not 0. */
size_t cel_text_step(const char *s, size_t len);

/* Number of characters. */
size_t cel_text_count(const char *s, size_t len);

/* The offset in bytes of the character numbered @index, or of the end when that is how many there
 * are. Returns false when there are fewer. */
bool cel_text_offset(const char *s, size_t len, uint64_t index, size_t *ret);

/* Writes the character @code, a Unicode scalar value. Returns how many bytes that took (1–4). */
size_t cel_text_encode(char *out, uint32_t code);

/* Takes Unicode's white space off both ends. */
void cel_text_trim(const char **s, size_t *len);

#endif
