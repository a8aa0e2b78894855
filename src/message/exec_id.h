/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_EXEC_ID_H
#define OCELLI_MESSAGE_EXEC_ID_H

#include "base/str.h"
#include "core/key.h"

/* Appends base64("NODE:KTIME:PID"), the schema's id of one image of one process. */
void exec_id_append(struct str *out, const char *node, const struct process_key *key);

#endif
