/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_PROGRESS_H
#define OCELLI_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* A line on the terminal of standard error that says what is being done, once that has taken a
 * second in all. It is gone at the end. Elsewhere there is none. */
struct progress {
	uint64_t began; /* CLOCK_MONOTONIC */
	bool wanted, shown;
};

void progress_begin(struct progress *progress, const char *what);
/* What is done from now on. */
void progress_step(struct progress *progress, const char *what);
void progress_end(struct progress *progress);

#define _cleanup_progress_ __attribute__((cleanup(progress_end)))

#endif
