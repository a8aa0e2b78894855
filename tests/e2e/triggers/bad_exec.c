// SPDX-License-Identifier: Apache-2.0
/* bad_exec FILE...: a child a file that tries to execute it and ends with 2 when it cannot. */
#include "trigger.h"

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			execl(argv[i], argv[i], NULL);
			_exit(2);
		}
		reap("child", pid);
	}
	return 0;
}
