/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_ARGUMENTS_H
#define OCELLI_MESSAGE_ARGUMENTS_H

#include "base/str.h"

#include <stddef.h>

/*
 * Appends the strings of an argument vector (each NUL-terminated, @len bytes in
 * all) but for the first, as the schema has them: joined by spaces, those with a
 * space in them quoted, without any escape. It cannot be undone; the vector
 * itself is one of our own fields. A quoted first argument gets a space before
 * it: consumers know it so.
 */
void arguments_append(struct str *out, const char *argv, size_t len);

/* Appends the next of them, of @len bytes; the first begins at @from. Returns where in @out it is,
 * without its quotes. */
size_t arguments_append_one(struct str *out, size_t from, const char *s, size_t len);

#endif
