// SPDX-License-Identifier: Apache-2.0
#include "cli/command.h"

#include <signal.h>

int main(int argc, char **argv)
{
	/* A reader that has seen enough is no failure: see output_flush(). */
	signal(SIGPIPE, SIG_IGN);
	return (int)command_main(argc, argv);
}
