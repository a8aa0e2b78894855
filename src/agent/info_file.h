/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_INFO_FILE_H
#define OCELLI_AGENT_INFO_FILE_H

#include "agent/settings.h"

/*
 * Where the agent is to be found, in a file of the run directory that all may read;
 * members have the names that Tetragon's tetragon-info.json has. Returns 0 or a
 * negative errno.
 */
int info_file_write(const struct settings *settings);

/* When nobody is there any more. */
void info_file_remove(const struct settings *settings);

#endif
