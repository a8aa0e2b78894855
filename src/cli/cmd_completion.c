// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/completion.h"
#include "cli/output.h"

struct settings {
	struct common_settings common;
	bool no_descriptions;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static enum status print(const struct settings *settings, int argc,
			 void (*completion)(struct str *out, bool descriptions))
{
	_cleanup_str_ struct str out = STR_INIT;

	if (argc > 0) {
		complain("completion takes no more arguments");
		return STATUS_USAGE;
	}
	completion(&out, !settings->no_descriptions);
	return output_print(&out);
}

static enum status run_bash(void *settings, int argc, char **argv)
{
	return print(settings, argc, completion_bash);
}

static enum status run_zsh(void *settings, int argc, char **argv)
{
	return print(settings, argc, completion_zsh);
}

static enum status run_fish(void *settings, int argc, char **argv)
{
	return print(settings, argc, completion_fish);
}

static enum status run_powershell(void *settings, int argc, char **argv)
{
	return print(settings, argc, completion_powershell);
}

static const struct option_spec options[] = {
	{.name = "no-descriptions",
	 .type = OPTION_BOOL,
	 .offset = AT(no_descriptions),
	 .help = "Leave out what commands and options are about"},
};

#define COMPLETION(shell, ...)                                                 \
	{                                                                      \
		.name = "completion " #shell,                                  \
		.summary = "Print what has " #shell " complete command lines", \
		.options = options,                                            \
		.n_options = ARRAY_SIZE(options),                              \
		.settings_size = sizeof(struct settings),                      \
		.run = run_##shell,                                            \
		.examples = (const struct example[]){__VA_ARGS__, {0}},        \
	}

const struct command completion_bash_command = COMPLETION(
	bash, {". <(ocelli completion bash)", "Has this shell complete commands"},
	{"ocelli completion bash > /etc/bash_completion.d/ocelli", "Has all, from now on"});
const struct command completion_zsh_command =
	COMPLETION(zsh, {". <(ocelli completion zsh)", "Has this shell complete commands"},
		   {"ocelli completion zsh > /usr/local/share/zsh/site-functions/_ocelli",
		    "Has all, from now on"});
const struct command completion_fish_command = COMPLETION(
	fish, {"ocelli completion fish | source", "Has this shell complete commands"},
	{"ocelli completion fish > /etc/fish/completions/ocelli.fish", "Has all, from now on"});
const struct command completion_powershell_command =
	COMPLETION(powershell,
		   {"ocelli completion powershell | Out-String | Invoke-Expression",
		    "Has this shell complete commands"},
		   {"ocelli completion powershell >> $PROFILE", "Has all, from now on"});
