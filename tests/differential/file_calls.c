// SPDX-License-Identifier: Apache-2.0
#include "file_calls.h"
#include "base/macro.h"
#include "random.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STRINGS_MAX 8

/* The call that is made next. */
static struct {
	const struct tree_way *way;
	int flags;                 /* open(2) */
	size_t n_args, n_env;      /* execve(2) */
	char filename[TEXT_MAX];   /* as the kernel calls what is executed */
	char directory[TEXT_MAX];  /* mkdir(2): the new one … */
	char inside[2 * TEXT_MAX]; /* … and where it is in its file system */
	mode_t mode;
} next;

static void expect(bool good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

/* --- of all of them */

static void append_number_match(const struct type *type, struct str *out)
{
	type_named("uint64")->append_match(type, out);
}

static uint64_t tell_string(struct told *told, const char *s)
{
	tell_bytes(told, s, strlen(s) + 1);
	return 0;
}

#define NUMBER(text, width, sign, function, path) \
	{.name = (text),                          \
	 .value = (function),                     \
	 .append_match = append_number_match,     \
	 .more = ", resolve: " path,              \
	 .bits = (width),                         \
	 .is_signed = (sign)}
#define STRING(function, path)              \
	{.name = "string",                  \
	 .value = (function),               \
	 .append_match = append_text_match, \
	 .more = ", resolve: " path,        \
	 .is_text = true,                   \
	 .ends_with_nul = true}
#define FILE_TYPE(text, function, match) \
	{.name = (text),                 \
	 .value = (function),            \
	 .append_match = (match),        \
	 .is_text = true,                \
	 .ends_with_nul = true}

/* What is told beside the file, each but once. */
#define OTHERS (2 * (ARGS - 1))

static const struct type *one_of(const struct type others[OTHERS], size_t i)
{
	return &others[2 * (i - 1) + pick(2)];
}

/* Over a pointer that is NULL: the user namespace that all others descend from has no parent. */
static uint64_t no_namespace(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	static const struct hook_lost lost = {.depth = 3};

	tell_bytes(told, &lost, sizeof(lost));
	told->status = HOOK_ARG_LOST;
	return 0;
}

#define STAT(name, member)                                                                         \
	static uint64_t name(const struct type *type, size_t i, uint64_t *size, struct told *told) \
	{                                                                                          \
		tell_number(told, type, (uint64_t)next.way->file->st.member);                      \
		return 0;                                                                          \
	}
STAT(size_of, st_size)
STAT(inode_of, st_ino)
STAT(mode_of, st_mode)
STAT(links_of, st_nlink)

static uint64_t name_of(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	return tell_string(told, next.way->file->name);
}

static uint64_t tell_file(struct told *told)
{
	tree_tell(told, next.way->file->path, next.way->file->st.st_mode);
	return 0;
}

/* --- open(2) */

static uint64_t opened(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	static const int flags[] = {0, O_APPEND, O_NOATIME, O_APPEND | O_NOATIME};

	next.way = tree_pick(TREE_ANY);
	next.flags = O_RDONLY | O_NONBLOCK | PICK(flags);
	return tell_file(told);
}

static uint64_t opened_flags(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	tell_number(told, type, (uint64_t)(next.flags | tree_open_flags()));
	return 0;
}

const struct type *pick_of_open(size_t i)
{
	static const struct type file = FILE_TYPE("file", opened, tree_append_file_match);
	static const struct type others[OTHERS] = {
		NUMBER("uint32", 32, false, opened_flags, "f_flags"),
		NUMBER("int64", 64, true, size_of, "f_inode.i_size"),
		NUMBER("uint64", 64, false, inode_of, "f_inode.i_ino"),
		NUMBER("uint16", 16, false, mode_of, "f_path.dentry.d_inode.i_mode"),
		NUMBER("uint32", 32, false, links_of, "f_inode.i_nlink"),
		NUMBER("int64", 64, true, size_of, "f_mapping.host.i_size"),
		NUMBER("int32", 32, true, no_namespace, "f_cred.user_ns.parent.level"),
		STRING(name_of, "f_path.dentry.d_name.name"),
	};

	return i ? one_of(others, i) : &file;
}

void call_open(const uint64_t *args)
{
	int fd = openat(next.way->at, next.way->name, next.flags);

	expect(fd >= 0 ? !next.way->file->open_errno : errno == next.way->file->open_errno,
	       next.way->name);
	if (fd >= 0)
		close(fd);
}

/* --- execve(2) */

static uint64_t executed(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	next.way = tree_pick(TREE_PROGRAM);
	next.n_args = 1 + pick(STRINGS_MAX - 1);
	next.n_env = pick(STRINGS_MAX);
	if (next.way->at == AT_FDCWD)
		snprintf(next.filename, sizeof(next.filename), "%s", next.way->name);
	else
		snprintf(next.filename, sizeof(next.filename), "/dev/fd/%d/%s", next.way->at,
			 next.way->name);
	return tell_file(told);
}

static uint64_t filename_of(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	return tell_string(told, next.filename);
}

static uint64_t argc_of(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	tell_number(told, type, next.n_args);
	return 0;
}

static uint64_t envc_of(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	tell_number(told, type, next.n_env);
	return 0;
}

const struct type *pick_of_exec(size_t i)
{
	static const struct type file = FILE_TYPE("linux_binprm", executed, tree_append_match);
	static const struct type others[OTHERS] = {
		NUMBER("int32", 32, true, argc_of, "argc"),
		NUMBER("int32", 32, true, envc_of, "envc"),
		NUMBER("int64", 64, true, size_of, "file.f_inode.i_size"),
		NUMBER("uint16", 16, false, mode_of, "file.f_inode.i_mode"),
		NUMBER("uint64", 64, false, inode_of, "file.f_inode.i_ino"),
		STRING(filename_of, "filename"),
		STRING(filename_of, "interp"),
		STRING(name_of, "file.f_path.dentry.d_name.name"),
	};

	return i ? one_of(others, i) : &file;
}

void call_exec(const uint64_t *args)
{
	static char string[] = "x";
	char *argv[STRINGS_MAX + 1] = {NULL}, *env[STRINGS_MAX + 1] = {NULL};

	for (size_t i = 0; i < next.n_args; i++)
		argv[i] = string;
	for (size_t i = 0; i < next.n_env; i++)
		env[i] = string;
	syscall(SYS_execveat, next.way->at, next.way->name, argv, env, 0);
	expect(errno == ENOEXEC, next.way->name);
}

/* --- mkdir(2) */

static uint64_t directory(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	static const char *const names[] = {"new", "a", "12345678901234", "x  y"};
	const struct tree_way *way = next.way = tree_pick(TREE_DIRECTORY);
	const char *inside = way->file->inside, *name = PICK(names);

	next.mode = pick(1 << 16);
	snprintf(next.directory, sizeof(next.directory), "%s/%s", way->name, name);
	snprintf(next.inside, sizeof(next.inside), "%s/%s", inside[1] ? inside : "", name);
	return tell_file(told);
}

static uint64_t entry(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	/* There is no file yet. */
	tree_tell(told, next.inside, 0);
	return 0;
}

static uint64_t entry_name(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	return tell_string(told, strrchr(next.inside, '/') + 1);
}

static uint64_t mode(const struct type *type, size_t i, uint64_t *size, struct told *told)
{
	tell_number(told, type, next.mode);
	return 0;
}

const struct type *pick_of_mkdir(size_t i)
{
	static const struct type all[] = {
		FILE_TYPE("path", directory, tree_append_file_match),
		FILE_TYPE("dentry", entry, tree_append_match),
		{.name = "uint16", .value = mode, .append_match = append_number_match, .bits = 16},
		STRING(entry_name, "d_name.name"),
		NUMBER("uint64", 64, false, inode_of, "dentry.d_inode.i_ino"),
	};

	return &all[i];
}

void call_mkdir(const uint64_t *args)
{
	expect(mkdirat(next.way->at, next.directory, next.mode) == 0 &&
		       unlinkat(next.way->at, next.directory, AT_REMOVEDIR) == 0,
	       next.directory);
}
