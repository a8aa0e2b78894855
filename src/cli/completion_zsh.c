// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/completion.h"

#include <string.h>

/* Text within single quotes and within brackets or before a colon of what _arguments and _describe
 * take. */
static void append_escaped(struct str *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			str_append_lit(out, "'\\''");
		else if (strchr(":[]\\", *text))
			str_appendf(out, "\\%c", *text);
		else
			str_append_char(out, *text);
	}
}

static void append_option(struct str *out, const struct option_spec *spec, bool descriptions)
{
	const char *repeats = spec->type == OPTION_STRINGS ? "*" : "";

	if (!completion_shows(spec))
		return;
	if (spec->letter)
		str_appendf(out, "	'%s'{-%c,--%s}'", repeats, spec->letter, spec->name);
	else
		str_appendf(out, "	'%s--%s", repeats, spec->name);
	if (spec->type != OPTION_BOOL && !spec->letter)
		str_append_char(out, '=');
	if (descriptions) {
		str_append_char(out, '[');
		append_escaped(out, spec->help);
		str_append_char(out, ']');
	}
	if (spec->type != OPTION_BOOL)
		str_appendf(out, ":%s:", spec->argument ? spec->argument : "value");
	if (spec->choices) {
		str_append_char(out, '(');
		for (size_t i = 0; spec->choices[i]; i++)
			str_appendf(out, "%s%s", i ? " " : "", spec->choices[i]);
		str_append_char(out, ')');
	} else if (completion_is_file(spec)) {
		str_append_lit(out, "_files");
	}
	str_append_lit(out, "'\n");
}

static void append_options(struct str *out, const char *name, const struct option_spec *specs,
			   size_t n, bool descriptions)
{
	str_appendf(out, "%s=(\n", name);
	for (size_t i = 0; i < n; i++)
		append_option(out, &specs[i], descriptions);
	str_append_lit(out, ")\n");
}

static void append_prefix(struct str *out, const struct completion_prefix *prefix,
			  bool descriptions)
{
	struct completion_word word;

	str_appendf(out, "	'%.*s')\n		words_here=(\n", (int)prefix->len,
		    prefix->text);
	for (size_t at = 0; completion_next(prefix, &at, &word);) {
		str_appendf(out, "		'%.*s", (int)word.len, word.text);
		if (descriptions) {
			str_append_char(out, ':');
			append_escaped(out, word.summary);
		}
		str_append_lit(out, "'\n");
	}
	str_append_lit(out, "		)\n		_arguments $common '*: :->word'\n"
			    "		[[ $state != word ]] || _describe command words_here ;;\n");
}

static void append_command(struct str *out, const struct command *command, bool descriptions)
{
	str_appendf(out, "	'%s')\n		", command->name);
	append_options(out, "own", command->options, command->n_options, descriptions);
	str_append_lit(out, "		_arguments $common $own");
	switch (command->operands) {
	case OPERANDS_FILES:
		str_append_lit(out, " '*:file:_files'");
		break;
	case OPERANDS_WORDS:
		str_append_lit(out, " '*:word:(");
		for (size_t i = 0; command->words[i]; i++)
			str_appendf(out, "%s%s", i ? " " : "", command->words[i]);
		str_append_lit(out, ")'");
		break;
	case OPERANDS_COMMANDS:
		str_append_lit(out, " '*:command:(");
		for (size_t i = 0; command_table[i]; i++)
			str_appendf(out, "%s%s", i ? " " : "", command_table[i]->name);
		str_append_lit(out, ")'");
		break;
	case OPERANDS_NONE:
	case OPERANDS_OTHER:
		break;
	}
	str_append_lit(out, " ;;\n");
}

static void append_aliases(struct str *out)
{
	for (const struct command_group *group = command_groups; group->name; group++)
		for (const char *const *alias = group->aliases; alias && *alias; alias++)
			str_appendf(out, "		[[ $word != %s ]] || word=%s\n", *alias,
				    group->name);
	for (size_t i = 0; command_table[i]; i++)
		if (command_table[i]->alias)
			str_appendf(out, "		[[ $word != %s ]] || word=%s\n",
				    command_table[i]->alias, command_table[i]->name);
}

static void append_names(struct str *out)
{
	struct completion_prefix prefixes[COMPLETION_PREFIXES_MAX];
	size_t n = completion_prefixes(prefixes);

	str_append_lit(out, "	names=(");
	for (size_t i = 0; i < n; i++)
		if (prefixes[i].len)
			str_appendf(out, " '%.*s'", (int)prefixes[i].len, prefixes[i].text);
	for (size_t i = 0; command_table[i]; i++)
		str_appendf(out, " '%s'", command_table[i]->name);
	str_append_lit(out, ")\n");
}

void completion_zsh(struct str *out, bool descriptions)
{
	struct completion_prefix prefixes[COMPLETION_PREFIXES_MAX];
	size_t n = completion_prefixes(prefixes), n_all;
	_cleanup_free_ struct option_spec *all = command_options(NULL, &n_all);

	str_append_lit(out, "#compdef ocelli\n"
			    "# zsh completion for ocelli; made by \"ocelli completion zsh\"\n\n"
			    "_ocelli() {\n"
			    "	local command= word state\n"
			    "	local -a names common own words_here\n");
	append_names(out);
	str_append_lit(out, "	");
	append_options(out, "common", all, all ? n_all : 0, descriptions);
	/* The words that are a command's name: what is left are its arguments. */
	str_append_lit(out, "	for word in ${words[2,CURRENT-1]}; do\n"
			    "		[[ $word != -* ]] || continue\n");
	append_aliases(out);
	str_append_lit(out, "		(( ${names[(Ie)${command:+$command }$word]} )) || break\n"
			    "		command=${command:+$command }$word\n"
			    "	done\n"
			    "	case $command in\n");
	for (size_t i = 0; i < n; i++)
		append_prefix(out, &prefixes[i], descriptions);
	for (size_t i = 0; command_table[i]; i++)
		append_command(out, command_table[i], descriptions);
	str_append_lit(out, "	esac\n}\n\n"
			    "if [[ $funcstack[1] == _ocelli ]]; then\n	_ocelli \"$@\"\nelse\n"
			    "	compdef _ocelli ocelli\nfi\n");
}
