/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_REDACT_H
#define OCELLI_CLI_REDACT_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether something of such a name may be a secret: it has "password", "token" or the like in it.
 */
bool redact_is_secret(const char *name, size_t len);

/* Appends text without what may be secrets: values of such names, as name=value or as the word
 * behind --name, also when it is in the lines that follow, as in YAML; what stands before an @ in
 * URLs; and keys in PEM. Words are what blanks, commas, quotes and NULs leave. */
void redact_text(struct str *out, const char *text, size_t len);

#endif
