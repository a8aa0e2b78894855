// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"
#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

#define CLEAR "\r\x1b[K"

void progress_step(struct progress *progress, const char *what)
{
	if (!progress->wanted || clock_ns(CLOCK_MONOTONIC) - progress->began < NSEC_PER_SEC)
		return;
	fprintf(stderr, CLEAR "%s …", what);
	progress->shown = true;
}

void progress_begin(struct progress *progress, const char *what)
{
	*progress = (struct progress){
		.began = clock_ns(CLOCK_MONOTONIC),
		.wanted = isatty(STDERR_FILENO),
	};
	progress_step(progress, what);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		fputs(CLEAR, stderr);
	progress->shown = false;
}
