/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_COLOR_H
#define OCELLI_CLI_COLOR_H

#include <stdbool.h>

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* "auto", "always", "never" */
extern const char *const color_names[];

/* Whether to colour what goes to @fd: with COLOR_AUTO, on terminals whose user does not mind
 * (no-color.org). */
bool color_wanted(int when, int fd);

/* An option of a command, whose settings have an int for it at @at. */
#define COLOR_OPTION(at, says)   \
	{.name = "color",        \
	 .type = OPTION_CHOICE,  \
	 .choices = color_names, \
	 .offset = (at),         \
	 .initial = "auto",      \
	 .argument = "WHEN",     \
	 .help = (says)}

#define COLOR_RED "\x1b[31m"
#define COLOR_GREEN "\x1b[32m"
#define COLOR_YELLOW "\x1b[33m"
#define COLOR_END "\x1b[0m"

#endif
