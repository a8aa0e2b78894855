/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_PROGRESS_H
#define OCELLI_CLI_PROGRESS_H

#include <stdbool.h>

/* A line on the terminal of standard error that says what is being done, once that has taken a
 * second in all. It is gone at the end. Elsewhere there is none.
 *
 * There is one, of the main thread. What begins within what has begun is a step of it. */

/* Returns whether this is where it ends. "what" must live until then. */
bool progress_begin(const char *what);
/* What is done from now on. */
void progress_step(const char *what);
/* Takes the line away until the next step: something else is about to be written. */
void progress_hide(void);
void progress_end(const bool *begun);

#define _cleanup_progress_ __attribute__((cleanup(progress_end), unused))

#endif
