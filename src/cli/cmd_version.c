// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "cli/complain.h"

#include <stdio.h>

struct settings {
	struct common_settings common;
	bool build;
};

static enum status run(void *data, int argc, char **argv)
{
	const struct settings *settings = data;

	if (argc > 0) {
		complain("version takes no arguments");
		return STATUS_USAGE;
	}
	printf("CLI version: %s\n", OCELLI_VERSION);
	if (settings->build)
		printf("Compiler: %s\n", __VERSION__);
	return STATUS_OK;
}

static const struct option_spec options[] = {
	COMMON_OPTIONS,
	{.name = "build",
	 .letter = 'b',
	 .type = OPTION_BOOL,
	 .offset = offsetof(struct settings, build),
	 .help = "Print also what it was built with"},
	{.name = "server", .letter = 's', .type = OPTION_BOOL, .refuse = COMMON_NO_SERVER},
};

const struct command version_command = {
	.name = "version",
	.summary = "Print the version",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.run = run,
};
