// SPDX-License-Identifier: Apache-2.0
/*
 * pidns: a PID namespace with its first process, a child of that, a child that
 * only forks, and a process that enters from outside.
 */
#include "trigger.h"

#include <sched.h>
#include <signal.h>

static __attribute__((noreturn)) void exec_as(const char *name, const char *arg)
{
	execl(self(), self(), name, arg, NULL);
	die("exec");
}

/* The first process: makes two and stays until its standard input ends. */
static int be_init(void)
{
	pid_t inner = fork(), forked;
	char c;

	if (inner == 0)
		exec_as("inner", "x");
	waitpid(inner, NULL, 0);
	forked = fork();
	if (forked == 0)
		_exit(3);
	waitpid(forked, NULL, 0);
	say("{\"init\": %d, \"inner\": %d, \"forked\": %d}\n", getpid(), inner, forked);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}

static void enter(pid_t init, int *to_init)
{
	int fd = (int)syscall(SYS_pidfd_open, init, 0);
	pid_t pid;

	if (fd < 0 || setns(fd, CLONE_NEWPID) < 0)
		die("setns");
	pid = fork();
	if (pid == 0)
		exec_as("entered", "x");
	reap("entered_host", pid);
	close(to_init[1]);
}

int main(int argc, char **argv)
{
	int to_init[2], from_init[2];
	char text[256];
	pid_t init;
	ssize_t n;

	if (argc == 3 && !strcmp(argv[1], "init"))
		return be_init();
	if (argc == 3 && !strcmp(argv[1], "entered"))
		say("{\"entered\": %d}\n", getpid());
	if (argc == 3)
		return 0;

	if (pipe2(to_init, O_CLOEXEC) < 0 || pipe2(from_init, O_CLOEXEC) < 0)
		die("pipe");
	init = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (init < 0)
		die("clone");
	if (init == 0) {
		dup2(to_init[0], STDIN_FILENO);
		dup2(from_init[1], STDOUT_FILENO);
		exec_as("init", "x");
	}
	close(from_init[1]);
	n = read(from_init[0], text, sizeof(text));
	if (n <= 0 || write(STDOUT_FILENO, text, (size_t)n) != n)
		die("init");
	enter(init, to_init);
	reap("init_host", init);
	return 0;
}
