// SPDX-License-Identifier: Apache-2.0
#include "config/option_internal.h"

#include <string.h>

/* Where the explanations begin, and the least room for them. */
#define HELP_COLUMN 34
#define HELP_ROOM 20

static void pad(struct str *out, unsigned n)
{
	while (n--)
		str_append_char(out, ' ');
}

static void append_wrapped(struct str *out, const char *text, unsigned column, unsigned width)
{
	unsigned room = width > column + HELP_ROOM ? width - column : HELP_ROOM, used = 0;

	while (*text) {
		unsigned word = (unsigned)strcspn(text, " ");

		if (used && used + 1 + word > room) {
			str_append_char(out, '\n');
			pad(out, column);
			used = 0;
		} else if (used) {
			str_append_char(out, ' ');
			used++;
		}
		str_append(out, text, word);
		used += word;
		text += word + strspn(text + word, " ");
	}
	str_append_char(out, '\n');
}

static void append_option(struct str *out, const struct option_spec *spec, unsigned width)
{
	_cleanup_str_ struct str help = STR_INIT;
	size_t from = out->len;

	if (spec->letter)
		str_appendf(out, "  -%c, ", spec->letter);
	else
		pad(out, strlen("  -x, "));
	str_appendf(out, "--%s", spec->name);
	if (spec->argument)
		str_appendf(out, " %s", spec->argument);
	if (out->len - from + 2 > HELP_COLUMN) {
		str_append_char(out, '\n');
		from = out->len;
	}
	pad(out, HELP_COLUMN - (unsigned)(out->len - from));

	str_append_z(&help, spec->help);
	for (size_t i = 0; spec->type == OPTION_CHOICE && spec->choices[i]; i++)
		str_appendf(&help, "%s %s", i ? "," : ":", spec->choices[i]);
	if (spec->initial)
		str_appendf(&help, " (default %s)", spec->initial);
	append_wrapped(out, str_cstr(&help) ? help.data : "", HELP_COLUMN, width);
}

void options_help(const struct options *opts, struct str *out, unsigned width)
{
	for (size_t i = 0; i < opts->n; i++) {
		const struct option_spec *spec = &opts->specs[i];

		if (!spec->hidden && !spec->inert && !spec->refuse)
			append_option(out, spec, width);
	}
}
