/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EVENT_JSON_NAME_H
#define OCELLI_EVENT_JSON_NAME_H

#include "base/str.h"

#include <stddef.h>

/* Appends parent_exec_id as parentExecId. */
void json_append_camel(struct str *out, const char *name, size_t len);

/* Appends parentExecId as parent_exec_id, and what has underscores already unchanged. */
void json_append_snake(struct str *out, const char *name, size_t len);

#endif
