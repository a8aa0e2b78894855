// SPDX-License-Identifier: Apache-2.0
#include "cli/color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const color_names[] = {
	[COLOR_AUTO] = "auto",
	[COLOR_ALWAYS] = "always",
	[COLOR_NEVER] = "never",
	NULL,
};

bool color_wanted(int when, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	return isatty(fd) && !(no_color && no_color[0]) && !(term && !strcmp(term, "dumb"));
}
