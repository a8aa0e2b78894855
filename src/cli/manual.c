// SPDX-License-Identifier: Apache-2.0
#include "cli/manual.h"

#include <ctype.h>
#include <string.h>

/* Text of ours on lines of its own, each sentence on a new one. */
static void append_text(struct str *out, const char *text)
{
	bool begins = true;

	for (; *text; text++) {
		bool ends = strchr(".!?", *text) && text[1] == ' ' && !islower(text[2]);

		if (begins && (*text == '.' || *text == '\''))
			str_append_lit(out, "\\&");
		begins = false;
		if (*text == '\\')
			str_append_lit(out, "\\e");
		else if (*text == '-' && text[1] == '-')
			str_append_lit(out, "\\-");
		else
			str_append_char(out, *text);
		if (ends) {
			str_append_char(out, '\n');
			begins = true;
			text++;
		}
	}
	str_append_char(out, '\n');
}

/* With a blank line between paragraphs. */
static void append_paragraphs(struct str *out, const char *text)
{
	for (;;) {
		const char *end = strstr(text, "\n\n");
		_cleanup_str_ struct str paragraph = STR_INIT;

		str_append(&paragraph, text, end ? (size_t)(end - text) : strlen(text));
		if (str_cstr(&paragraph))
			append_text(out, paragraph.data);
		if (!end)
			return;
		str_append_lit(out, ".Pp\n");
		text = end + 2;
	}
}

/* An argument of a macro: in quotes when it has blanks. */
static void append_argument(struct str *out, const char *text)
{
	str_appendf(out, strchr(text, ' ') ? " \"%s\"" : " %s", text);
}

/* One without a name is that the option was not given. */
static void append_choices(struct str *out, const char *const *choices)
{
	const char *comma = "";

	str_append_lit(out, "One of");
	for (; *choices; choices++) {
		if (!(*choices)[0])
			continue;
		str_appendf(out, "%s\n.Cm %s", comma, *choices);
		comma = " ,";
	}
	str_append_lit(out, " .\n");
}

static void append_option(struct str *out, const struct option_spec *spec)
{
	if (spec->hidden || spec->inert || spec->refuse)
		return;
	str_append_lit(out, ".It");
	if (spec->letter) {
		str_appendf(out, " Fl %c", spec->letter);
		if (spec->argument)
			str_appendf(out, " Ar %s", spec->argument);
		str_append_lit(out, " ,");
	}
	str_appendf(out, " Fl Fl %s", spec->name);
	if (spec->argument)
		str_appendf(out, " Ar %s", spec->argument);
	str_append_char(out, '\n');
	append_text(out, spec->help);
	out->len--;
	str_append_lit(out, ".\n");
	if (spec->choices)
		append_choices(out, spec->choices);
	if (spec->initial && spec->initial[0])
		str_appendf(out, "By default\n.Cm %s .\n", spec->initial);
}

static void append_options(struct str *out, const struct option_spec *specs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		append_option(out, &specs[i]);
}

static void append_own_options(struct str *out, const struct command *command)
{
	_cleanup_str_ struct str items = STR_INIT;

	append_options(&items, command->options, command->n_options);
	if (!items.len)
		return;
	str_append_lit(out, ".Bl -tag -width Ds\n");
	str_append(out, items.data, items.len);
	str_append_lit(out, ".El\n.Pp\n");
}

static void append_name(struct str *out, const char *name, bool upper)
{
	str_append_z(out, upper ? "OCELLI-" : "ocelli-");
	for (; *name; name++)
		str_append_char(out, *name == ' ' ? '-' : (char)(upper ? toupper(*name) : *name));
}

static void append_exit_status(struct str *out, const struct command *command)
{
	str_append_lit(out, ".Sh EXIT STATUS\n");
	if (command->exit_status) {
		append_text(out, command->exit_status);
		out->len--;
		str_append_lit(out, ".\n");
	}
	str_append_lit(out, "See\n.Xr ocelli 1 .\n");
}

static void append_examples(struct str *out, const struct example *example)
{
	str_append_lit(out, ".Sh EXAMPLES\n");
	for (; example->line; example++) {
		append_text(out, example->says);
		out->len--;
		str_append_lit(out, ":\n.Pp\n.Dl");
		for (const char *p = example->line; *p; p++) {
			if (p == example->line)
				str_append_char(out, ' ');
			if (*p == '\\')
				str_append_lit(out, "\\e");
			else if (*p == '"')
				str_append_lit(out, "\\(dq");
			else
				str_append_char(out, *p);
		}
		str_append_char(out, '\n');
		if (example[1].line)
			str_append_lit(out, ".Pp\n");
	}
}

void manual_page(const struct command *command, struct str *out)
{
	str_append_lit(out, ".Dt ");
	append_name(out, command->name, true);
	str_append_lit(out, " 1\n.Os\n.Sh NAME\n.Nm ");
	append_name(out, command->name, false);
	str_append_lit(out, "\n.Nd ");
	str_append_char(out, (char)tolower(command->summary[0]));
	append_text(out, command->summary + 1);
	str_appendf(out, ".Sh SYNOPSIS\n.Nm ocelli %s\n.Op Ar option ...\n", command->name);
	if (command->arguments) {
		str_append_lit(out, ".Li");
		append_argument(out, command->arguments);
		str_append_char(out, '\n');
	}
	str_append_lit(out, ".Sh DESCRIPTION\n");
	append_text(out, command->summary);
	out->len--;
	str_append_lit(out, ".\n");
	if (command->alias)
		str_appendf(out, "Its other name is\n.Cm ocelli %s .\n", command->alias);
	if (command->description) {
		str_append_lit(out, ".Pp\n");
		append_paragraphs(out, command->description);
	}
	str_append_lit(out, ".\\\" DETAILS\n.Sh OPTIONS\n");
	append_own_options(out, command);
	str_append_z(
		out,
		command->remote
			? "Those of every command, and for the connection to the agent, are in\n"
			: "Those of every command are in\n");
	str_append_lit(out, ".Xr ocelli 1 .\n");
	append_exit_status(out, command);
	if (command->examples)
		append_examples(out, command->examples);
	str_append_lit(out, ".Sh SEE ALSO\n.Xr ocelli 1 ,\n.Xr ocellid 8\n");
}

void manual_commands(struct str *out)
{
	for (size_t i = 0; command_table[i]; i++) {
		str_append_lit(out, ".It Xr ");
		append_name(out, command_table[i]->name, false);
		str_append_lit(out, " 1\n");
		append_text(out, command_table[i]->summary);
		out->len--;
		str_append_lit(out, ".\n");
	}
}

void manual_common_options(struct str *out)
{
	append_options(out, common_options, n_common_options);
	append_option(out, &version_option);
	append_options(out, server_options, n_server_options);
}
