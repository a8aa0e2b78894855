// SPDX-License-Identifier: Apache-2.0
/* threads MODE: processes of several threads, how they execute and how they end. */
#include "trigger.h"

#include <pthread.h>
#include <sched.h>

static pthread_barrier_t barrier;

static void start(void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t id;

	/* Many of them have to fit. */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	errno = pthread_create(&id, &attr, run, arg);
	if (errno)
		die("pthread_create");
}

static __attribute__((noreturn)) void exit_thread(int status)
{
	syscall(SYS_exit, status);
	__builtin_unreachable();
}

static void *exec_now(void *arg)
{
	say("{\"tid\": %ld}\n", syscall(SYS_gettid));
	exec_leaf(8);
}

/* Another thread than the leader executes. */
static void exec_other(char **args)
{
	start(exec_now, NULL);
	for (;;)
		pause();
}

static void *exec_together(void *arg)
{
	pthread_barrier_wait(&barrier);
	exec_leaf(8);
}

/* All threads execute at once: one of them wins, the others die. */
static void exec_race(char **args)
{
	int n = atoi(args[0]);

	self();
	pthread_barrier_init(&barrier, NULL, (unsigned)n);
	for (int i = 1; i < n; i++)
		start(exec_together, NULL);
	exec_together(NULL);
}

static void wait_until_leader_is_gone(void)
{
	char path[64], line[512], *state = NULL;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", getpid());
	do {
		FILE *f = fopen(path, "re");

		if (!f || !fgets(line, sizeof(line), f))
			die(path);
		fclose(f);
		state = strrchr(line, ')');
		sched_yield();
	} while (!state || state[2] != 'Z');
}

static void *outlive(void *arg)
{
	bool group = arg;
	char c;

	wait_until_leader_is_gone();
	say("{\"leader\": \"gone\"}\n");
	if (read(STDIN_FILENO, &c, 1) < 0)
		die("read");
	if (group)
		_exit(6);
	exit_thread(7);
}

/* The leader goes first; the thread that stays ends the process, or only itself. */
static void leader_first(char **args)
{
	static char yes;

	start(outlive, strcmp(args[0], "group") == 0 ? &yes : NULL);
	exit_thread(4);
}

static void *exit_together(void *arg)
{
	bool group = arg;

	pthread_barrier_wait(&barrier);
	if (group)
		_exit(6);
	exit_thread(0);
}

/* args: exit or group; processes; threads of each. */
static void burst(char **args)
{
	static char yes;
	void *group = strcmp(args[0], "group") == 0 ? &yes : NULL;
	int processes = atoi(args[1]), threads = atoi(args[2]);

	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			pthread_barrier_init(&barrier, NULL, (unsigned)threads);
			for (int t = 1; t < threads; t++)
				start(exit_together, group);
			exit_together(group);
		}
		reap("child", pid);
	}
}

int main(int argc, char **argv)
{
	static const struct mode modes[] = {
		{"exec", exec_other},
		{"exec-race", exec_race},
		{"leader-first", leader_first},
		{"burst", burst},
	};

	return run_mode(modes, ARRAY_SIZE(modes), argc, argv);
}
