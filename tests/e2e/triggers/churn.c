// SPDX-License-Identifier: Apache-2.0
/*
 * churn N PARALLEL: about N processes of every kind of life, PARALLEL of them at
 * a time. Says how many forks and execs that was, its own first exec not counted.
 */
#include "trigger.h"

#include <pthread.h>
#include <sys/prctl.h>

static void fork_only(void)
{
	_exit(1);
}

static void exec_once(void)
{
	exec_leaf(2);
}

static void *exec_now(void *arg)
{
	exec_leaf(3);
}

static void exec_in_thread(void)
{
	pthread_t id;

	if (pthread_create(&id, NULL, exec_now, NULL))
		_exit(EXIT_BROKEN);
	for (;;)
		pause();
}

static void exec_again(void)
{
	execl(self(), self(), "again", "x", NULL);
	_exit(EXIT_BROKEN);
}

static void orphan_execs(void)
{
	pid_t pid = fork();

	if (pid == 0)
		exec_leaf(5);
	_exit(pid < 0 ? EXIT_BROKEN : 5);
}

static void vfork_exec(void)
{
	const char *path = self();
	pid_t pid = vfork();

	if (pid == 0) {
		execl(path, path, "leaf", "6", NULL);
		_exit(EXIT_BROKEN);
	}
	waitpid(pid, NULL, 0);
	_exit(6);
}

static void *end_thread(void *arg)
{
	pthread_barrier_wait(arg);
	syscall(SYS_exit, 7);
	return NULL;
}

static void threads_end(void)
{
	pthread_barrier_t barrier;
	pthread_t id;

	pthread_barrier_init(&barrier, NULL, 4);
	for (int i = 1; i < 4; i++)
		if (pthread_create(&id, NULL, end_thread, &barrier))
			_exit(EXIT_BROKEN);
	end_thread(&barrier);
}

static void fork_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(8);
	waitpid(pid, NULL, 0);
	_exit(8);
}

/* What each kind makes, and how many of its processes are ours to wait for. */
static const struct {
	void (*run)(void);
	int forks, execs, waits;
} kinds[] = {
	{fork_only, 1, 0, 1},   {exec_once, 1, 1, 1},    {exec_in_thread, 1, 1, 1},
	{exec_again, 1, 2, 1},  {orphan_execs, 2, 1, 2}, {vfork_exec, 2, 1, 1},
	{threads_end, 1, 0, 1}, {fork_fork, 2, 0, 1},
};

int main(int argc, char **argv)
{
	int status, forks = 0, execs = 0, waiting = 0;

	if (is_leaf(argc, argv, &status))
		return status;
	if (!strcmp(argv[1], "again"))
		exec_leaf(4);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		die("subreaper");
	self();
	for (size_t kind = 0; forks < atoi(argv[1]); kind = (kind + 1) % ARRAY_SIZE(kinds)) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0)
			kinds[kind].run();
		forks += kinds[kind].forks;
		execs += kinds[kind].execs;
		waiting += kinds[kind].waits;
		for (; waiting > atoi(argv[2]); waiting--)
			if (wait(&status) < 0 || WEXITSTATUS(status) == EXIT_BROKEN)
				die("wait");
	}
	for (; waiting > 0; waiting--)
		if (wait(&status) < 0 || WEXITSTATUS(status) == EXIT_BROKEN)
			die("wait");
	say("{\"forks\": %d, \"execs\": %d}\n", forks, execs);
	return 0;
}
