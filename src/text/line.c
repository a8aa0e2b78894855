// SPDX-License-Identifier: Apache-2.0
#include "text/line.h"
#include "base/escape.h"

#define KIND_WIDTH 7
#define CAPS_COLUMN 120

/* Drawn as two columns, but counted as one, as other tools do. */
#define CAPS_TEXT "🛑 CAP_SYS_ADMIN"
#define CAPS_WIDTH (sizeof("x CAP_SYS_ADMIN") - 1)

void line_begin(struct line *line, struct str *out, bool color)
{
	*line = (struct line){.out = out, .color = color, .start = out->len};
}

void line_paint(struct line *line, enum line_color color)
{
	if (!line->color)
		return;
	str_append_lit(line->out, "\x1b[");
	str_append_u64(line->out, color);
	str_append_char(line->out, 'm');
	line->unseen += sizeof("\x1b[31m") - 1;
}

void line_unpaint(struct line *line)
{
	if (!line->color)
		return;
	str_append_lit(line->out, "\x1b[0m");
	line->unseen += sizeof("\x1b[0m") - 1;
}

void line_word(struct line *line, const char *word)
{
	escape_word(line->out, word);
}

void line_painted_word(struct line *line, enum line_color color, const char *word)
{
	line_paint(line, color);
	line_word(line, word);
	line_unpaint(line);
}

void line_title(struct line *line, enum line_color color, const char *emoji, const char *kind)
{
	line_paint(line, color);
	str_append_z(line->out, emoji);
	str_append_char(line->out, ' ');
	line_word(line, kind);
	for (size_t i = strlen(kind); i < KIND_WIDTH; i++)
		str_append_char(line->out, ' ');
	line_unpaint(line);
}

void line_process(struct line *line, const char *node, const Tetragon__Process *process)
{
	str_append_char(line->out, ' ');
	line_paint(line, LINE_GREEN);
	if (process && process->pod) {
		line_word(line, process->pod->namespace_);
		str_append_char(line->out, '/');
		line_word(line, process->pod->name);
	} else {
		line_word(line, node);
	}
	line_unpaint(line);
	str_append_char(line->out, ' ');
	line_painted_word(line, LINE_MAGENTA, process ? process->binary : "?");
}

static bool has_effective(const Tetragon__Process *process, Tetragon__CapabilitiesType wanted)
{
	if (!process || !process->cap)
		return false;
	for (size_t i = 0; i < process->cap->n_effective; i++)
		if (process->cap->effective[i] == wanted)
			return true;
	return false;
}

void line_caps(struct line *line, const Tetragon__Process *process)
{
	size_t seen = line->out->len - line->start - line->unseen;

	if (!has_effective(process, TETRAGON__CAPABILITIES_TYPE__CAP_SYS_ADMIN))
		return;
	str_append_char(line->out, ' ');
	for (seen += CAPS_WIDTH; seen < CAPS_COLUMN; seen++)
		str_append_char(line->out, ' ');
	line_paint(line, LINE_MAGENTA);
	str_append_lit(line->out, CAPS_TEXT);
	line_unpaint(line);
}
