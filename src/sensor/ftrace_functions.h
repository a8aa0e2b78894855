/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_FTRACE_FUNCTIONS_H
#define OCELLI_SENSOR_FTRACE_FUNCTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* The functions that the kernel can trace, by their names in tracefs. */
struct ftrace_function {
	const char *name;
	bool of_module;
};

/* In the order of their names, each once: of several functions that have one name, nobody can say
 * which is meant. Lives as long as its text. */
struct ftrace_functions {
	char *text;
	struct ftrace_function *v;
	size_t n;
};

/* Takes the text of available_filter_functions, which it changes. Returns 0 or -ENOMEM. */
int ftrace_functions_parse(char *text, struct ftrace_functions *ret);

/* Some 60,000 of them, 30 ms. Returns 0 or negative errno. */
int ftrace_functions_read(struct ftrace_functions *ret, struct error **reterr);

void ftrace_functions_done(struct ftrace_functions *functions);

/* NULL: there is none of that name. */
const struct ftrace_function *ftrace_functions_find(const struct ftrace_functions *functions,
						    const char *name);

#endif
