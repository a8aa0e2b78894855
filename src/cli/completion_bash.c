// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/completion.h"

#include <stdlib.h>
#include <string.h>

/* Finds out which command it is, in $command, and calls what knows about that. */
static const char frame[] =
	"_ocelli() {\n"
	"	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	"	local command= word i\n"
	"	COMPREPLY=()\n"
	"	# \"--name=value\" comes in three words.\n"
	"	if [[ $cur == = ]]; then\n"
	"		cur=\n"
	"	elif [[ $prev == = && COMP_CWORD -gt 2 ]]; then\n"
	"		prev=${COMP_WORDS[COMP_CWORD-2]}\n"
	"	fi\n"
	"	for ((i = 1; i < COMP_CWORD; i++)); do\n"
	"		word=${COMP_WORDS[i]}\n"
	"		if [[ $word == -* ]]; then\n"
	"			[[ ${COMP_WORDS[i+1]} != = ]] || ((i += 2))\n"
	"			! _ocelli_takes_value \"$word\" || [[ ${COMP_WORDS[i]} != "
	"\"$word\" ]] || ((i++))\n"
	"		else\n"
	"			_ocelli_step \"$command\" \"$word\" && continue\n"
	"			# An argument; of a group there are none.\n"
	"			! _ocelli_is_group \"$command\" || return\n"
	"			break\n"
	"		fi\n"
	"	done\n"
	"	_ocelli_value \"$command\" \"$prev\" && return\n"
	"	_ocelli_words \"$command\"\n"
	"}\n"
	"\n"
	"_ocelli_reply() { mapfile -t COMPREPLY < <(compgen \"$@\" -- \"$cur\"); }\n"
	"\n"
	"_ocelli_files() {\n"
	"	compopt -o filenames 2>/dev/null\n"
	"	_ocelli_reply -f\n"
	"}\n";

static void append_option(struct str *out, const struct option_spec *spec, const char *separator)
{
	str_appendf(out, "%s--%s", separator, spec->name);
	if (spec->letter)
		str_appendf(out, "%s-%c", separator[0] ? separator : " ", spec->letter);
}

/* --- options before which words do not count */

static void append_taking(struct str *out, const struct option_spec *specs, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (specs[i].type == OPTION_BOOL || !completion_shows(&specs[i]))
			continue;
		append_option(out, &specs[i], out->data[out->len - 1] == '\t' ? "" : "|");
	}
}

/* A letter means one thing in all commands, as far as that goes. */
static void append_takes_value(struct str *out)
{
	str_append_lit(out, "_ocelli_takes_value() {\n	case $1 in\n	");
	append_taking(out, server_options, n_server_options);
	for (size_t i = 0; command_table[i]; i++)
		append_taking(out, command_table[i]->options, command_table[i]->n_options);
	str_append_lit(out, ") ;;\n	*) return 1 ;;\n	esac\n}\n\n");
}

/* --- words of commands */

static void append_word_pattern(struct str *out, const struct completion_prefix *prefix,
				const struct completion_word *word, const char *name, size_t len)
{
	str_appendf(out, "	\"%.*s:%.*s\") command=\"%.*s%s%.*s\" ;;\n", (int)prefix->len,
		    prefix->text, (int)len, name, (int)prefix->len, prefix->text,
		    prefix->len ? " " : "", (int)word->len, word->text);
}

static void append_step(struct str *out)
{
	struct completion_prefix prefixes[COMPLETION_PREFIXES_MAX];
	size_t n = completion_prefixes(prefixes);

	str_append_lit(out, "_ocelli_step() {\n	case $1:$2 in\n");
	for (size_t i = 0; i < n; i++) {
		struct completion_word word;

		for (size_t at = 0; completion_next(&prefixes[i], &at, &word);) {
			append_word_pattern(out, &prefixes[i], &word, word.text, word.len);
			if (word.alias)
				append_word_pattern(out, &prefixes[i], &word, word.alias,
						    strlen(word.alias));
			for (const char *const *a = word.aliases; a && *a; a++)
				append_word_pattern(out, &prefixes[i], &word, *a, strlen(*a));
		}
	}
	str_append_lit(out, "	*) return 1 ;;\n	esac\n}\n\n");
}

static void append_is_group(struct str *out)
{
	struct completion_prefix prefixes[COMPLETION_PREFIXES_MAX];
	size_t n = completion_prefixes(prefixes);

	str_append_lit(out, "_ocelli_is_group() {\n	case $1 in\n	");
	for (size_t i = 0; i < n; i++)
		str_appendf(out, "%s\"%.*s\"", i ? "|" : "", (int)prefixes[i].len,
			    prefixes[i].text);
	str_append_lit(out, ") ;;\n	*) return 1 ;;\n	esac\n}\n\n");
}

/* --- values of options */

/* @command: "*" for options of all. */
static void append_value(struct str *out, const char *command, const struct option_spec *spec)
{
	if (spec->type == OPTION_BOOL || !completion_shows(spec))
		return;
	str_appendf(out, "	%s:--%s", command, spec->name);
	if (spec->letter)
		str_appendf(out, "|%s:-%c", command, spec->letter);
	str_append_lit(out, ")");
	if (spec->choices) {
		str_append_lit(out, " _ocelli_reply -W '");
		for (size_t i = 0; spec->choices[i]; i++)
			str_appendf(out, "%s%s", i ? " " : "", spec->choices[i]);
		str_append_lit(out, "'");
	} else if (completion_is_file(spec)) {
		str_append_lit(out, " _ocelli_files");
	}
	str_append_lit(out, " ;;\n");
}

/* A name as a pattern: its blanks mean nothing but themselves. */
static void append_command_values(struct str *out, const struct command *command)
{
	_cleanup_str_ struct str name = STR_INIT;

	for (const char *p = command->name; *p; p++)
		str_appendf(&name, "%s%c", *p == ' ' ? "\\" : "", *p);
	for (size_t i = 0; i < command->n_options && str_cstr(&name); i++)
		append_value(out, name.data, &command->options[i]);
}

static void append_values(struct str *out)
{
	str_append_lit(out, "_ocelli_value() {\n	case $1:$2 in\n");
	for (size_t i = 0; command_table[i]; i++)
		append_command_values(out, command_table[i]);
	for (size_t i = 0; i < n_server_options; i++)
		append_value(out, "*", &server_options[i]);
	str_append_lit(out, "	*) return 1 ;;\n	esac\n}\n\n");
}

/* --- options and arguments */

static void append_options(struct str *out, const struct command *command)
{
	size_t n;
	_cleanup_free_ struct option_spec *specs = command_options(command, &n);

	for (size_t i = 0; i < n && specs; i++)
		if (completion_shows(&specs[i]))
			append_option(out, &specs[i], " ");
}

static void append_prefix_words(struct str *out, const struct completion_prefix *prefix)
{
	struct completion_word word;

	str_appendf(out, "	\"%.*s\")\n		_ocelli_reply -W '", (int)prefix->len,
		    prefix->text);
	for (size_t at = 0; completion_next(prefix, &at, &word);)
		str_appendf(out, "%.*s ", (int)word.len, word.text);
	if (!prefix->len)
		append_options(out, NULL);
	str_append_lit(out, "' ;;\n");
}

static void append_command_words(struct str *out, const struct command *command)
{
	str_appendf(out,
		    "	\"%s\")\n		if [[ $cur == -* ]]; then\n"
		    "			_ocelli_reply -W '",
		    command->name);
	append_options(out, command);
	str_append_lit(out, "'\n");
	if (command->operands == OPERANDS_FILES) {
		str_append_lit(out, "		else\n			_ocelli_files\n");
	} else if (command->operands == OPERANDS_WORDS) {
		str_append_lit(out, "		else\n			_ocelli_reply -W '");
		for (size_t i = 0; command->words[i]; i++)
			str_appendf(out, "%s%s", i ? " " : "", command->words[i]);
		str_append_lit(out, "'\n");
	} else if (command->operands == OPERANDS_COMMANDS) {
		str_append_lit(out, "		else\n			_ocelli_words ''\n");
	}
	str_append_lit(out, "		fi ;;\n");
}

void completion_bash(struct str *out, bool descriptions)
{
	struct completion_prefix prefixes[COMPLETION_PREFIXES_MAX];
	size_t n = completion_prefixes(prefixes);

	str_append_lit(out, "# bash completion for ocelli; made by \"ocelli completion bash\"\n\n");
	append_takes_value(out);
	append_step(out);
	append_is_group(out);
	append_values(out);
	str_append_lit(out, "_ocelli_words() {\n	case $1 in\n");
	for (size_t i = 0; i < n; i++)
		append_prefix_words(out, &prefixes[i]);
	for (size_t i = 0; command_table[i]; i++)
		append_command_words(out, command_table[i]);
	str_append_lit(out, "	esac\n}\n\n");
	str_append_z(out, frame);
	str_append_lit(out, "\ncomplete -F _ocelli ocelli\n");
}
