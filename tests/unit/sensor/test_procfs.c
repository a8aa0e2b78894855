// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "core/decode.h"
#include "core/records.h"
#include "sensor/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define ARGV_MAX ((size_t)EXEC_INLINE_MAX + (size_t)DATA_CHUNKS_MAX * DATA_CHUNK)
#define PROCESS KEY(42, 123456789, 3)

/* A tree that looks like /proc, with process 42 in it. */
struct scene {
	char proc[64];
	struct str record;
};

static void write_file(struct scene *s, const char *name, const void *data, size_t len)
{
	_cleanup_close_ int fd = -1;
	char path[128];

	snprintf(path, sizeof(path), "%s/42/%s", s->proc, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
}

static void write_text(struct scene *s, const char *name, const char *text)
{
	write_file(s, name, text, strlen(text));
}

static void link_to(struct scene *s, const char *name, const char *target)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/42/%s", s->proc, name);
	unlink(path);
	assert_int_equal(symlink(target, path), 0);
}

static void take_away(struct scene *s, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/42/%s", s->proc, name);
	assert_int_equal(remove(path), 0);
}

static const char status[] = "Name:\tsh\n"
			     "Umask:\t0022\n"
			     "State:\tS (sleeping)\n"
			     "Tgid:\t42\n"
			     "Pid:\t42\n"
			     "PPid:\t7\n"
			     "Uid:\t1\t2\t3\t4\n"
			     "Gid:\t5\t6\t7\t8\n"
			     "Groups:\t0 \n"
			     "NStgid:\t42\n"
			     "NSpid:\t42\n"
			     "NSpgid:\t40\n"
			     "CapInh:\t0000000000000001\n"
			     "CapPrm:\t000001ffffffffff\n"
			     "CapEff:\t0000000000000003\n"
			     "CapBnd:\t0000000000000004\n"
			     "CapAmb:\t0000000000000005\n";

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	char path[128];

	if (!s)
		return -1;
	*state = s;
	strcpy(s->proc, "/tmp/ocelli-proc-XXXXXX");
	if (!mkdtemp(s->proc))
		return -1;
	snprintf(path, sizeof(path), "%s/42", s->proc);
	if (mkdir(path, 0700) < 0)
		return -1;
	/* /dev/pts/4: 136:4 */
	write_text(s, "stat", "42 (sh) S 7 40 39 34820 42 4194304 100 0 0 0 1 2 0 0 20 0 1 0 99\n");
	write_text(s, "status", status);
	write_text(s, "loginuid", "1000");
	write_text(s, "sessionid", "12\n");
	write_file(s, "cmdline", "sh\0-c\0true\0", 11);
	link_to(s, "exe", "/usr/bin/dash");
	link_to(s, "cwd", "/root/work");
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int teardown(void **state)
{
	struct scene *s = *state;
	int r = nftw(s->proc, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

	str_free(&s->record);
	free(s);
	return r;
}

static const struct record_exec *report(struct scene *s)
{
	str_reset(&s->record);
	assert_int_equal(procfs_report(s->proc, &PROCESS, &s->record), 0);
	assert_true(record_valid(s->record.data, s->record.len));
	return (const struct record_exec *)(void *)s->record.data;
}

static void assert_field(const struct record_exec *exec, enum exec_field field,
			 struct bytes expected)
{
	struct exec_fields f;

	exec_fields(exec, &f);
	assert_int_equal(f.v[field].len, expected.len);
	assert_memory_equal(f.v[field].data, expected.data, expected.len);
}

static void a_whole_process(void **state)
{
	struct scene *s = *state;
	const struct record_exec *e = report(s);

	assert_int_equal(e->record.type, RECORD_TASK);
	assert_true(e->record.time > 0);
	/* Who it is the caller knows better. */
	assert_true(e->process.pid == 42 && e->process.start == 123456789 && e->process.execs == 3);
	assert_int_equal(e->parent.pid, 7);
	assert_int_equal(e->tid, 42);
	assert_string_equal(e->comm, "sh");
	assert_int_equal(e->pgid, 40);
	assert_int_equal(e->sid, 39);
	assert_int_equal(e->tty, 136 << 20 | 4);
	assert_int_equal(e->loginuid, 1000);
	assert_int_equal(e->sessionid, 12);
	assert_int_equal(e->cred.uid, 1);
	assert_int_equal(e->cred.euid, 2);
	assert_int_equal(e->cred.suid, 3);
	assert_int_equal(e->cred.fsuid, 4);
	assert_int_equal(e->cred.gid, 5);
	assert_int_equal(e->cred.egid, 6);
	assert_int_equal(e->cred.sgid, 7);
	assert_int_equal(e->cred.fsgid, 8);
	assert_int_equal(e->cred.inheritable, 1);
	assert_int_equal(e->cred.permitted, 0x1ffffffffff);
	assert_int_equal(e->cred.effective, 3);
	assert_int_equal(e->cred.bounding, 4);
	assert_int_equal(e->cred.ambient, 5);
	assert_int_equal(e->nspid, 0);
	assert_int_equal(e->flags, 0);
	assert_field(e, EXEC_FILENAME, BYTES(""));
	assert_field(e, EXEC_EXE, BYTES("dash\0bin\0usr\0"));
	assert_field(e, EXEC_CWD, BYTES("work\0root\0"));
	assert_field(e, EXEC_INTERP, BYTES(""));
	assert_field(e, EXEC_ARGV, BYTES("sh\0-c\0true\0"));
	assert_field(e, EXEC_ENV, BYTES(""));
}

static void names_that_look_like_the_rest(void **state)
{
	static const struct {
		const char *stat, *comm;
		uint32_t parent;
	} cases[] = {
		{"42 (a) S 9 (b) S 7 40 39 0 -1 0\n", "a) S 9 (b", 7},
		{"42 ()) S 7 40 39 0\n", ")", 7},
		{"42 () S 7 40 39 0\n", "", 7},
		{"42 (x y) S 7 40 39 0\n", "x y", 7},
		{"42 (x\ny) S 7 40 39 0\n", "x\ny", 7},
		{"42 (kworker/u16:3-events) I 2 0 0 0\n", "kworker/u16:3-e", 2},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct record_exec *e;

		write_text(s, "stat", cases[i].stat);
		e = report(s);
		assert_string_equal(e->comm, cases[i].comm);
		assert_int_equal(e->parent.pid, cases[i].parent);
	}
}

static void broken_files(void **state)
{
	static const char *const stats[] = {"",   "42",      "42 (sh",    "42 sh)",
					    ")(", "42 (sh)", "42 (sh) S", "42 (sh) S x"};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(stats); i++) {
		write_text(s, "stat", stats[i]);
		assert_int_equal(report(s)->parent.pid, 0);
	}
	write_text(s, "status", "");
	assert_int_equal(report(s)->cred.uid, 0);
	write_text(s, "status", "Name:\tx\nUid:\nNSpid:");
	assert_int_equal(report(s)->nspid, 0);
	write_text(s, "loginuid", "");
	write_text(s, "sessionid", "none");
	assert_int_equal(report(s)->loginuid, UINT32_MAX);
	assert_int_equal(report(s)->sessionid, UINT32_MAX);
}

static void terminals(void **state)
{
	static const struct {
		const char *number;
		uint32_t device;
	} cases[] = {
		{"0", 0},
		{"34816", 136U << 20},
		/* Minor numbers beyond a byte lie above the major one. */
		{"1083436", 136U << 20 | 300},
		{"1025", 4U << 20 | 1},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char stat[64];

		snprintf(stat, sizeof(stat), "42 (sh) S 7 40 39 %s 42", cases[i].number);
		write_text(s, "stat", stat);
		assert_int_equal(report(s)->tty, cases[i].device);
	}
}

static void numbers_in_namespaces(void **state)
{
	static const struct {
		const char *line;
		uint32_t nspid;
	} cases[] = {
		{"\nNSpid:\t42\n", 0},
		{"\nNSpid:\t42\t7\n", 7},
		{"\nNSpid:\t42\t7\t1\nNSpgid:\t40\t99\n", 1},
		{"\nNSpid:\t42\t7", 7},
		{"\nNStgid:\t42\t8\n", 0},
		/* Kernels without CONFIG_PID_NS do not have the line. */
		{"\n", 0},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		write_text(s, "status", cases[i].line);
		assert_int_equal(report(s)->nspid, cases[i].nspid);
	}
}

static void without_links(void **state)
{
	struct scene *s = *state;
	const struct record_exec *e;

	take_away(s, "exe");
	e = report(s);
	assert_int_equal(e->flags, EXEC_ERROR_EXE);
	assert_field(e, EXEC_EXE, BYTES(""));
	assert_field(e, EXEC_CWD, BYTES("work\0root\0"));
	assert_field(e, EXEC_ARGV, BYTES("sh\0-c\0true\0"));
	take_away(s, "cwd");
	e = report(s);
	assert_int_equal(e->flags, EXEC_ERROR_EXE | EXEC_ERROR_CWD);
	take_away(s, "cmdline");
	e = report(s);
	assert_int_equal(e->flags, EXEC_ERROR_EXE | EXEC_ERROR_CWD | EXEC_ERROR_ARGV);
	assert_int_equal(s->record.len, sizeof(*e));
}

static void links_of_all_kinds(void **state)
{
	char longest[4096] = "";
	struct scene *s = *state;
	const struct record_exec *e;

	link_to(s, "cwd", "/");
	assert_field(report(s), EXEC_CWD, BYTES(""));
	link_to(s, "cwd", "(unreachable)/x");
	assert_field(report(s), EXEC_CWD, BYTES("x\0(unreachable)\0"));
	link_to(s, "cwd", "//a//b/");
	assert_field(report(s), EXEC_CWD, BYTES("b\0a\0"));
	for (size_t i = 0; i < 4090; i++)
		longest[i] = i % 10 ? 'x' : '/';
	link_to(s, "exe", longest);
	e = report(s);
	assert_int_equal(e->field[EXEC_EXE].kept, 4090);
	assert_int_equal(e->field[EXEC_EXE].size, 4090);
}

static void deleted_files(void **state)
{
	struct scene *s = *state;
	const struct record_exec *e;

	link_to(s, "exe", "/tmp/x (deleted)");
	link_to(s, "cwd", "/gone (deleted)");
	e = report(s);
	assert_int_equal(e->flags, EXEC_EXE_DELETED | EXEC_CWD_DELETED);
	assert_field(e, EXEC_EXE, BYTES("x\0tmp\0"));
	assert_field(e, EXEC_CWD, BYTES("gone\0"));
	link_to(s, "exe", "/tmp/x (deleted) not");
	link_to(s, "cwd", "/");
	e = report(s);
	assert_int_equal(e->flags, 0);
	assert_field(e, EXEC_EXE, BYTES("x (deleted) not\0tmp\0"));
}

/* Nobody has asked the file system: the name is all there is. */
static void files_in_memory(void **state)
{
	static const struct {
		const char *link;
		uint32_t flags;
		struct bytes names;
	} cases[] = {
		{"/memfd:x (deleted)", EXEC_EXE_PSEUDO, BYTES("memfd:x\0")},
		{"/memfd: (deleted)", EXEC_EXE_PSEUDO, BYTES("memfd:\0")},
		/* A name is a name. */
		{"/memfd:a//b/../c (deleted) (deleted)", EXEC_EXE_PSEUDO,
		 BYTES("memfd:a//b/../c (deleted)\0")},
		/* Files, and one is gone. */
		{"/memfd:x", 0, BYTES("memfd:x\0")},
		{"/tmp/memfd:x (deleted)", EXEC_EXE_DELETED, BYTES("memfd:x\0tmp\0")},
		{"/memfd (deleted)", EXEC_EXE_DELETED, BYTES("memfd\0")},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct record_exec *e;

		link_to(s, "exe", cases[i].link);
		e = report(s);
		assert_int_equal(e->flags, cases[i].flags);
		assert_field(e, EXEC_EXE, cases[i].names);
	}
	/* No more of a directory than the name says. */
	link_to(s, "cwd", "/memfd:x (deleted)");
	assert_int_equal(report(s)->flags & ~(uint32_t)EXEC_EXE_DELETED, EXEC_CWD_DELETED);
}

/* A process of that image; *ret_end: it lives until that is closed. */
static pid_t execute(int image, int *ret_end)
{
	char *const argv[] = {(char[]){"cat"}, NULL}, *const envp[] = {NULL};
	int in[2], out[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		fexecve(image, argv, envp);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	/* It repeats what it is told, so by then it is what it is to be. */
	assert_int_equal(write(in[1], "x", 1), 1);
	assert_int_equal(read(out[0], &c, 1), 1);
	close(out[0]);
	*ret_end = in[1];
	return pid;
}

static void end(pid_t pid, int fd)
{
	close(fd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_process_in_memory(void **state)
{
	_cleanup_close_ int from = open("/bin/cat", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int image = memfd_create("a name/of", MFD_CLOEXEC);
	_cleanup_str_ struct str out = STR_INIT;
	const struct record_exec *e;
	struct stat st;
	pid_t pid;
	int fd;

	assert_true(from >= 0 && image >= 0);
	assert_int_equal(fstat(from, &st), 0);
	assert_int_equal(sendfile(image, from, NULL, (size_t)st.st_size), st.st_size);
	pid = execute(image, &fd);
	assert_int_equal(procfs_report("/proc", &KEY((uint32_t)pid, 1, 2), &out), 0);
	end(pid, fd);
	e = (const struct record_exec *)(void *)out.data;
	assert_int_equal(e->flags, EXEC_EXE_PSEUDO);
	assert_field(e, EXEC_EXE, BYTES("memfd:a name/of\0"));
}

/* What the kernel calls so is a file that there is: not in memory, whatever it looks like. Looked
 * at from where it is in the root directory. */
static void check_file_that_is_called_so(struct scene *s)
{
	_cleanup_str_ struct str out = STR_INIT;
	const struct record_exec *e;
	FILE *f;

	link_to(s, "exe", "/memfd:x (deleted)");
	if (chroot(s->proc) < 0 || chdir("/") < 0)
		_exit(77);
	f = fopen("/memfd:x (deleted)", "we");
	if (!f || fclose(f) || procfs_report("/", &PROCESS, &out) < 0)
		_exit(1);
	e = (const struct record_exec *)(void *)out.data;
	_exit(e->flags == EXEC_EXE_DELETED ? 0 : 2);
}

static void a_file_that_is_called_so(void **state)
{
	struct scene *s = *state;
	pid_t pid = fork();
	int code;

	assert_true(pid >= 0);
	if (pid == 0)
		check_file_that_is_called_so(s);
	assert_int_equal(waitpid(pid, &code, 0), pid);
	assert_true(WIFEXITED(code));
	if (WEXITSTATUS(code) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(code), 0);
}

/* They come before the rest. */
static void one_of_many_groups(void **state)
{
	_cleanup_str_ struct str text = STR_INIT;
	struct scene *s = *state;
	const struct record_exec *e;

	str_append_lit(&text, "Name:\tx\nUid:\t1\t2\t3\t4\nGroups:\t");
	for (uint32_t i = 0; i < 65536; i++)
		str_appendf(&text, "%u ", 4000000000U + i);
	str_append_lit(&text, "\nNSpid:\t42\t7\nCapEff:\t0000000000000003\n");
	write_file(s, "status", text.data, text.len);
	e = report(s);
	assert_int_equal(e->cred.euid, 2);
	assert_int_equal(e->nspid, 7);
	assert_int_equal(e->cred.effective, 3);
}

static void a_huge_cmdline(void **state)
{
	const size_t size = ARGV_MAX + 100000;
	char *argv = malloc(size);
	_cleanup_str_ struct str out = STR_INIT;
	struct scene *s = *state;

	assert_non_null(argv);
	for (size_t i = 0; i < size; i++)
		argv[i] = i % 50 ? (char)('a' + i % 26) : '\0';
	write_file(s, "cmdline", argv, size);
	assert_int_equal(procfs_read_strings(s->proc, 42, EXEC_ARGV, &out), 0);
	/* The same limit as that of exec records. */
	assert_int_equal(out.len, ARGV_MAX);
	assert_memory_equal(out.data, argv, ARGV_MAX);
	assert_field(report(s), EXEC_ARGV, (struct bytes){argv, EXEC_INLINE_MAX});
	free(argv);
}

/* How much there was may stay open; that there was more must not. */
static void what_is_cut_of_a_cmdline_is_told(void **state)
{
	static const char argv[EXEC_INLINE_MAX + 1000];
	struct scene *s = *state;
	const struct record_exec *e;

	write_file(s, "cmdline", argv, sizeof(argv));
	e = report(s);
	assert_true(e->field[EXEC_ARGV].size > e->field[EXEC_ARGV].kept);
	write_file(s, "cmdline", argv, EXEC_INLINE_MAX);
	e = report(s);
	assert_int_equal(e->field[EXEC_ARGV].size, EXEC_INLINE_MAX);
}

static void arguments(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct scene *s = *state;

	str_append_lit(&out, "before:");
	assert_int_equal(procfs_read_strings(s->proc, 42, EXEC_ARGV, &out), 0);
	assert_int_equal(out.len, 7 + 11);
	assert_memory_equal(out.data, "before:sh\0-c\0true\0", 18);
	write_text(s, "environ", "A=1");
	assert_int_equal(procfs_read_strings(s->proc, 42, EXEC_ENV, &out), 0);
	assert_memory_equal(out.data + 18, "A=1", 3);
	out.len = 18;
	write_text(s, "cmdline", "");
	assert_int_equal(procfs_read_strings(s->proc, 42, EXEC_ARGV, &out), 0);
	assert_int_equal(out.len, 18);
	assert_field(report(s), EXEC_ARGV, BYTES(""));
}

/* Field 3 to 52 of proc(5), all 0 but the state and the end of the environment. */
static void write_stat(struct scene *s, const char *env_end)
{
	_cleanup_str_ struct str stat = STR_INIT;

	str_append_lit(&stat, "42 (a) b 0) S");
	for (int field = 4; field <= 50; field++)
		str_append_lit(&stat, " 0");
	str_appendf(&stat, " %s 0\n", env_end);
	write_text(s, "stat", str_cstr(&stat));
}

/* It gives up its memory, or is just about to get a new one. */
static void a_process_between_two_images(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct scene *s = *state;

	write_stat(s, "0");
	assert_int_equal(procfs_report(s->proc, &PROCESS, &out), 0);
	out.len = 0;
	write_text(s, "cmdline", "");
	assert_int_equal(procfs_report(s->proc, &PROCESS, &out), -ESRCH);
	assert_int_equal(out.len, 0);
	/* It was started with no arguments. */
	write_stat(s, "140726450294763");
	assert_int_equal(procfs_report(s->proc, &PROCESS, &out), 0);
}

static void a_process_that_has_gone(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct scene *s = *state;

	assert_true(procfs_read_strings(s->proc, 43, EXEC_ARGV, &out) < 0);
	assert_int_equal(procfs_report(s->proc, &KEY(43, 1, 1), &out), -ESRCH);
	assert_int_equal(procfs_report("/nonexistent", &PROCESS, &out), -ESRCH);
	take_away(s, "status");
	assert_int_equal(procfs_report(s->proc, &PROCESS, &out), -ESRCH);
	take_away(s, "stat");
	assert_int_equal(procfs_report(s->proc, &PROCESS, &out), -ESRCH);
	take_away(s, "cmdline");
	assert_true(procfs_read_strings(s->proc, 42, EXEC_ARGV, &out) < 0);
	assert_int_equal(out.len, 0);
}

static void ourselves(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	const struct process_key self = KEY((uint32_t)getpid(), 1, 2);
	const struct record_exec *e;

	assert_int_equal(procfs_report("/proc", &self, &out), 0);
	assert_true(record_valid(out.data, out.len));
	e = (const struct record_exec *)(void *)out.data;
	assert_int_equal(e->parent.pid, getppid());
	assert_int_equal(e->cred.euid, geteuid());
	assert_int_equal(e->cred.gid, getgid());
	assert_int_equal(e->pgid, getpgrp());
	assert_true(e->field[EXEC_EXE].kept > 0);
	assert_true(e->field[EXEC_ARGV].kept > 0);
}

#define scene(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene(a_whole_process),
		scene(names_that_look_like_the_rest),
		scene(broken_files),
		scene(terminals),
		scene(numbers_in_namespaces),
		scene(without_links),
		scene(links_of_all_kinds),
		scene(deleted_files),
		scene(files_in_memory),
		cmocka_unit_test(a_process_in_memory),
		scene(a_file_that_is_called_so),
		scene(one_of_many_groups),
		scene(a_huge_cmdline),
		scene(what_is_cut_of_a_cmdline_is_told),
		scene(arguments),
		scene(a_process_between_two_images),
		scene(a_process_that_has_gone),
		cmocka_unit_test(ourselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
