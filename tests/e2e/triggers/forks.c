// SPDX-License-Identifier: Apache-2.0
/* forks MODE: every way to make a process. */
#include "trigger.h"

#include <linux/sched.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>

static void fork_exec(char **args)
{
	pid_t pid = fork();

	if (pid == 0)
		exec_leaf(3);
	reap("child", pid);
}

static void fork_only(char **args)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(3);
	reap("child", pid);
}

static void vfork_exec(char **args)
{
	const char *path = self();
	/* What the child of vfork(2) does to memory, it does to ours. */
	pid_t pid = vfork();

	if (pid == 0) {
		execl(path, path, "leaf", "3", NULL);
		_exit(EXIT_BROKEN);
	}
	reap("child", pid);
}

static void spawn(char **args)
{
	char *argv[] = {(char *)(size_t)self(), (char[]){"leaf"}, (char[]){"3"}, NULL};
	pid_t pid;

	errno = posix_spawn(&pid, self(), NULL, NULL, argv, environ);
	if (errno)
		die("posix_spawn");
	reap("child", pid);
}

static void clone3_exec(char **args)
{
	struct clone_args clone = {.exit_signal = SIGCHLD};
	pid_t pid = (pid_t)syscall(SYS_clone3, &clone, sizeof(clone));

	if (pid == 0)
		exec_leaf(3);
	reap("child", pid);
}

/* The grandchild outlives the child that forked it, and neither executes anything. */
static void orphan(char **args)
{
	pid_t child;
	int ends[2];

	/* It is handed to us and not to the first process, whose zombie it might remain. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || pipe(ends) < 0)
		die("subreaper");
	child = fork();
	if (child == 0) {
		pid_t grandchild = fork();
		char c;

		if (grandchild > 0) {
			say("{\"grandchild\": %d}\n", grandchild);
			_exit(3);
		}
		close(ends[1]);
		/* Ends when the child, and we, have closed the other end. */
		if (read(ends[0], &c, 1) != 0)
			die("read");
		_exit(5);
	}
	reap("child", child);
	close(ends[1]);
	if (wait(NULL) < 0)
		die("wait");
}

static pid_t clone_parent(bool exec)
{
	pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0 && exec)
		exec_leaf(5);
	if (pid == 0)
		_exit(4);
	return pid;
}

/* Children that the middle one makes and we wait for. */
static void sibling(char **args)
{
	pid_t middle = fork(), pids[2];

	if (middle == 0) {
		pids[0] = clone_parent(false);
		pids[1] = clone_parent(true);
		say("{\"forked\": %d, \"executed\": %d}\n", pids[0], pids[1]);
		_exit(pids[0] < 0 || pids[1] < 0 ? EXIT_BROKEN : 3);
	}
	reap("middle", middle);
	for (int i = 0; i < 2; i++)
		if (wait(NULL) < 0)
			die("wait");
}

static void *fork_in_thread(void *arg)
{
	say("{\"tid\": %ld}\n", syscall(SYS_gettid));
	fork_exec(NULL);
	return NULL;
}

static void thread(char **args)
{
	pthread_t id;

	errno = pthread_create(&id, NULL, fork_in_thread, NULL);
	if (errno || pthread_join(id, NULL))
		die("thread");
}

int main(int argc, char **argv)
{
	static const struct mode modes[] = {
		{"exec", fork_exec},  {"fork", fork_only},     {"vfork", vfork_exec},
		{"spawn", spawn},     {"clone3", clone3_exec}, {"orphan", orphan},
		{"sibling", sibling}, {"thread", thread},
	};

	return run_mode(modes, ARRAY_SIZE(modes), argc, argv);
}
