/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_JSON_MEMBERS_H
#define OCELLI_CLI_JSON_MEMBERS_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * JSON as commands print it, piece by piece. Each piece brings the comma before
 * it where one belongs, also where a line ends. @name is that of a member of an
 * object; NULL: it is an element of an array, or all there is.
 */

/* @bracket: '{' or '[' */
void json_put_begin(struct str *out, const char *name, char bracket);
/* '}' or ']' */
void json_put_end(struct str *out, char bracket);

/* null for NULL */
void json_put_string(struct str *out, const char *name, const char *value);
void json_put_bytes(struct str *out, const char *name, const char *value, size_t len);
/* A name, with what is behind it to come. */
void json_put_name(struct str *out, const char *name);
void json_put_number(struct str *out, const char *name, uint64_t value);
void json_put_bool(struct str *out, const char *name, bool value);

#endif
