// SPDX-License-Identifier: Apache-2.0
/* acts MODE ARG...: processes for what policies do. */
#include "trigger.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>

static void *ask(void *which)
{
	syscall(SYS_getpriority, *(int *)which, 0);
	return NULL;
}

/* N WHICH: so many threads call getpriority(2), one after the other. */
static void threads(char **args)
{
	int which = atoi(args[1]);

	for (int i = 0; i < atoi(args[0]); i++) {
		pthread_t thread;

		errno = pthread_create(&thread, NULL, ask, &which);
		if (errno)
			die("pthread_create");
		pthread_join(thread, NULL);
	}
}

/* WHICH: calls it as soon as there is input. */
static void later(char **args)
{
	int which = atoi(args[0]);
	char c;

	say("{\"pid\": %d}\n", getpid());
	if (read(STDIN_FILENO, &c, 1) == 1)
		ask(&which);
}

/* WHICH ARG...: the same, with nothing left of its arguments but how long they were. */
static void forget(char **args)
{
	char *which = strdup(args[0]);

	for (int i = 0; args[i]; i++)
		memset(args[i], 'x', strlen(args[i]));
	later(&which);
}

/* WHICH: a child calls it, and then the parent. */
static void fork_and_ask(char **args)
{
	int which = atoi(args[0]);
	pid_t child = fork();

	if (child > 0)
		waitpid(child, NULL, 0);
	ask(&which);
	if (child == 0)
		_exit(0);
}

/* What is behind the call keeps it from being a jump. */
static volatile int sink;

__attribute__((noinline)) static void stack_inner(const char *path)
{
	syscall(SYS_faccessat, AT_FDCWD, path, R_OK);
	sink++;
}

__attribute__((noinline)) static void stack_middle(const char *path)
{
	stack_inner(path);
	sink++;
}

__attribute__((noinline)) static void stack_outer(const char *path)
{
	stack_middle(path);
	sink++;
}

/* PATH: accesses it, from functions in functions; WAIT: and waits for its input to end. */
static void stack(char **args)
{
	char c;

	stack_outer(args[0]);
	while (args[1] && read(STDIN_FILENO, &c, 1) > 0)
		;
}

static void send_bytes(int fd, int n)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	say("{\"by\": %d}\n", getpid());
	/* Whether anybody hears it is not what it is about. */
	sendto(fd, "12345678", (size_t)n, 0, (const struct sockaddr *)&to, sizeof(to));
}

/* WHOM...: "self4" sends so many bytes through a socket that it makes, for "child4" a child does.
 */
static void send_by(char **args)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	for (; *args; args++) {
		bool self = strncmp(*args, "self", 4) == 0;
		int n = atoi(*args + (self ? 4 : 5));
		pid_t child = self ? -1 : fork();

		if (self || child == 0)
			send_bytes(fd, n);
		if (child == 0)
			_exit(0);
		if (!self && waitpid(child, NULL, 0) != child)
			die("waitpid");
	}
}

/* PATH N: opens it all the time, so often at least, until its input ends. */
static void insist(char **args)
{
	long tries = 0, passed = 0, least = atol(args[1]);
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	for (; tries < least || poll(&input, 1, 0) == 0; tries++) {
		int fd = open(args[0], O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		passed++;
		close(fd);
	}
	say("{\"tries\": %ld, \"passed\": %ld}\n", tries, passed);
}

static const struct {
	const char *name;
	void (*run)(char **args);
} modes[] = {
	{"fork", fork_and_ask}, {"forget", forget}, {"insist", insist},   {"later", later},
	{"send", send_by},      {"stack", stack},   {"threads", threads},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < ARRAY_SIZE(modes); i++) {
		if (strcmp(modes[i].name, argv[1]) != 0)
			continue;
		modes[i].run(argv + 2);
		return 0;
	}
	fprintf(stderr, "no such mode\n");
	return 2;
}
