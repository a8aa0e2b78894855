// SPDX-License-Identifier: Apache-2.0
/*
 * bypass WAY ACT DIRECTORY NAME SCRATCH: gets at a file in a directory by a way that a
 * policy on its path might not see, and says what became of it: 0, or the negative error
 * of the first step that was denied. SCRATCH is a directory of its own on the same file
 * system.
 */
#include "trigger.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* What may be denied ends the attempt. */
#define TRY(what)                      \
	({                             \
		long r_ = (what);      \
                                       \
		if (r_ < 0)            \
			return -errno; \
		(int)r_;               \
	})

/* What has to be there for there to be an attempt. */
#define MUST(what)                  \
	({                          \
		long r_ = (what);   \
                                    \
		if (r_ < 0)         \
			die(#what); \
		(int)r_;            \
	})

#define SKIPPED 77
#define NAME_OF_DEEP 200
#define DEEP 25

struct attempt {
	const char *directory, *name, *scratch;
	const char *file;  /* its own name */
	const char *other; /* one in the scratch directory */
	/* What the way led to. */
	int at;
	const char *path;
	uint64_t resolve;
};

/* Lives as long as we do. */
__attribute__((format(printf, 1, 2))) static const char *text(const char *format, ...)
{
	va_list args;
	char *ret;

	va_start(args, format);
	if (vasprintf(&ret, format, args) < 0)
		die("asprintf");
	va_end(args);
	return ret;
}

static int leads_to(struct attempt *a, int at, const char *path)
{
	a->at = at;
	a->path = path;
	return 0;
}

static int leads_to_descriptor(struct attempt *a, int fd)
{
	return leads_to(a, AT_FDCWD, text("/proc/self/fd/%d", fd));
}

static void private_mounts(void)
{
	MUST(unshare(CLONE_NEWNS));
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static int directly(struct attempt *a)
{
	return leads_to(a, AT_FDCWD, a->file);
}

static int by_symlink(struct attempt *a)
{
	TRY(symlink(a->file, a->other));
	return leads_to(a, AT_FDCWD, a->other);
}

static int by_directory(struct attempt *a)
{
	MUST(chdir(a->directory));
	return leads_to(a, AT_FDCWD, a->name);
}

/* Where no link and no way up is followed, or the directory is the root. */
static int by_resolve(struct attempt *a, uint64_t how)
{
	int at = TRY(open(a->directory, O_PATH | O_DIRECTORY | O_CLOEXEC));

	a->resolve = how;
	return leads_to(a, at, a->name);
}

static int beneath(struct attempt *a)
{
	return by_resolve(a, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

static int in_root(struct attempt *a)
{
	return by_resolve(a, RESOLVE_IN_ROOT);
}

static int by_path_descriptor(struct attempt *a)
{
	return leads_to_descriptor(a, TRY(open(a->file, O_PATH)));
}

/* A child whose directories are others. */
static pid_t stay(const char *root, const char *cwd)
{
	int ready[2];
	pid_t child;
	char c;

	MUST(pipe(ready));
	child = MUST(fork());
	if (child == 0) {
		MUST(chdir(cwd));
		if (root)
			MUST(chroot(root));
		MUST(write(ready[1], "", 1));
		for (;;)
			pause();
	}
	MUST(read(ready[0], &c, 1));
	return child;
}

static int by_others_directory(struct attempt *a)
{
	return leads_to(a, AT_FDCWD, text("/proc/%d/cwd/%s", stay(NULL, a->directory), a->name));
}

static int by_others_root(struct attempt *a)
{
	return leads_to(a, AT_FDCWD, text("/proc/%d/root/%s", stay(a->directory, "/"), a->name));
}

static int by_own_root(struct attempt *a)
{
	return leads_to(a, AT_FDCWD, text("/proc/self/root/%s", a->file));
}

static int by_chroot(struct attempt *a)
{
	MUST(chroot(a->directory));
	return leads_to(a, AT_FDCWD, text("/%s", a->name));
}

static int below_scratch(struct attempt *a)
{
	return leads_to(a, AT_FDCWD, text("%s/%s", a->scratch, a->name));
}

static int by_bind_mount(struct attempt *a)
{
	private_mounts();
	TRY(mount(a->directory, a->scratch, NULL, MS_BIND, NULL));
	return below_scratch(a);
}

static int by_bind_mount_of_file(struct attempt *a)
{
	private_mounts();
	close(MUST(open(a->other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)));
	TRY(mount(a->file, a->other, NULL, MS_BIND, NULL));
	return leads_to(a, AT_FDCWD, a->other);
}

static void write_to(const char *path, const char *text)
{
	int fd = MUST(open(path, O_WRONLY | O_CLOEXEC));

	MUST(write(fd, text, strlen(text)));
	close(fd);
}

/* As everybody can: with the rights of a user namespace of one's own. */
static int by_user_namespace(struct attempt *a)
{
	const char *map = text("0 %u 1", getuid());

	TRY(unshare(CLONE_NEWUSER | CLONE_NEWNS));
	write_to("/proc/self/setgroups", "deny");
	write_to("/proc/self/uid_map", map);
	MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	TRY(mount(a->directory, a->scratch, NULL, MS_BIND | MS_REC, NULL));
	return below_scratch(a);
}

/* A mount that is nowhere. */
static int by_detached_tree(struct attempt *a)
{
	int tree = TRY(syscall(SYS_open_tree, AT_FDCWD, a->directory,
			       OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));

	return leads_to(a, tree, a->name);
}

static int by_moved_mount(struct attempt *a)
{
	int tree;

	private_mounts();
	tree = TRY(syscall(SYS_open_tree, AT_FDCWD, a->directory,
			   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
	TRY(syscall(SYS_move_mount, tree, "", AT_FDCWD, a->scratch, MOVE_MOUNT_F_EMPTY_PATH));
	return below_scratch(a);
}

/* The path becomes longer than paths can be. */
static int by_depth(struct attempt *a)
{
	char name[NAME_OF_DEEP + 1];

	private_mounts();
	memset(name, 'd', NAME_OF_DEEP);
	name[NAME_OF_DEEP] = '\0';
	MUST(chdir(a->scratch));
	for (int i = 0; i < DEEP; i++) {
		if (mkdir(name, 0755) < 0 && errno != EEXIST)
			die("mkdir");
		MUST(chdir(name));
	}
	TRY(mount(a->directory, ".", NULL, MS_BIND, NULL));
	/* What is mounted on the directory is found by going in again. */
	MUST(chdir(".."));
	MUST(chdir(name));
	return leads_to(a, AT_FDCWD, a->name);
}

/* A file system of its own above it. */
static int by_overlay(struct attempt *a)
{
	const char *upper = text("%s/upper", a->scratch), *work = text("%s/work", a->scratch),
		   *to = text("%s/merged", a->scratch);

	private_mounts();
	MUST(mount("tmpfs", a->scratch, "tmpfs", 0, "size=1m"));
	MUST(mkdir(upper, 0755));
	MUST(mkdir(work, 0755));
	MUST(mkdir(to, 0755));
	if (mount("overlay", to, "overlay", 0,
		  text("lowerdir=%s,upperdir=%s,workdir=%s", a->directory, upper, work)) < 0) {
		if (errno == ENODEV)
			_exit(SKIPPED);
		return -errno;
	}
	return leads_to(a, AT_FDCWD, text("%s/%s", to, a->name));
}

/* By its number in the file system, and a name that nobody has looked up. */
static int by_handle(struct attempt *a)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = {.head.handle_bytes = MAX_HANDLE_SZ};
	int id, fd;

	MUST(name_to_handle_at(AT_FDCWD, a->file, &handle.head, &id, 0));
	sync();
	write_to("/proc/sys/vm/drop_caches", "2");
	fd = MUST(open(a->scratch, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	return leads_to_descriptor(a, TRY(open_by_handle_at(fd, &handle.head, O_PATH)));
}

static int by_hard_link(struct attempt *a)
{
	TRY(link(a->file, a->other));
	return leads_to(a, AT_FDCWD, a->other);
}

/* Of a descriptor, not of a name. */
static int by_linked_descriptor(struct attempt *a)
{
	int fd = TRY(open(a->file, O_PATH | O_CLOEXEC));

	TRY(linkat(AT_FDCWD, text("/proc/self/fd/%d", fd), AT_FDCWD, a->other, AT_SYMLINK_FOLLOW));
	return leads_to(a, AT_FDCWD, a->other);
}

static int by_rename(struct attempt *a)
{
	TRY(rename(a->file, a->other));
	return leads_to(a, AT_FDCWD, a->other);
}

static int by_exchange(struct attempt *a)
{
	close(MUST(open(a->other, O_WRONLY | O_CREAT | O_CLOEXEC, 0700)));
	TRY(renameat2(AT_FDCWD, a->other, AT_FDCWD, a->file, RENAME_EXCHANGE));
	return leads_to(a, AT_FDCWD, a->other);
}

static int by_renamed_directory(struct attempt *a)
{
	TRY(rename(a->directory, a->other));
	return leads_to(a, AT_FDCWD, text("%s/%s", a->other, a->name));
}

/* By the other directory's name. */
static int by_exchanged_directory(struct attempt *a)
{
	MUST(mkdir(a->other, 0755));
	TRY(renameat2(AT_FDCWD, a->other, AT_FDCWD, a->directory, RENAME_EXCHANGE));
	return leads_to(a, AT_FDCWD, text("%s/%s", a->other, a->name));
}

/* A name that was removed, of a file that somebody has. */
static int after_unlink(struct attempt *a)
{
	int fd = TRY(open(a->file, O_PATH));

	MUST(unlink(a->file));
	return leads_to_descriptor(a, fd);
}

static const struct {
	const char *name;
	int (*go)(struct attempt *a);
} ways[] = {
	{"directly", directly},
	{"symlink", by_symlink},
	{"directory", by_directory},
	{"beneath", beneath},
	{"in-root", in_root},
	{"path-descriptor", by_path_descriptor},
	{"others-directory", by_others_directory},
	{"others-root", by_others_root},
	{"own-root", by_own_root},
	{"chroot", by_chroot},
	{"bind-mount", by_bind_mount},
	{"bind-mount-of-file", by_bind_mount_of_file},
	{"user-namespace", by_user_namespace},
	{"detached-tree", by_detached_tree},
	{"moved-mount", by_moved_mount},
	{"depth", by_depth},
	{"overlay", by_overlay},
	{"handle", by_handle},
	{"hard-link", by_hard_link},
	{"linked-descriptor", by_linked_descriptor},
	{"rename", by_rename},
	{"exchange", by_exchange},
	{"renamed-directory", by_renamed_directory},
	{"exchanged-directory", by_exchanged_directory},
	{"after-unlink", after_unlink},
};

static int open_it(struct attempt *a, uint64_t flags)
{
	struct open_how how = {.flags = flags, .resolve = a->resolve};

	return TRY(syscall(SYS_openat2, a->at, a->path, &how, sizeof(how)));
}

static int act_read(struct attempt *a)
{
	int fd = open_it(a, O_RDONLY);
	char c;

	if (fd < 0)
		return fd;
	TRY(read(fd, &c, 1));
	return 0;
}

static void *read_in_thread(void *a)
{
	return (void *)(intptr_t)act_read(a);
}

static int act_read_in_thread(struct attempt *a)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, read_in_thread, a) || pthread_join(thread, &result))
		die("thread");
	return (int)(intptr_t)result;
}

/* Returns how the child ended, or what execveat(2) failed with. */
static int execute(int at, const char *path, const char *name, int flags)
{
	int failed[2], status, e = 0;
	pid_t child;

	MUST(pipe2(failed, O_CLOEXEC));
	child = MUST(fork());
	if (child == 0) {
		syscall(SYS_execveat, at, path, (const char *[]){name, NULL}, environ, flags);
		MUST(write(failed[1], &errno, sizeof(errno)));
		_exit(0);
	}
	close(failed[1]);
	if (read(failed[0], &e, sizeof(e)) != sizeof(e))
		e = 0;
	MUST(waitpid(child, &status, 0));
	return e ? -e : status;
}

static int act_exec(struct attempt *a)
{
	return execute(a->at, a->path, a->path, 0);
}

/* As fexecve(3). */
static int act_exec_descriptor(struct attempt *a)
{
	int fd = open_it(a, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? fd : execute(fd, "", a->path, AT_EMPTY_PATH);
}

/* As the interpreter of a script. */
static int act_interpret(struct attempt *a)
{
	const char *script = text("%s/script", a->scratch);
	int fd = MUST(open(script, O_WRONLY | O_CREAT | O_CLOEXEC, 0700));

	MUST(dprintf(fd, "#!%s\n", a->path));
	close(fd);
	return execute(AT_FDCWD, script, script, 0);
}

/* What a loader does with it, when it is asked to run a program. */
static int act_map(struct attempt *a)
{
	int fd = open_it(a, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fd;
	return mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -errno : 0;
}

static int act_map_later(struct attempt *a)
{
	int fd = open_it(a, O_RDONLY | O_CLOEXEC);
	void *at;

	if (fd < 0)
		return fd;
	at = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, fd, 0);
	if (at == MAP_FAILED)
		die("mmap");
	TRY(mprotect(at, 1, PROT_READ | PROT_EXEC));
	return 0;
}

static const struct {
	const char *name;
	int (*act)(struct attempt *a);
} acts[] = {
	{"read", act_read},           {"read-in-thread", act_read_in_thread},
	{"exec", act_exec},           {"exec-descriptor", act_exec_descriptor},
	{"interpret", act_interpret}, {"map", act_map},
	{"map-later", act_map_later},
};

static int find_and_run(const char *way, const char *act, struct attempt *a)
{
	int r = -ENOSYS;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (!strcmp(ways[i].name, way))
			r = ways[i].go(a);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(acts); i++)
		if (!strcmp(acts[i].name, act))
			return acts[i].act(a);
	return r;
}

int main(int argc, char **argv)
{
	struct attempt a = {0};

	if (argc != 6) {
		errno = EINVAL;
		die("bypass WAY ACT DIRECTORY NAME SCRATCH");
	}
	a.directory = argv[3];
	a.name = argv[4];
	a.scratch = argv[5];
	a.file = text("%s/%s", a.directory, a.name);
	a.other = text("%s/other", a.scratch);
	/* What stays behind of us ends with us. */
	setpgid(0, 0);
	say("%d\n", find_and_run(argv[1], argv[2], &a));
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	return 0;
}
