// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "agent/instance.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define NOBODY 65534

/* What happens elsewhere between the opening of the file and its locking, once or each time. */
static void (*meanwhile)(void);
static bool each_time;
/* Why nothing can be locked. */
static int refusal;

/* In place of the C library's. */
int flock(int fd, int operation)
{
	void (*what)(void) = meanwhile;

	if (what) {
		meanwhile = NULL;
		what();
		meanwhile = each_time ? what : NULL;
	}
	if (refusal) {
		errno = refusal;
		return -1;
	}
	return (int)syscall(SYS_flock, fd, operation);
}

/* A directory of our own, in which the run directory goes. */
struct scene {
	char dir[64];
	char run[128];
	char pid_file[160];
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	*state = s;
	strcpy(s->dir, "/tmp/ocelli-instance-XXXXXX");
	if (!mkdtemp(s->dir))
		return -1;
	snprintf(s->run, sizeof(s->run), "%s/run", s->dir);
	snprintf(s->pid_file, sizeof(s->pid_file), "%s/ocellid.pid", s->run);
	return 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int teardown(void **state)
{
	struct scene *s = *state;
	int r = nftw(s->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);

	free(s);
	return r;
}

static int lock(struct scene *s)
{
	int fd = -1;

	assert_int_equal(instance_lock(s->run, &fd, NULL), 0);
	assert_true(fd >= 0);
	return fd;
}

static void assert_refused(struct scene *s, int code, const char *message)
{
	_cleanup_error_ struct error *err = NULL;
	int fd = 4711;

	assert_int_equal(instance_lock(s->run, &fd, &err), code);
	assert_int_equal(fd, 4711);
	assert_non_null(err);
	assert_int_equal(err->code, code);
	if (!strstr(err->message, message))
		fail_msg("%s does not say %s", err->message, message);
	assert_non_null(err->remedy);
}

static void assert_pid(struct scene *s)
{
	_cleanup_fclose_ FILE *f = fopen(s->pid_file, "re");
	char text[64] = "", expected[64];

	assert_non_null(f);
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	snprintf(expected, sizeof(expected), "%d\n", (int)getpid());
	assert_string_equal(text, expected);
}

static void the_first_one(void **state)
{
	struct scene *s = *state;
	struct stat st;
	int fd = lock(s);

	/* The directory is made as well. */
	assert_pid(s);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(stat(s->run, &st), 0);
	assert_int_equal(st.st_mode & 022, 0);
	assert_int_equal(stat(s->pid_file, &st), 0);
	assert_int_equal(st.st_mode & 022, 0);
	instance_unlock(s->run, &fd);
	assert_int_equal(fd, -1);
	assert_int_equal(access(s->pid_file, F_OK), -1);
}

static void the_second_one(void **state)
{
	struct scene *s = *state;
	char message[64];
	int fd = lock(s);

	snprintf(message, sizeof(message), "another ocellid is running, pid %d", (int)getpid());
	assert_refused(s, -EEXIST, message);
	/* It has done no harm to the first. */
	assert_pid(s);
	assert_refused(s, -EEXIST, message);
	instance_unlock(s->run, &fd);
	fd = lock(s);
	instance_unlock(s->run, &fd);
}

static void in_another_directory(void **state)
{
	struct scene *s = *state;
	int first = lock(s), second;

	snprintf(s->run, sizeof(s->run), "%s/other", s->dir);
	second = lock(s);
	assert_true(first != second);
	instance_unlock(s->run, &second);
	snprintf(s->run, sizeof(s->run), "%s/run", s->dir);
	instance_unlock(s->run, &first);
}

static void a_file_that_a_crash_left(void **state)
{
	struct scene *s = *state;
	FILE *f;
	int fd;

	assert_int_equal(mkdir(s->run, 0755), 0);
	f = fopen(s->pid_file, "we");
	assert_non_null(f);
	/* Of somebody who is alive, but is not one of us; and longer than what comes. */
	fputs("1\nand much more than a pid ever takes\n", f);
	fclose(f);
	fd = lock(s);
	assert_pid(s);
	instance_unlock(s->run, &fd);
}

/* Killed in the middle of its life: the kernel gives the lock back. */
static void a_lock_dies_with_its_process(void **state)
{
	struct scene *s = *state;
	int fd = lock(s);

	close(fd);
	assert_int_equal(access(s->pid_file, F_OK), 0);
	fd = lock(s);
	instance_unlock(s->run, &fd);
}

/* The two others of the races below. */
static struct scene *there;
static int ending = -1, beginning = -1;

static void one_ends(void)
{
	instance_unlock(there->run, &ending);
}

static void one_ends_and_one_begins(void)
{
	one_ends();
	beginning = lock(there);
}

static void it_is_removed(void)
{
	unlink(there->pid_file);
}

static void one_that_ends_just_now(void **state)
{
	struct scene *s = there = *state;
	int fd;

	ending = lock(s);
	meanwhile = one_ends;
	fd = lock(s);
	/* It is ours, and the next one sees that. */
	assert_pid(s);
	assert_refused(s, -EEXIST, "another ocellid is running");
	instance_unlock(s->run, &fd);
	assert_int_equal(access(s->pid_file, F_OK), -1);
}

static void one_that_ends_and_one_that_begins_just_now(void **state)
{
	struct scene *s = there = *state;

	ending = lock(s);
	meanwhile = one_ends_and_one_begins;
	assert_refused(s, -EEXIST, "another ocellid is running");
	assert_pid(s);
	instance_unlock(s->run, &beginning);
}

static void a_file_that_never_stays(void **state)
{
	struct scene *s = there = *state;

	meanwhile = it_is_removed;
	each_time = true;
	assert_refused(s, -EAGAIN, "/ocellid.pid is removed all the time");
	meanwhile = NULL;
	each_time = false;
}

/* Nobody else is to blame. */
static void a_file_system_without_locks(void **state)
{
	struct scene *s = *state;
	int fd;

	refusal = ENOLCK;
	assert_refused(s, -ENOLCK, "cannot lock");
	refusal = 0;
	fd = lock(s);
	instance_unlock(s->run, &fd);
}

/* Its file was taken away, and another began: that one keeps its own. */
static void what_is_anothers_stays(void **state)
{
	struct scene *s = *state;
	int first = lock(s), second;

	assert_int_equal(unlink(s->pid_file), 0);
	second = lock(s);
	instance_unlock(s->run, &first);
	assert_int_equal(first, -1);
	assert_pid(s);
	assert_refused(s, -EEXIST, "another ocellid is running");
	instance_unlock(s->run, &second);
	assert_int_equal(access(s->pid_file, F_OK), -1);
}

/* Locked, and not yet written to. */
static void one_that_has_just_begun(void **state)
{
	struct scene *s = *state;
	int fd = lock(s);

	assert_int_equal(ftruncate(fd, 0), 0);
	assert_refused(s, -EEXIST, "another ocellid is running, pid unknown");
	instance_unlock(s->run, &fd);
}

static void a_directory_that_cannot_be_made(void **state)
{
	struct scene *s = *state;

	snprintf(s->run, sizeof(s->run), "%s/not/there", s->dir);
	assert_refused(s, -ENOENT, "cannot create the run directory");
	snprintf(s->run, sizeof(s->run), "/proc/ocelli");
	assert_refused(s, -ENOENT, "cannot create the run directory /proc/ocelli");
}

static void a_directory_that_is_none(void **state)
{
	struct scene *s = *state;
	FILE *f = fopen(s->run, "we");

	assert_non_null(f);
	fclose(f);
	assert_refused(s, -ENOTDIR, "cannot open");
}

static void a_pid_file_that_is_none(void **state)
{
	struct scene *s = *state;

	assert_int_equal(mkdir(s->run, 0755), 0);
	assert_int_equal(mkdir(s->pid_file, 0755), 0);
	assert_refused(s, -EISDIR, "cannot open");
}

/* Of whoever can write there: nothing else is written to in its place. */
static void a_pid_file_that_is_elsewhere(void **state)
{
	struct scene *s = *state;
	char target[128];
	struct stat st;
	FILE *f;

	snprintf(target, sizeof(target), "%s/target", s->dir);
	f = fopen(target, "we");
	assert_non_null(f);
	fputs("precious", f);
	fclose(f);
	assert_int_equal(mkdir(s->run, 0755), 0);
	assert_int_equal(symlink(target, s->pid_file), 0);
	assert_refused(s, -ELOOP, "cannot open");
	assert_int_equal(stat(target, &st), 0);
	assert_int_equal(st.st_size, 8);
}

static void a_directory_that_is_not_ours(void **state)
{
	struct scene *s = *state;

	if (geteuid() == 0) {
		assert_int_equal(chmod(s->dir, 0755), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	} else {
		assert_int_equal(chmod(s->dir, 0500), 0);
	}
	assert_refused(s, -EACCES, "cannot create the run directory");
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(s->dir, 0700), 0);
	assert_int_equal(mkdir(s->run, 0555), 0);
	if (getuid() == 0) {
		assert_int_equal(chmod(s->dir, 0755), 0);
		assert_int_equal(seteuid(NOBODY), 0);
	}
	assert_refused(s, -EACCES, "cannot open");
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
}

static void nothing_to_unlock(void **state)
{
	struct scene *s = *state;
	int fd = -1;

	instance_unlock(s->run, &fd);
	assert_int_equal(fd, -1);
}

#define scene(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene(the_first_one),
		scene(the_second_one),
		scene(in_another_directory),
		scene(a_file_that_a_crash_left),
		scene(a_lock_dies_with_its_process),
		scene(one_that_ends_just_now),
		scene(one_that_ends_and_one_that_begins_just_now),
		scene(a_file_that_never_stays),
		scene(a_file_system_without_locks),
		scene(what_is_anothers_stays),
		scene(one_that_has_just_begun),
		scene(a_directory_that_cannot_be_made),
		scene(a_directory_that_is_none),
		scene(a_pid_file_that_is_none),
		scene(a_pid_file_that_is_elsewhere),
		scene(a_directory_that_is_not_ours),
		scene(nothing_to_unlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
