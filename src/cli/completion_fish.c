// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/completion.h"

#include <string.h>

/* Whether the words of the command line that are no options are $argv, or that and more. */
static const char frame[] =
	"function __ocelli_words\n"
	"	set -l words (commandline -opc)\n"
	"	set -e words[1]\n"
	"	set -l found\n"
	"	set -l skip 0\n"
	"	for word in $words\n"
	"		if test $skip = 1\n"
	"			set skip 0\n"
	"		else if string match -q -- '-*' $word\n"
	"			contains -- $word $__ocelli_taking; and set skip 1\n"
	"		else if test (count $found) = 0\n"
	"			set -l at (contains -i -- $word $__ocelli_aliases)\n"
	"			and set -a found $__ocelli_names[$at]\n"
	"			or set -a found $word\n"
	"		else\n"
	"			set -a found $word\n"
	"		end\n"
	"	end\n"
	"	string join ' ' -- $found\n"
	"end\n"
	"\n"
	"function __ocelli_at\n"
	"	test \"$(__ocelli_words)\" = \"$argv\"\n"
	"end\n"
	"\n"
	"function __ocelli_in\n"
	"	string match -q -- \"$argv *\" \"$(__ocelli_words) \"\n"
	"end\n"
	"\n"
	"complete -c ocelli -f\n";

static void append_taking(struct str *out, const struct option_spec *specs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (specs[i].type == OPTION_BOOL || !completion_shows(&specs[i]))
			continue;
		str_appendf(out, " --%s", specs[i].name);
		if (specs[i].letter)
			str_appendf(out, " -%c", specs[i].letter);
	}
}

/* Options that take the next word, and other names of first words, with what they are of. */
static void append_lists(struct str *out)
{
	_cleanup_str_ struct str names = STR_INIT;

	str_append_lit(out, "set -g __ocelli_taking");
	append_taking(out, server_options, n_server_options);
	for (size_t i = 0; command_table[i]; i++)
		append_taking(out, command_table[i]->options, command_table[i]->n_options);
	str_append_lit(out, "\nset -g __ocelli_aliases");
	for (const struct command_group *group = command_groups; group->name; group++)
		for (const char *const *alias = group->aliases; alias && *alias; alias++) {
			str_appendf(out, " %s", *alias);
			str_appendf(&names, " %s", group->name);
		}
	for (size_t i = 0; command_table[i]; i++) {
		if (!command_table[i]->alias)
			continue;
		str_appendf(out, " %s", command_table[i]->alias);
		str_appendf(&names, " %s", command_table[i]->name);
	}
	str_append_lit(out, "\nset -g __ocelli_names");
	str_append(out, names.data, names.len);
	str_append_lit(out, "\n\n");
}

/* fish knows \' and \\ in single quotes. */
static void append_quoted(struct str *out, const char *text)
{
	str_append_char(out, '\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			str_append_char(out, '\\');
		str_append_char(out, *text);
	}
	str_append_char(out, '\'');
}

static void append_words(struct str *out, const struct completion_prefix *prefix, bool descriptions)
{
	struct completion_word word;

	for (size_t at = 0; completion_next(prefix, &at, &word);) {
		str_appendf(out, "complete -c ocelli -n '__ocelli_at %.*s' -a %.*s",
			    (int)prefix->len, prefix->text, (int)word.len, word.text);
		if (descriptions) {
			str_append_lit(out, " -d ");
			append_quoted(out, word.summary);
		}
		str_append_char(out, '\n');
	}
}

/* @command: NULL for options of all. */
static void append_options(struct str *out, const struct command *command,
			   const struct option_spec *specs, size_t n, bool descriptions)
{
	for (size_t i = 0; i < n; i++) {
		const struct option_spec *spec = &specs[i];

		if (!completion_shows(spec))
			continue;
		str_append_lit(out, "complete -c ocelli");
		if (command)
			str_appendf(out, " -n '__ocelli_in %s'", command->name);
		str_appendf(out, " -l %s", spec->name);
		if (spec->letter)
			str_appendf(out, " -s %c", spec->letter);
		if (spec->type != OPTION_BOOL)
			str_append_z(out, completion_is_file(spec) ? " -r -F" : " -x");
		if (spec->choices) {
			str_append_lit(out, " -a '");
			for (size_t j = 0; spec->choices[j]; j++)
				str_appendf(out, "%s%s", j ? " " : "", spec->choices[j]);
			str_append_char(out, '\'');
		}
		if (descriptions) {
			str_append_lit(out, " -d ");
			append_quoted(out, spec->help);
		}
		str_append_char(out, '\n');
	}
}

static void append_operands(struct str *out, const struct command *command)
{
	if (command->operands == OPERANDS_FILES)
		str_appendf(out, "complete -c ocelli -n '__ocelli_in %s' -F\n", command->name);
	for (size_t i = 0; command->operands == OPERANDS_WORDS && command->words[i]; i++)
		str_appendf(out, "complete -c ocelli -n '__ocelli_at %s' -a %s\n", command->name,
			    command->words[i]);
	for (size_t i = 0; command->operands == OPERANDS_COMMANDS && command_table[i]; i++)
		str_appendf(out, "complete -c ocelli -n '__ocelli_at %s' -a '%s'\n", command->name,
			    command_table[i]->name);
}

void completion_fish(struct str *out, bool descriptions)
{
	struct completion_prefix prefixes[COMPLETION_PREFIXES_MAX];
	size_t n = completion_prefixes(prefixes);

	str_append_lit(out, "# fish completion for ocelli; made by \"ocelli completion fish\"\n\n");
	append_lists(out);
	str_append_z(out, frame);
	for (size_t i = 0; i < n; i++)
		append_words(out, &prefixes[i], descriptions);
	append_options(out, NULL, common_options, n_common_options, descriptions);
	append_options(out, NULL, server_options, n_server_options, descriptions);
	for (size_t i = 0; command_table[i]; i++) {
		append_options(out, command_table[i], command_table[i]->options,
			       command_table[i]->n_options, descriptions);
		append_operands(out, command_table[i]);
	}
}
