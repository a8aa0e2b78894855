/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EVENT_BASE64_H
#define OCELLI_EVENT_BASE64_H

#include "base/str.h"

#include <stddef.h>

/* Appends @data as base64 of the standard alphabet (RFC 4648 §4), padded. */
void base64_append(struct str *out, const void *data, size_t len);

/*
 * Appends to @out the bytes that the base64 text @s stands for. Takes the
 * standard and the URL alphabet, with padding or without. Returns 0, or -EINVAL
 * with @out as it was.
 */
int base64_decode(struct str *out, const char *s, size_t len);

#endif
