/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_MANUAL_H
#define OCELLI_CLI_MANUAL_H

#include "base/str.h"
#include "cli/command.h"

/* Appends the manual page of a command, in mdoc(7). Where it has a line '.\" DETAILS',
 * tools/man-pages puts what was written by hand. */
void manual_page(const struct command *command, struct str *out);

/* Appends the items of lists for ocelli(1): all commands with their pages, and the options that
 * every command takes. */
void manual_commands(struct str *out);
void manual_common_options(struct str *out);

#endif
