/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_COMPLAIN_H
#define OCELLI_CLI_COMPLAIN_H

#include "base/error.h"

/* Tells the user on standard error, "ocelli: …", escaped: what is wrong may be quoted from anyone.
 * Of several lines all but the first are indented. */
void complain(const char *fmt, ...) _printf_(1, 2);

/* The same of an error with its place and remedy; @r where there is none. */
void complain_error(const struct error *err, int r);

#endif
