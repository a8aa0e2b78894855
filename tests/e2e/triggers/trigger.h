/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_E2E_TRIGGER_H
#define OCELLI_TESTS_E2E_TRIGGER_H

/*
 * What the triggers share. A trigger does one thing to processes and says what
 * it did on standard output, a JSON object a line: the tests compare that with
 * what the agent told.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* No test expects this status. */
#define EXIT_BROKEN 120

/* One write a line, so that children and threads may talk, too. */
#define say(...) dprintf(STDOUT_FILENO, __VA_ARGS__)

static inline __attribute__((noreturn)) void die(const char *what)
{
	dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(errno));
	_exit(EXIT_BROKEN);
}

static inline const char *self(void)
{
	static char path[4096];

	if (!path[0] && readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		die("/proc/self/exe");
	return path;
}

/* Becomes a process that ends at once with that status: see is_leaf(). */
static inline __attribute__((noreturn)) void exec_leaf(int status)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", status);
	execl(self(), self(), "leaf", number, NULL);
	die("exec");
}

/* Every trigger can be a leaf: main() returns *ret at once when it is. */
static inline bool is_leaf(int argc, char **argv, int *ret)
{
	if (argc != 3 || strcmp(argv[1], "leaf") != 0)
		return false;
	*ret = atoi(argv[2]);
	return true;
}

/* Waits for a child and says what became of it. */
static inline void reap(const char *name, pid_t pid)
{
	int status;

	if (pid < 0)
		die(name);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	say("{\"%s\": %d, \"%s_status\": %d}\n", name, pid, name, status);
}

struct mode {
	const char *name;
	void (*run)(char **args);
};

/* Runs the mode that is named first on the command line with the rest of it. */
static inline int run_mode(const struct mode *modes, size_t n, int argc, char **argv)
{
	int status;

	if (is_leaf(argc, argv, &status))
		return status;
	for (size_t i = 0; argc > 1 && i < n; i++) {
		if (strcmp(modes[i].name, argv[1]) != 0)
			continue;
		modes[i].run(argv + 2);
		return 0;
	}
	errno = EINVAL;
	die("mode");
}

#endif
