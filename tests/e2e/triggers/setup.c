// SPDX-License-Identifier: Apache-2.0
/*
 * setup STEP[=VALUE]... -- FILE [ARGUMENT...]: takes the steps in that order and
 * executes FILE with the arguments, FILE itself the first.
 */
#include "trigger.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static void check(long r, const char *what)
{
	if (r < 0)
		die(what);
}

/* "1,2,3" */
static void numbers(const char *value, unsigned long *ret, int n)
{
	for (int i = 0; i < n; i++) {
		char *end;

		ret[i] = strtoul(value, &end, 0);
		value = *end ? end + 1 : end;
	}
}

static void uid(char *value)
{
	unsigned long v[3];

	numbers(value, v, 3);
	check(setresuid((uid_t)v[0], (uid_t)v[1], (uid_t)v[2]), "setresuid");
}

static void gid(char *value)
{
	unsigned long v[3];

	numbers(value, v, 3);
	check(setgroups(0, NULL), "setgroups");
	check(setresgid((gid_t)v[0], (gid_t)v[1], (gid_t)v[2]), "setresgid");
}

static void securebits(char *value)
{
	check(prctl(PR_SET_SECUREBITS, strtoul(value, NULL, 0)), "securebits");
}

static void bounding_drop(char *value)
{
	check(prctl(PR_CAPBSET_DROP, atoi(value)), "bounding");
}

static void ambient(char *value)
{
	check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, atoi(value), 0, 0), "ambient");
}

/* Permitted and effective, and inheritable: two masks. */
static void caps(char *value)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	unsigned long v[2];

	numbers(value, v, 2);
	for (int i = 0; i < 2; i++) {
		data[i].permitted = data[i].effective = (unsigned)(v[0] >> 32 * i);
		data[i].inheritable = (unsigned)(v[1] >> 32 * i);
	}
	check(syscall(SYS_capset, &header, data), "capset");
}

static void keep_caps(char *value)
{
	check(prctl(PR_SET_KEEPCAPS, 1), "keepcaps");
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	check(fd, path);
	check(write(fd, text, strlen(text)), path);
	close(fd);
}

static void loginuid(char *value)
{
	write_file("/proc/self/loginuid", value);
}

/* Of a cgroup: its cgroup.procs or tasks. */
static void cgroup(char *value)
{
	write_file(value, "0");
}

static void new_namespaces(char *value)
{
	check(unshare((int)strtoul(value, NULL, 0)), "unshare");
}

/* What is mounted from now on is mounted for us alone. */
static void private_mounts(char *value)
{
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
}

static void mount_tmpfs(char *value)
{
	check(mount("tmpfs", value, "tmpfs", 0, "size=8m"), value);
}

/* FROM:TO */
static void bind(char *value)
{
	char *to = strchr(value, ':');

	*to++ = '\0';
	check(mount(value, to, NULL, MS_BIND, NULL), to);
}

static void unmount(char *value)
{
	check(umount2(value, MNT_DETACH), value);
}

static void change_root(char *value)
{
	check(chroot(value), value);
}

static void change_directory(char *value)
{
	check(chdir(value), value);
}

static void remove_directory(char *value)
{
	check(rmdir(value), value);
}

static void remove_file(char *value)
{
	check(unlink(value), value);
}

/* COUNT,LENGTH: so many directories of names so long, one in the other. */
static void deeper(char *value)
{
	char name[NAME_MAX + 1];
	unsigned long v[2];

	numbers(value, v, 2);
	memset(name, 'd', sizeof(name));
	name[v[1]] = '\0';
	for (unsigned long i = 0; i < v[0]; i++) {
		if (mkdir(name, 0755) < 0 && errno != EEXIST)
			die("mkdir");
		check(chdir(name), "chdir");
	}
}

static void new_session(char *value)
{
	check(setsid(), "setsid");
}

static void new_group(char *value)
{
	check(setpgid(0, 0), "setpgid");
}

/* Standard input becomes the terminal that controls us. */
static void terminal(char *value)
{
	check(ioctl(STDIN_FILENO, TIOCSCTTY, 0), "TIOCSCTTY");
}

static bool no_arguments, as_file;

static void argc0(char *value)
{
	no_arguments = true;
}

/* FILE is executed through a descriptor and no name. */
static void by_descriptor(char *value)
{
	as_file = true;
}

static void fork_first(char *value)
{
	pid_t pid = fork();
	int status;

	check(pid, "fork");
	if (pid == 0)
		return;
	say("{\"forked\": %d}\n", pid);
	check(waitpid(pid, &status, 0), "waitpid");
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_BROKEN);
}

static const struct {
	const char *name;
	void (*run)(char *value);
} steps[] = {
	{"uid", uid},
	{"gid", gid},
	{"securebits", securebits},
	{"bounding-drop", bounding_drop},
	{"ambient", ambient},
	{"caps", caps},
	{"keep-caps", keep_caps},
	{"loginuid", loginuid},
	{"cgroup", cgroup},
	{"unshare", new_namespaces},
	{"private-mounts", private_mounts},
	{"tmpfs", mount_tmpfs},
	{"bind", bind},
	{"umount", unmount},
	{"chroot", change_root},
	{"chdir", change_directory},
	{"rmdir", remove_directory},
	{"unlink", remove_file},
	{"deeper", deeper},
	{"setsid", new_session},
	{"setpgid", new_group},
	{"terminal", terminal},
	{"argc0", argc0},
	{"by-descriptor", by_descriptor},
	{"fork", fork_first},
};

static void take_step(char *arg)
{
	char *value = strchr(arg, '=');

	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		if (strcmp(steps[i].name, arg) != 0)
			continue;
		steps[i].run(value);
		return;
	}
	errno = EINVAL;
	die(arg);
}

int main(int argc, char **argv)
{
	char *const none[] = {NULL};

	for (argv++; *argv && strcmp(*argv, "--") != 0; argv++)
		take_step(*argv);
	if (!*argv || !*++argv)
		die("no file");
	if (as_file) {
		/* Not close-on-exec: a script's interpreter has to open it. */
		int fd = open(*argv, O_RDONLY);

		check(fd, *argv);
		say("{\"fd\": %d}\n", fd);
		syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	} else {
		execve(*argv, no_arguments ? none : argv, environ);
	}
	die(*argv);
}
