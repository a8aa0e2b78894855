/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TEXT_LINE_H
#define OCELLI_TEXT_LINE_H

#include "base/str.h"
#include "tetragon/tetragon.pb-c.h"

#include <stdbool.h>

/*
 * One line of text about an event, being written. Everything that comes from
 * the event goes through line_word(): nothing else of it may reach @out.
 */
struct line {
	struct str *out;
	bool color;
	size_t start;  /* of the line in @out */
	size_t unseen; /* bytes of it that are colour codes */
};

/* As ECMA-48 numbers the foreground colours. */
enum line_color {
	LINE_RED = 31,
	LINE_GREEN,
	LINE_YELLOW,
	LINE_BLUE,
	LINE_MAGENTA,
	LINE_CYAN,
};

void line_begin(struct line *line, struct str *out, bool color);

/* What is appended between the two is painted. They do not nest. */
void line_paint(struct line *line, enum line_color color);
void line_unpaint(struct line *line);

/* Appends a string of the event, escaped. */
void line_word(struct line *line, const char *word);
void line_painted_word(struct line *line, enum line_color color, const char *word);

/* Appends what happened: an emoji, and a name padded to seven columns. */
void line_title(struct line *line, enum line_color color, const char *emoji, const char *kind);

/* Appends where and who: the pod or else the node, and the binary. A process that is not in the
 * event is a question mark. */
void line_process(struct line *line, const char *node, const Tetragon__Process *process);

/* Appends the capabilities worth a warning, so that they end at column 120. */
void line_caps(struct line *line, const Tetragon__Process *process);

#endif
