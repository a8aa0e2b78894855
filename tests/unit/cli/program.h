/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_CLI_PROGRAM_H
#define OCELLI_TESTS_UNIT_CLI_PROGRAM_H

#include "base/cleanup.h"
#include "base/str.h"
#include "cli/command.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM_ARGS_MAX 16

/* Starts the program, as main() does, with these descriptors for its standard ones and a command
 * line that is split at spaces. Returns its process. */
static inline pid_t program_start(const char *command_line, int in, int out, int err)
{
	char line[512], *argv[PROGRAM_ARGS_MAX + 1];
	int argc = 0;
	pid_t pid;

	snprintf(line, sizeof(line), "ocelli %s", command_line);
	for (char *p = strtok(line, " "); p && argc < PROGRAM_ARGS_MAX; p = strtok(NULL, " "))
		argv[argc++] = p;
	argv[argc] = NULL;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	closefrom(STDERR_FILENO + 1);
	signal(SIGPIPE, SIG_IGN);
	exit((int)command_main(argc, argv));
}

/* Returns the exit status. */
static inline int program_wait(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static inline int program_file(const char *data, size_t len)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static inline void program_slurp(int fd, struct str *ret)
{
	ssize_t n;

	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	while ((n = read(fd, str_reserve(ret, 4096), 4096)) > 0)
		ret->len += (size_t)n;
	assert_non_null(str_cstr(ret));
}

/* Runs the program on @len bytes of input to its end. Returns the exit status. */
static inline int program_run(const char *command_line, const char *input, size_t len,
			      struct str *ret_out, struct str *ret_err)
{
	_cleanup_close_ int in = program_file(input, len);
	_cleanup_close_ int out = program_file("", 0), err = program_file("", 0);
	int status = program_wait(program_start(command_line, in, out, err));

	program_slurp(out, ret_out);
	program_slurp(err, ret_err);
	return status;
}

#endif
