// SPDX-License-Identifier: Apache-2.0
/*
 * swarm COUNT FILE: so many processes, some of them at once, that each open the file and
 * execute it. Says how many of them were denied both, and how many were not.
 */
#include "trigger.h"

#define AT_ONCE 8

static bool was_denied(void)
{
	return errno == EACCES || errno == EPERM;
}

/* Ends with 1 when it is denied; with anything else, also as the file, when it is not. */
static __attribute__((noreturn)) void intrude(const char *file)
{
	char *const argv[] = {(char *)"0", NULL};

	if (open(file, O_RDONLY | O_CLOEXEC) >= 0 || !was_denied())
		_exit(0);
	execv(file, argv);
	_exit(was_denied());
}

/* By vfork(2): of no other processes are there so many in a given time. */
__attribute__((noinline)) static pid_t send_one(const char *file)
{
	pid_t child = vfork();

	if (child < 0)
		die("vfork");
	if (child == 0)
		intrude(file);
	return child;
}

/* One after the other. Returns how many were denied. */
static int send_some(int count, const char *file)
{
	int status, denied = 0;

	for (; count > 0; count--) {
		pid_t child = send_one(file);

		if (waitpid(child, &status, 0) != child)
			die("waitpid");
		denied += WIFEXITED(status) && WEXITSTATUS(status) == 1;
	}
	return denied;
}

int main(int argc, char **argv)
{
	int all = argc == 3 ? atoi(argv[1]) : 0, denied = 0, some, told[2];

	if (pipe(told) < 0)
		die("pipe");
	for (int i = 0; i < AT_ONCE; i++) {
		pid_t child = fork();

		if (child < 0)
			die("fork");
		if (child > 0)
			continue;
		some = send_some(all / AT_ONCE + (i < all % AT_ONCE), argv[2]);
		if (write(told[1], &some, sizeof(some)) != sizeof(some))
			die("write");
		_exit(0);
	}
	close(told[1]);
	while (read(told[0], &some, sizeof(some)) == sizeof(some))
		denied += some;
	while (wait(NULL) > 0)
		;
	say("{\"denied\": %d, \"passed\": %d}\n", denied, all - denied);
	return 0;
}
