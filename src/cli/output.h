/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_OUTPUT_H
#define OCELLI_CLI_OUTPUT_H

#include "base/str.h"
#include "cli/command.h"

/* When to write out what has come together. */
#define OUTPUT_BLOCK (64 * 1024)

/* Writes all of @buf to the descriptor and empties it. Returns 0, or a negative errno: -EPIPE when
 * the reader has gone away, -ENOMEM when the buffer had failed. */
int output_flush(struct str *buf, int fd);

/* Prints all that a command has to say. What goes wrong is told; that the reader has gone away is
 * not. */
enum status output_print(struct str *text);

/* The same to a reader who may be slow: while he is, @meanwhile is called each so many ms and when
 * there was a signal; what it returns below 0 ends it. */
int output_flush_while(struct str *buf, int fd, int ms, int (*meanwhile)(void *data), void *data);

enum output_format { OUTPUT_TEXT, OUTPUT_JSON };

/* "text", "json" */
extern const char *const output_format_names[];

/* An option of a command, whose settings have an int for it at @at. */
#define OUTPUT_OPTION(at, says)          \
	{.name = "output",               \
	 .letter = 'o',                  \
	 .type = OPTION_CHOICE,          \
	 .choices = output_format_names, \
	 .offset = (at),                 \
	 .initial = "text",              \
	 .argument = "FORMAT",           \
	 .help = (says)}

#endif
