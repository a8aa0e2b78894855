// SPDX-License-Identifier: Apache-2.0
#include "tree.h"
#include "base/macro.h"
#include "random.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#define FILES_MAX 64
#define WAYS_MAX 256

static struct tree_file files[FILES_MAX];
static struct tree_way ways[WAYS_MAX];
static size_t n_files, n_ways;

/* Which ways there are of each kind. */
static const struct tree_way *of_kind[_TREE_KIND_MAX][WAYS_MAX];
static size_t n_of_kind[_TREE_KIND_MAX];

/* Where our file system is, and what it is called. */
static char root[PATH_MAX];
static int root_fd;

static int open_flags;

static int check(int r, const char *what)
{
	if (r >= 0)
		return r;
	perror(what);
	exit(1);
}

__attribute__((format(printf, 1, 2))) static char *text(const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	check(vasprintf(&s, fmt, args), "vasprintf");
	va_end(args);
	return s;
}

/* --- made */

static const struct {
	const char *path;
	mode_t mode;
	off_t size;
} made[] = {
	{"etc", S_IFDIR | 0755, 0},
	{"etc/passwd", S_IFREG | 0644, 1000},
	{"etc/shadow", S_IFREG | 0600, 0},
	{"d", S_IFDIR | 0700, 0},
	{"d/etc", S_IFDIR | S_ISVTX | 0777, 0},
	{"d/etc/passwd", S_IFREG | S_ISUID | 0755, 255},
	{"d/tail", S_IFREG | S_ISUID | S_ISGID | 0711, 65535},
	{"d/aab", S_IFREG | 0700, 256},
	{"aaaaaaab", S_IFREG | 0111, 100},
	{"12345678", S_IFREG | 0, 7},
	{"123456789012345", S_IFREG | 0666, 1},
	{"12345678901234567", S_IFREG | 0400, (off_t)1 << 40},
	{"x y", S_IFREG | 0777, (off_t)1 << 40},
	{"fifo", S_IFIFO | 0600, 0},
	{"character", S_IFCHR | 0600, 0},
	{"block", S_IFBLK | 0660, 0},
};

/* What begins so, no kernel takes for a program, or looks for a module that knows better: what is
 * there can be printed (fs/exec.c: search_binary_handler()). */
static const char no_program[] = "none";

static void fill(int at, const char *path, off_t size)
{
	int fd = check(openat(at, path, O_WRONLY), path);

	if (size)
		check((int)pwrite(fd, no_program, strlen(no_program), 0), "pwrite");
	check(ftruncate(fd, size), "ftruncate");
	/* What is open for writing cannot be executed. */
	close(fd);
}

static void make(const char *path, mode_t mode, off_t size)
{
	if (S_ISDIR(mode))
		check(mkdirat(root_fd, path, 0700), path);
	else
		check(mknodat(root_fd, path, (mode & S_IFMT) | 0600, makedev(0, 0)), path);
	if (S_ISREG(mode))
		fill(root_fd, path, size);
	check(fchmodat(root_fd, path, mode & 07777, 0), path);
}

/* --- known */

static const struct tree_file *know(const char *path, const char *inside, const char *name)
{
	struct tree_file *file = &files[n_files++];

	if (n_files > FILES_MAX)
		abort();
	*file = (struct tree_file){.path = path, .inside = inside, .name = name};
	return file;
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void lead(const struct tree_file *file, int at, const char *name)
{
	if (n_ways == WAYS_MAX)
		abort();
	ways[n_ways++] = (struct tree_way){file, at, name};
}

static void lead_by_link(const struct tree_file *file)
{
	static unsigned n;
	char *name = text("%s/link%u", root, n++);

	check(symlink(file->path, name), name);
	lead(file, AT_FDCWD, name);
}

/* One of our file system. */
static void add(const char *path)
{
	const struct tree_file *file =
		know(text("%s/%s", root, path), text("/%s", path), last_name(path));

	lead(file, AT_FDCWD, text("%s", file->path));
	lead(file, AT_FDCWD, text("%s//d/../%s", root, path));
	lead(file, root_fd, text("%s", path));
	lead_by_link(file);
}

static void add_made(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		make(made[i].path, made[i].mode, made[i].size);
		add(made[i].path);
	}
	check(linkat(root_fd, "d/tail", root_fd, "tail", 0), "link");
	add("tail");
}

/* Nobody can open it, but the kernel asks before it says so. */
static void add_socket(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");

	snprintf(to.sun_path, sizeof(to.sun_path), "/proc/self/fd/%d/socket", root_fd);
	check(bind(fd, (void *)&to, sizeof(to)), "bind");
	add("socket");
}

/* The same files at another place. */
static void add_mounted(void)
{
	char *from = text("%s/d", root), *to = text("%s/mounted", root);
	const struct tree_file *file;

	check(mkdir(to, 0700), to);
	check(mount(from, to, NULL, MS_BIND, NULL), "mount");
	file = know(text("%s/etc/passwd", to), text("/d/etc/passwd"), "passwd");
	lead(file, AT_FDCWD, text("%s", file->path));
	lead(file, AT_FDCWD, text("%s/../mounted/./etc/passwd", from));
	file = know(to, text("/d"), "d");
	lead(file, AT_FDCWD, text("%s", file->path));
	free(from);
}

#define LONG_NAME 250
#define LONG_NAMES 20

/* Longer than a path can be. */
static void add_deep(void)
{
	int at = root_fd;
	char *path = text("%s", "");

	for (unsigned i = 0; i < LONG_NAMES; i++) {
		char *name = text("%0*u", LONG_NAME - (int)(i % 3), i), *longer;

		check(mkdirat(at, name, 0700), "mkdir");
		at = check(openat(at, name, O_PATH | O_DIRECTORY), "open");
		longer = text("%s/%s", path, name);
		free(path);
		path = longer;
		if (i % 6)
			continue;
		check(mknodat(at, "passwd", S_IFREG | 0755, 0), "mknod");
		fill(at, "passwd", 100);
		lead(know(text("%s%s/passwd", root, path), text("%s/passwd", path), "passwd"), at,
		     text("passwd"));
		lead(know(text("%s%s", root, path), text("%s", path), name), at, text("."));
	}
}

static void add_described(int fd, char *path, const char *name)
{
	char *way = text("/proc/self/fd/%d", fd);

	fill(AT_FDCWD, way, 255);
	lead(know(path, NULL, name), AT_FDCWD, way);
}

/* Only to be read. */
static int again(int fd)
{
	char *way = text("/proc/self/fd/%d", fd);
	int r = check(open(way, O_RDONLY), way);

	free(way);
	close(fd);
	return r;
}

/* That have no directory entry any more, or never had one. */
static void add_nameless(void)
{
	char *gone = text("%s/gone", root);
	int fd = again(check(open(gone, O_RDWR | O_CREAT, 0755), "open"));

	check(unlink(gone), gone);
	add_described(fd, gone, "gone");
	fd = again(check(memfd_create("passwd", 0), "memfd_create"));
	add_described(fd, text("/memfd:passwd"), "memfd:passwd");
}

/* Of others there is none that may be in an overlay: what is opened there, the kernel opens once
 * more, below. */
static void add_roots(void)
{
	lead(know(text("%s", root), text("/"), "/"), AT_FDCWD, text("%s", root));
	lead(know(text("/dev/null"), NULL, "null"), AT_FDCWD, text("/dev/null"));
}

/* How opening it ends, so that a policy is seen to change nothing of that. */
static int try_to_open(const struct tree_way *way)
{
	int fd = openat(way->at, way->name, O_RDONLY | O_NONBLOCK);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int added_flags(void)
{
	int fd = check(open(root, O_RDONLY), root), flags = check(fcntl(fd, F_GETFL), "F_GETFL");

	close(fd);
	return flags;
}

static bool is_of_kind(const struct tree_file *file, enum tree_kind kind)
{
	switch (kind) {
	case TREE_PROGRAM:
		return S_ISREG(file->st.st_mode) && file->st.st_mode & 0111 && file->st.st_size;
	case TREE_DIRECTORY:
		return S_ISDIR(file->st.st_mode) && file->inside;
	default:
		return true;
	}
}

/* When nothing changes any more. */
static void look_at(const struct tree_way *way)
{
	struct tree_file *file = &files[way->file - files];

	check(fstatat(way->at, way->name, &file->st, 0), way->name);
	file->open_errno = try_to_open(way);
	for (enum tree_kind i = 0; i < _TREE_KIND_MAX; i++)
		if (is_of_kind(file, i))
			of_kind[i][n_of_kind[i]++] = way;
}

void tree_setup(const char *folder)
{
	char real[PATH_MAX];

	if (!realpath(folder, real))
		abort();
	umask(0);
	snprintf(root, sizeof(root), "%.4000s/tree", real);
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "mount");
	check(mkdir(root, 0700), root);
	check(mount("tree", root, "tmpfs", 0, "mode=0755"), "mount");
	root_fd = check(open(root, O_PATH | O_DIRECTORY), root);
	add_made();
	add_socket();
	add_mounted();
	add_deep();
	add_nameless();
	add_roots();
	for (size_t i = 0; i < n_ways; i++)
		look_at(&ways[i]);
	open_flags = added_flags();
}

const struct tree_way *tree_pick(enum tree_kind kind)
{
	return of_kind[kind][pick((uint32_t)n_of_kind[kind])];
}

int tree_open_flags(void)
{
	return open_flags;
}

/* --- told */

void tree_tell(struct told *told, const char *path, mode_t mode)
{
	struct value_file head = {.mode = mode};
	size_t len = strlen(path);

	/* As many whole names as there is room for. */
	while (len >= HOOK_NAMES_MAX) {
		path = strchr(path + 1, '/');
		len = strlen(path);
		head.flags = VALUE_FILE_UNRESOLVED;
	}
	tell_bytes(told, &head, sizeof(head));
	if (head.flags)
		told->status = HOOK_ARG_TRUNCATED;
	memcpy(told->bytes + sizeof(head), path, len + 1);
	told->size += len + 1;
}

/* What is looked for at the end has no more. */
#define VALUE_MAX 120

void tree_append_match(const struct type *type, struct str *out)
{
	static const char *const operators[] = {"Equal",     "NotEqual",        "Prefix",
						"NotPrefix", "Postfix",         "NotPostfix",
						"SubString", "SubStringIgnCase"};
	size_t kind = pick(ARRAY_SIZE(operators)), n = 1 + pick(4);

	str_appendf(out, "operator: %s, values: [\"?\"", operators[kind]);
	for (; n; n--) {
		const char *path = files[pick((uint32_t)n_files)].path;
		size_t len = strlen(path), from = 0, to = len;

		if (kind >= 4)
			from = pick((uint32_t)len);
		if (len > VALUE_MAX)
			from = MAX(from, len - VALUE_MAX);
		if (kind == 2 || kind == 3 || kind >= 6)
			to = from + 1 + pick((uint32_t)(len - from));
		str_appendf(out, ", \"%.*s\"", (int)(to - from), path + from);
	}
	str_append_lit(out, "]");
}

void tree_append_file_match(const struct type *type, struct str *out)
{
	static const char *const kinds[] = {"sock", "reg", "blk", "dir", "chr", "fifo", "lnk"};

	if (pick(3)) {
		tree_append_match(type, out);
		return;
	}
	str_appendf(out, "operator: %s, values: [%s, %s]", pick(2) ? "FileType" : "NotFileType",
		    PICK(kinds), PICK(kinds));
}
