// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"
#include "cli/complain.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	enum status status;

	/* A reader that has seen enough is no failure: see output_flush(). */
	signal(SIGPIPE, SIG_IGN);
	status = command_main(argc, argv);
	if (fflush(stdout) == EOF && errno != EPIPE) {
		complain("cannot print: %s", strerror(errno));
		status = STATUS_FAILED;
	}
	return (int)status;
}
