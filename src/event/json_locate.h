/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EVENT_JSON_LOCATE_H
#define OCELLI_EVENT_JSON_LOCATE_H

#include "base/str.h"

#include <stddef.h>

/*
 * Where a value is in a document: jansson's values do not know where in the
 * text they were, so it is looked for once there is something to complain about.
 */
struct json_place {
	const struct json_place *up; /* what the value is in; NULL for the document itself */
	const char *key;             /* in an object; NULL: in an array, at @index */
	size_t index;
	unsigned depth;
};

/* Returns the offset of the value in @text, which must be valid JSON, and its length in *ret_len.
 * Of members with the same name it is the last. What cannot be found is taken for what it is in. */
size_t json_locate(const char *text, size_t len, const struct json_place *place, size_t *ret_len);

/* Appends process_exec.ancestors[2].pid; nothing for the document itself. */
void json_place_append(struct str *out, const struct json_place *place);

#endif
