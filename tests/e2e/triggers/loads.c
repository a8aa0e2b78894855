// SPDX-License-Identifier: Apache-2.0
/*
 * loads STEP ARGUMENT...: maps files to execute them. Steps are
 *   load FILE           by dlopen(3)
 *   memory FILE NAME    the same of a copy in memory
 *   deleted FILE        the same of what has no name any more
 *   map FILE            one page of it, by mmap(2)
 *   protect FILE        likewise, executable only later
 *   data FILE           likewise, never executable
 *   storm N FILE        one page of it so often
 *   fork                a child does the rest, and is waited for
 *   exec                this program again does the rest
 *   wait                until standard input ends
 */
#include "trigger.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#define PAGE 4096

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(path);
	return fd;
}

static void load(const char *path)
{
	if (!dlopen(path, RTLD_NOW)) {
		dprintf(STDERR_FILENO, "%s\n", dlerror());
		_exit(EXIT_BROKEN);
	}
}

static void load_fd(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	load(path);
}

static void *map(int fd, int prot)
{
	void *p = mmap(NULL, PAGE, prot, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void do_load(char **args)
{
	load(args[0]);
}

static void do_memory(char **args)
{
	int fd = memfd_create(args[1], MFD_CLOEXEC), from = open_file(args[0]);
	struct stat st;

	if (fd < 0 || fstat(from, &st) < 0)
		die("memfd");
	if (sendfile(fd, from, NULL, (size_t)st.st_size) != st.st_size)
		die("sendfile");
	load_fd(fd);
}

static void do_deleted(char **args)
{
	int fd = open_file(args[0]);

	if (unlink(args[0]) < 0)
		die("unlink");
	load_fd(fd);
}

static void do_map(char **args)
{
	map(open_file(args[0]), PROT_READ | PROT_EXEC);
}

static void do_protect(char **args)
{
	if (mprotect(map(open_file(args[0]), PROT_READ), PAGE, PROT_READ | PROT_EXEC) < 0)
		die("mprotect");
}

static void do_data(char **args)
{
	map(open_file(args[0]), PROT_READ);
}

static void do_storm(char **args)
{
	int fd = open_file(args[1]);

	for (long n = atol(args[0]); n > 0; n--)
		munmap(map(fd, PROT_READ | PROT_EXEC), PAGE);
}

static void do_fork(char **args)
{
	pid_t pid = fork();

	if (pid) {
		reap("child", pid);
		_exit(0);
	}
}

static void do_exec(char **args)
{
	args[-1] = (char *)self();
	execv(self(), args - 1);
	die("exec");
}

static void do_wait(char **args)
{
	char c;

	say("{\"waits\": true}\n");
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
}

static const struct {
	const char *name;
	int n_args;
	void (*run)(char **args);
} steps[] = {
	{"load", 1, do_load},       {"memory", 2, do_memory}, {"deleted", 1, do_deleted},
	{"map", 1, do_map},         {"data", 1, do_data},     {"storm", 2, do_storm},
	{"protect", 1, do_protect}, {"fork", 0, do_fork},     {"exec", 0, do_exec},
	{"wait", 0, do_wait},
};

int main(int argc, char **argv)
{
	for (int i = 1; i < argc;) {
		size_t step = 0;

		while (step < ARRAY_SIZE(steps) && strcmp(steps[step].name, argv[i]))
			step++;
		errno = EINVAL;
		if (step == ARRAY_SIZE(steps) || i + steps[step].n_args >= argc)
			die(argv[i]);
		steps[step].run(argv + i + 1);
		i += 1 + steps[step].n_args;
	}
	return 0;
}
