// SPDX-License-Identifier: Apache-2.0
/*
 * crowd MODE ...: many at once.
 *
 * sleepers N: N children that execute nothing and stay until standard input ends;
 *             says their pids, a line of JSON each.
 * threads N:  N threads at the same time, then the end.
 * leaves N:   N children one after the other that each execute a leaf; child I ends
 *             with status I % 100 and has the arguments "leaf" and that number.
 */
#include "trigger.h"

#include <pthread.h>

static void wait_for_end_of_input(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) > 0)
		;
}

static void sleepers(char **args)
{
	int n = atoi(args[0]);

	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0) {
			wait_for_end_of_input();
			_exit(i % 100);
		}
		say("{\"child\": %d}\n", pid);
	}
	say("{\"ready\": %d}\n", n);
	wait_for_end_of_input();
	while (wait(NULL) > 0)
		;
}

static pthread_barrier_t all_here;

static void *be_here(void *arg)
{
	pthread_barrier_wait(&all_here);
	return NULL;
}

static void threads(char **args)
{
	unsigned n = (unsigned)atoi(args[0]);
	pthread_attr_t attr;
	pthread_t *ids = calloc(n, sizeof(*ids));

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16 << 10);
	pthread_barrier_init(&all_here, NULL, n + 1);
	for (unsigned i = 0; i < n; i++) {
		errno = pthread_create(&ids[i], &attr, be_here, NULL);
		if (errno)
			die("pthread_create");
	}
	pthread_barrier_wait(&all_here);
	for (unsigned i = 0; i < n; i++)
		pthread_join(ids[i], NULL);
	say("{\"threads\": %u}\n", n);
}

static void leaves(char **args)
{
	int n = atoi(args[0]), status;

	self();
	for (int i = 0; i < n; i++) {
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (pid == 0)
			exec_leaf(i % 100);
		if (waitpid(pid, &status, 0) != pid || status != i % 100 << 8)
			die("waitpid");
	}
	say("{\"leaves\": %d}\n", n);
}

int main(int argc, char **argv)
{
	static const struct mode modes[] = {
		{"sleepers", sleepers}, {"threads", threads}, {"leaves", leaves}};

	return run_mode(modes, ARRAY_SIZE(modes), argc, argv);
}
