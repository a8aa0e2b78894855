// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <string.h>

/*
 * Rows of a table, with tabs between: what can be offered behind which command.
 * In a here-string nothing has to be quoted, but for its end at the beginning of a
 * line, and no row begins so.
 *
 *	word	COMMAND	NAME	ALIASES	TEXT
 *	option	COMMAND	NAME	LETTER	KIND	CHOICES	TEXT	(COMMAND "*": of all)
 *	operand	COMMAND	KIND	CHOICES
 *
 * KIND is of options "bool", "value" or "file", of operands "file" or "word".
 */
static const char head[] =
	"# powershell completion for ocelli; made by \"ocelli completion powershell\"\n"
	"\n"
	"Register-ArgumentCompleter -Native -CommandName 'ocelli' -ScriptBlock {\n"
	"    param($wordToComplete, $commandAst, $cursorPosition)\n"
	"\n"
	"    $table = @'\n";

static const char tail[] =
	"'@ -split \"`r?`n\" | ForEach-Object { , ($_ -split \"`t\") }\n"
	"\n"
	"    $words = @($table | Where-Object { $_[0] -ceq 'word' })\n"
	"    $options = @($table | Where-Object { $_[0] -ceq 'option' })\n"
	"    $offer = {\n"
	"        param($text, $shown, $about)\n"
	"        if (-not $about) { $about = $shown }\n"
	"        [System.Management.Automation.CompletionResult]::new(\n"
	"            $text, $shown, 'ParameterValue', $about)\n"
	"    }\n"
	"\n"
	"    $typed = @($commandAst.CommandElements |\n"
	"            Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |\n"
	"            ForEach-Object { $_.Extent.Text })\n"
	"    if ($wordToComplete) { $typed = @($typed | Select-Object -SkipLast 1) }\n"
	"\n"
	"    # Which command it is, and which option waits for its value.\n"
	"    $command = ''\n"
	"    $arguments = 0\n"
	"    $waiting = ''\n"
	"    foreach ($word in @($typed | Select-Object -Skip 1)) {\n"
	"        if ($waiting) { $waiting = ''; continue }\n"
	"        if ($word.StartsWith('-')) {\n"
	"            $taking = @($options | Where-Object {\n"
	"                    $_[4] -cne 'bool' -and ($_[2] -ceq $word -or $_[3] -ceq $word) })\n"
	"            if ($taking.Count) { $waiting = $word }\n"
	"            continue\n"
	"        }\n"
	"        $next = @($words | Where-Object {\n"
	"                $_[1] -ceq $command -and\n"
	"                ($_[2] -ceq $word -or ($_[3] -split ' ') -ccontains $word) })\n"
	"        if ($arguments -eq 0 -and $next.Count) {\n"
	"            $command = \"$command $($next[0][2])\".Trim()\n"
	"        } else {\n"
	"            $arguments++\n"
	"        }\n"
	"    }\n"
	"    $isGroup = @($words | Where-Object { $_[1] -ceq $command }).Count -gt 0\n"
	"\n"
	"    # \"--name=value\" is one word.\n"
	"    $before = ''\n"
	"    $wanted = $wordToComplete\n"
	"    if ($wordToComplete -match '^(--[^=]+)=(.*)$') {\n"
	"        $waiting = $Matches[1]\n"
	"        $before = \"$waiting=\"\n"
	"        $wanted = $Matches[2]\n"
	"    }\n"
	"\n"
	"    $found = @(\n"
	"        if ($waiting) {\n"
	"            $option = @($options | Where-Object {\n"
	"                    ($_[1] -ceq $command -or $_[1] -ceq '*') -and\n"
	"                    ($_[2] -ceq $waiting -or $_[3] -ceq $waiting) }) | Select-Object "
	"-First 1\n"
	"            # Without an answer, it is names of files that are offered.\n"
	"            if ($option -and $option[4] -ceq 'file') { return }\n"
	"            if ($option) {\n"
	"                $option[5] -split ' ' | Where-Object { $_ -and $_.StartsWith($wanted) } "
	"|\n"
	"                    ForEach-Object { & $offer \"$before$_\" $_ $option[6] }\n"
	"            }\n"
	"        } elseif ($wanted.StartsWith('-')) {\n"
	"            $options | Where-Object {\n"
	"                ($_[1] -ceq $command -or $_[1] -ceq '*') -and $_[2].StartsWith($wanted) } "
	"|\n"
	"                ForEach-Object { & $offer $_[2] $_[2] $_[6] }\n"
	"        } elseif ($isGroup -and $arguments -eq 0) {\n"
	"            $words | Where-Object { $_[1] -ceq $command -and $_[2].StartsWith($wanted) } "
	"|\n"
	"                ForEach-Object { & $offer $_[2] $_[2] $_[4] }\n"
	"        } elseif (-not $isGroup) {\n"
	"            $operand = @($table | Where-Object {\n"
	"                    $_[0] -ceq 'operand' -and $_[1] -ceq $command }) | Select-Object "
	"-First 1\n"
	"            if ($operand -and $operand[2] -ceq 'file') { return }\n"
	"            if ($operand -and $arguments -eq 0) {\n"
	"                $operand[3] -split ' ' | Where-Object { $_ -and $_.StartsWith($wanted) } "
	"|\n"
	"                    ForEach-Object { & $offer $_ $_ '' }\n"
	"            }\n"
	"        }\n"
	"    )\n"
	"    if ($found.Count) { $found } else { '' }\n"
	"}\n";

/* Nothing that we say has a tab or a line end in it. */
static void append_text(struct str *out, const char *text, bool descriptions)
{
	str_appendf(out, "\t%s\n", descriptions && text ? text : "");
}

static void append_list(struct str *out, const char *const *words)
{
	for (size_t i = 0; words && words[i]; i++)
		str_appendf(out, "%s%s", i ? " " : "", words[i]);
}

static void append_words(struct str *out, const struct completion_prefix *prefix, bool descriptions)
{
	struct completion_word word;

	for (size_t at = 0; completion_next(prefix, &at, &word);) {
		str_appendf(out, "word\t%.*s\t%.*s\t", (int)prefix->len, prefix->text,
			    (int)word.len, word.text);
		if (word.alias)
			str_append_z(out, word.alias);
		append_list(out, word.aliases);
		append_text(out, word.summary, descriptions);
	}
}

static void append_options(struct str *out, const char *command, const struct option_spec *specs,
			   size_t n, bool descriptions)
{
	for (size_t i = 0; i < n; i++) {
		const struct option_spec *spec = &specs[i];

		if (!completion_shows(spec))
			continue;
		str_appendf(out, "option\t%s\t--%s\t", command, spec->name);
		if (spec->letter)
			str_appendf(out, "-%c", spec->letter);
		str_appendf(out, "\t%s\t",
			    spec->type == OPTION_BOOL  ? "bool"
			    : completion_is_file(spec) ? "file"
						       : "value");
		append_list(out, spec->choices);
		append_text(out, spec->help, descriptions);
	}
}

static void append_operands(struct str *out, const struct command *command)
{
	if (command->operands == OPERANDS_FILES)
		str_appendf(out, "operand\t%s\tfile\t\n", command->name);
	if (command->operands == OPERANDS_WORDS) {
		str_appendf(out, "operand\t%s\tword\t", command->name);
		append_list(out, command->words);
		str_append_char(out, '\n');
	}
	if (command->operands != OPERANDS_COMMANDS)
		return;
	str_appendf(out, "operand\t%s\tword\t", command->name);
	for (size_t at = 0, n = 0; command_table[at];) {
		struct completion_word word;

		if (completion_next(&(struct completion_prefix){.text = ""}, &at, &word))
			str_appendf(out, "%s%.*s", n++ ? " " : "", (int)word.len, word.text);
	}
	str_append_char(out, '\n');
}

void completion_powershell(struct str *out, bool descriptions)
{
	struct completion_prefix prefixes[COMPLETION_PREFIXES_MAX];
	size_t n = completion_prefixes(prefixes);

	str_append_z(out, head);
	for (size_t i = 0; i < n; i++)
		append_words(out, &prefixes[i], descriptions);
	append_options(out, "*", common_options, n_common_options, descriptions);
	append_options(out, "*", server_options, n_server_options, descriptions);
	for (size_t i = 0; command_table[i]; i++) {
		append_options(out, command_table[i]->name, command_table[i]->options,
			       command_table[i]->n_options, descriptions);
		append_operands(out, command_table[i]);
	}
	str_append_z(out, tail);
}
