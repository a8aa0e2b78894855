/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_TERMINAL_H
#define OCELLI_CLI_TERMINAL_H

#include "base/str.h"

#include "tetragon/events.pb-c.h"

/*
 * What was written to a terminal, or to any other file: of a kprobe whose first
 * argument is the file of that path the bytes of the second, as they were. Returns
 * how many bytes of it the event does not have.
 */
uint64_t terminal_append(const char *path, const Tetragon__GetEventsResponse *event,
			 struct str *out);

#endif
