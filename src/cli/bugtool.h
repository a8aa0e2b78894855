/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_BUGTOOL_H
#define OCELLI_CLI_BUGTOOL_H

#include "cli/archive.h"
#include "cli/remote.h"

#include <stdbool.h>
#include <sys/types.h>

/* What helps in a bug report, on its way into an archive. */
struct bugtool {
	struct archive *archive;
	struct str manifest; /* lines: file, bytes, of what it is or why it is not there */
	bool json;           /* the manifest is as members of a JSON array */
	size_t files, missing;
};

/* Largest part of a file that is taken; the manifest tells of what was cut. */
#define BUGTOOL_FILE_BYTES ((size_t)4 << 20)

/* Adds what is in memory, without what may be secrets. */
void bugtool_add(struct bugtool *tool, const char *name, const char *what, const char *data,
		 size_t len);
/* Says why something is not there. */
void bugtool_lack(struct bugtool *tool, const char *name, const char *why);
/* Adds a file of the system. */
void bugtool_add_file(struct bugtool *tool, const char *name, const char *path);

/* What of the host helps (bugtool_host.c), and of the agent (bugtool_agent.c). */
void bugtool_host(struct bugtool *tool);
void bugtool_agent(struct bugtool *tool, struct remote *remote);

#endif
