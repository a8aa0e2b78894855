/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_AGENT_PROCESS_H
#define OCELLI_CLI_AGENT_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/* What /proc says of the agent's process on this machine. */
struct agent_process {
	pid_t pid;          /* 0: it is not known, and neither is the rest */
	uint64_t up_ns;     /* since it was started */
	uint64_t cpu_ns;    /* that it has used */
	uint64_t rss_bytes; /* of memory */
};

/* Returns 0; -ENOENT when there is no such process, or it cannot be seen. */
int agent_process_read(pid_t pid, struct agent_process *ret);

#endif
