/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_HASHES_H
#define OCELLI_MESSAGE_HASHES_H

#include "message/texts.h"
#include "abi/record.h"

/* The hash of a file that came with the hit of a hook, "sha256:0123…"; NULL: none did. */
char *hash_text(struct texts *texts, const struct record_hook *record);

#endif
