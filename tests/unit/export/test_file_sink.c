// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "events.h"
#include "export/sink.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <zlib.h>

#define MINUTE (60 * NSEC_PER_SEC)
#define START (1000 * NSEC_PER_SEC)

static struct file_sink_config config(void **state)
{
	struct scratch *s = *state;

	return (struct file_sink_config){.path = s->path, .mode = 0600};
}

static struct sink *open_sink(const struct file_sink_config *config)
{
	struct sink *sink = NULL;
	struct error *err = NULL;

	if (file_sink_new(config, &sink, &err) < 0)
		fail_msg("%s", err->message);
	return sink;
}

/* Writes events @first..@last of @len bytes in one block. */
static void write_events(struct sink *sink, unsigned first, unsigned last, size_t len)
{
	_cleanup_str_ struct str block = STR_INIT;

	for (unsigned i = first; i <= last; i++)
		event_append(&block, i, len);
	sink_write(sink, block.data, block.len, last - first + 1);
}

static uint64_t accounted(const struct sink *sink)
{
	uint64_t n = sink->stats.delivered + sink->stats.pending;

	for (int i = 0; i < _SINK_DROP_MAX; i++)
		n += sink->stats.dropped[i];
	return n;
}

static const char *joined(const char *dir, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* Checks that backups, by age, and then the file hold whole events in order. Returns how many. */
static unsigned events_on_disk(const struct scratch *s)
{
	struct scratch_listing list;
	unsigned n = 0, last = 0;

	scratch_list(s->dir, &list);
	for (unsigned i = 0; i < list.len; i++) {
		_cleanup_str_ struct str text = STR_INIT;

		scratch_read_any(joined(s->dir, list.names[i]), &text);
		n += events_check(text.data, text.len, &last);
	}
	return n;
}

static unsigned files(const struct scratch *s)
{
	struct scratch_listing list;

	scratch_list(s->dir, &list);
	return list.len;
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void appends(void **state)
{
	struct file_sink_config c = config(state);
	const struct scratch *s = *state;

	for (unsigned i = 0; i < 3; i++) {
		_cleanup_sink_ struct sink *sink = open_sink(&c);

		assert_string_equal(sink->name, s->path);
		assert_int_equal(sink->poll_fd, -1);
		write_events(sink, 10 * i + 1, 10 * i + 10, 100);
		sink_flush(sink);
		assert_int_equal(sink->stats.delivered, 10);
		assert_int_equal(sink->stats.bytes, 1000);
		assert_int_equal(accounted(sink), 10);
		assert_false(sink->closed);
	}
	assert_int_equal(events_on_disk(s), 30);
	assert_int_equal(files(s), 1);
}

static void rotates_before_a_block_would_pass_the_size(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;

	c.max_bytes = 1000;
	sink = open_sink(&c);
	write_events(sink, 1, 10, 100);
	assert_int_equal(files(s), 1);
	write_events(sink, 11, 11, 100);
	assert_int_equal(files(s), 2);
	assert_int_equal(size_of(s->path), 100);
	assert_int_equal(events_on_disk(s), 11);
}

static void a_block_is_split_between_events(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;
	struct scratch_listing list;

	c.max_bytes = 1050;
	sink = open_sink(&c);
	write_events(sink, 1, 3, 100);
	write_events(sink, 4, 100, 100);
	assert_int_equal(sink->stats.delivered, 100);
	assert_int_equal(sink->stats.bytes, 10000);
	assert_int_equal(events_on_disk(s), 100);
	scratch_list(s->dir, &list);
	assert_int_equal(list.len, 10);
	for (unsigned i = 0; i < list.len; i++)
		assert_int_equal(size_of(joined(s->dir, list.names[i])), 1000);
}

static void a_longer_event_has_a_file_to_itself(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_str_ struct str block = STR_INIT;
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;
	static const off_t expected[] = {100, 5000, 5000, 200};
	struct scratch_listing list;

	c.max_bytes = 1000;
	sink = open_sink(&c);
	event_append(&block, 1, 100);
	event_append(&block, 2, 5000);
	event_append(&block, 3, 5000);
	event_append(&block, 4, 100);
	event_append(&block, 5, 100);
	sink_write(sink, block.data, block.len, 5);
	assert_int_equal(events_on_disk(s), 5);
	scratch_list(s->dir, &list);
	assert_int_equal(list.len, 4);
	for (unsigned i = 0; i < list.len; i++)
		assert_int_equal(size_of(joined(s->dir, list.names[i])), expected[i]);
}

static void a_file_too_large_at_start_is_rotated(void **state)
{
	struct file_sink_config c = config(state);
	const struct scratch *s = *state;
	struct sink *sink = open_sink(&c);

	write_events(sink, 1, 20, 100);
	sink_free(&sink);
	c.max_bytes = 1000;
	sink = open_sink(&c);
	write_events(sink, 21, 21, 100);
	sink_free(&sink);
	assert_int_equal(files(s), 2);
	assert_int_equal(size_of(s->path), 100);
	assert_int_equal(events_on_disk(s), 21);
}

/* time() may lag behind the clock that names backups by a tick of the kernel's. */
static time_t now_s(void)
{
	return (time_t)(clock_ns(CLOCK_REALTIME) / NSEC_PER_SEC);
}

static void backups_are_named_by_the_time_in_utc(void **state)
{
	struct file_sink_config c = config(state);
	time_t before = now_s(), after, stamp;
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;
	struct scratch_listing list;
	struct tm tm = {0};
	const char *rest;

	c.max_bytes = 100;
	setenv("TZ", "Asia/Tokyo", 1);
	sink = open_sink(&c);
	write_events(sink, 1, 2, 100);
	unsetenv("TZ");
	after = now_s();
	scratch_list(s->dir, &list);
	assert_int_equal(list.len, 2);
	rest = strptime(list.names[0], "events-%Y-%m-%dT%H-%M-%S.", &tm);
	assert_non_null(rest);
	assert_string_equal(rest + 3, ".log");
	stamp = timegm(&tm);
	assert_in_range(stamp, before, after);
}

/* Many in one millisecond, and fewer kept than made: none replaces another or goes before an older
 * one. */
static void fast_rotation_keeps_all_in_order(void **state)
{
	struct file_sink_config c = config(state);
	const struct scratch *s = *state;
	struct sink *sink;

	c.max_bytes = 100;
	sink = open_sink(&c);
	write_events(sink, 1, 200, 100);
	assert_int_equal(files(s), 200);
	assert_int_equal(events_on_disk(s), 200);
	sink_free(&sink);
}

static bool at_most(const char *dir, void *arg)
{
	struct scratch_listing list;

	scratch_list(dir, &list);
	return list.len <= *(unsigned *)arg;
}

static void the_oldest_backups_go(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;
	struct scratch_listing list;
	unsigned expected = 4, last = 0;

	c.max_bytes = 100;
	c.max_backups = 3;
	sink = open_sink(&c);
	write_events(sink, 1, 100, 100);
	scratch_wait(s->dir, at_most, &expected);
	scratch_list(s->dir, &list);
	for (unsigned i = 0; i < 4; i++) {
		_cleanup_str_ struct str text = STR_INIT;

		scratch_read(joined(s->dir, list.names[i]), &text);
		assert_int_equal(events_check(text.data, text.len, &last), 1);
		assert_int_equal(last, 97 + i);
	}
}

static void rotation_by_time(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;

	c.rotate_interval = MINUTE;
	sink = open_sink(&c);
	sink_tick(sink, START);
	write_events(sink, 1, 1, 100);
	sink_tick(sink, START + MINUTE - 1);
	assert_int_equal(files(s), 1);
	sink_tick(sink, START + MINUTE);
	assert_int_equal(files(s), 2);
	assert_int_equal(size_of(s->path), 0);
	/* An empty file is no backup, and the interval begins anew. */
	sink_tick(sink, START + 2 * MINUTE);
	assert_int_equal(files(s), 2);
	write_events(sink, 2, 2, 100);
	sink_tick(sink, START + 2 * MINUTE + NSEC_PER_SEC);
	assert_int_equal(files(s), 2);
	sink_tick(sink, START + 3 * MINUTE);
	assert_int_equal(files(s), 3);
	assert_int_equal(events_on_disk(s), 2);
}

static void rotation_can_be_changed(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;
	unsigned expected = 3;

	sink = open_sink(&c);
	write_events(sink, 1, 50, 100);
	assert_int_equal(files(s), 1);
	file_sink_configure(sink, 1000, 0, 0);
	write_events(sink, 51, 100, 100);
	assert_int_equal(files(s), 6);
	file_sink_configure(sink, 0, NSEC_PER_SEC, 2);
	scratch_wait(s->dir, at_most, &expected);
	sink_tick(sink, START);
	write_events(sink, 101, 200, 100);
	assert_int_equal(size_of(s->path), 11000);
	sink_tick(sink, START + NSEC_PER_SEC);
	assert_int_equal(size_of(s->path), 0);
	scratch_wait(s->dir, at_most, &expected);
}

static void mode_is_exact_for_all_files(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;
	struct scratch_listing list;
	mode_t before = umask(0777);

	c.max_bytes = 100;
	c.mode = 0646;
	sink = open_sink(&c);
	write_events(sink, 1, 5, 100);
	umask(before);
	scratch_list(s->dir, &list);
	assert_int_equal(list.len, 5);
	for (unsigned i = 0; i < list.len; i++)
		assert_int_equal(scratch_mode(joined(s->dir, list.names[i])), 0646);
}

static void the_owner_is_kept(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;
	struct stat st;

	if (geteuid() != 0)
		skip();
	c.max_bytes = 100;
	sink = open_sink(&c);
	assert_int_equal(chown(s->path, 0, 4), 0);
	write_events(sink, 1, 2, 100);
	assert_int_equal(stat(s->path, &st), 0);
	assert_int_equal(st.st_gid, 4);
}

static bool all_compressed(const char *dir, void *arg)
{
	struct scratch_listing list;
	unsigned gz = 0;

	scratch_list(dir, &list);
	for (unsigned i = 0; i < list.len; i++)
		gz += !strcmp(list.names[i] + strlen(list.names[i]) - 3, ".gz");
	return list.len == *(unsigned *)arg && gz == list.len - 1;
}

static void backups_are_compressed(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;
	struct scratch_listing list;
	unsigned expected = 11;
	mode_t before = umask(0777);

	c.max_bytes = 100000;
	c.compress = true;
	c.mode = 0644;
	sink = open_sink(&c);
	write_events(sink, 1, 11000, 100);
	scratch_wait(s->dir, all_compressed, &expected);
	umask(before);
	assert_int_equal(events_on_disk(s), 11000);
	scratch_list(s->dir, &list);
	for (unsigned i = 0; i < list.len; i++) {
		assert_int_equal(scratch_mode(joined(s->dir, list.names[i])), 0644);
		if (i < list.len - 1)
			assert_true(size_of(joined(s->dir, list.names[i])) < 50000);
	}
	assert_null(sink->problem);
}

static void compression_left_over_is_finished_at_start(void **state)
{
	struct file_sink_config c = config(state);
	const struct scratch *s = *state;
	struct sink *sink;
	unsigned expected = 5;

	c.max_bytes = 1000;
	sink = open_sink(&c);
	write_events(sink, 1, 50, 100);
	sink_free(&sink);
	assert_int_equal(files(s), 5);
	c.compress = true;
	sink = open_sink(&c);
	scratch_wait(s->dir, all_compressed, &expected);
	sink_free(&sink);
	assert_int_equal(events_on_disk(s), 50);
}

/* One failing sink: what was written is whole, the rest counted, told once, and it goes on. */
static void check_outage(struct sink *sink, int code)
{
	uint64_t dropped;

	write_events(sink, 1, 20, 1000);
	assert_null(sink->problem);
	write_events(sink, 21, 2000, 1000);
	dropped = sink->stats.dropped[SINK_DROP_ERROR];
	assert_true(dropped > 0 && dropped < 1980);
	assert_int_equal(sink->stats.bytes, sink->stats.delivered * 1000);
	assert_int_equal(accounted(sink), 2000);
	assert_non_null(sink->problem);
	assert_int_equal(sink->problem->code, code);
	assert_non_null(sink->problem->remedy);
	error_free(&sink->problem);

	for (unsigned i = 0; i < 5; i++) {
		write_events(sink, 2001 + i, 2001 + i, 100000);
		sink_tick(sink, START + i * NSEC_PER_SEC);
		assert_null(sink->problem);
	}
	assert_int_equal(sink->stats.dropped[SINK_DROP_ERROR], dropped + 5);
	assert_int_equal(accounted(sink), 2005);
}

static void file_size_limit(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = open_sink(&c);
	const struct scratch *s = *state;
	uint64_t delivered;

	scratch_limit_file_size(65536 + 500);
	check_outage(sink, -EFBIG);
	scratch_limit_file_size(UINT64_MAX);
	assert_int_equal(size_of(s->path), 66000);
	delivered = sink->stats.delivered;
	write_events(sink, 3001, 3100, 1000);
	assert_int_equal(sink->stats.delivered, delivered + 100);
	assert_int_equal(events_on_disk(s), delivered + 100);
}

static void disk_full(void **state)
{
	struct file_sink_config c = config(state);
	const struct scratch *s = *state;
	char hog[160];
	struct sink *sink;
	uint64_t delivered;

	if (!scratch_mount(s->dir, 256 * 1024))
		skip();
	snprintf(hog, sizeof(hog), "%s/hog", s->dir);
	scratch_write(hog, "it takes up one page");
	sink = open_sink(&c);
	check_outage(sink, -ENOSPC);
	/* Space for a page: an event fits again. */
	delivered = sink->stats.delivered;
	assert_int_equal(unlink(hog), 0);
	write_events(sink, 3001, 3001, 1000);
	assert_int_equal(sink->stats.delivered, delivered + 1);
	sink_tick(sink, START);
	/* Mended, so that the next outage is news. */
	write_events(sink, 3002, 3500, 1000);
	assert_non_null(sink->problem);
	assert_int_equal(events_on_disk(s), sink->stats.delivered);
	assert_int_equal(accounted(sink), 2005 + 500);
	sink_free(&sink);
	scratch_unmount(s->dir);
}

/* Rotation cannot make room, but pruning can: the agent must not stay stuck on a full disk. */
static void disk_full_with_rotation(void **state)
{
	struct file_sink_config c = config(state);
	const struct scratch *s = *state;
	struct sink *sink;

	if (!scratch_mount(s->dir, 256 * 1024))
		skip();
	c.max_bytes = 64 * 1024;
	c.max_backups = 1;
	sink = open_sink(&c);
	for (unsigned i = 0; i < 100; i++) {
		unsigned most = 3;

		write_events(sink, 10 * i + 1, 10 * i + 10, 1000);
		if (files(s) > most)
			scratch_wait(s->dir, at_most, &most);
	}
	assert_int_equal(accounted(sink), 1000);
	sink_free(&sink);
	scratch_unmount(s->dir);
}

static void remove_file_and_directory(const struct scratch *s)
{
	assert_int_equal(unlink(s->path), 0);
	assert_int_equal(rmdir(s->dir), 0);
}

static void the_directory_vanishes_and_comes_back(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = open_sink(&c);
	const struct scratch *s = *state;

	write_events(sink, 1, 10, 100);
	remove_file_and_directory(s);
	sink_tick(sink, START);
	assert_non_null(sink->problem);
	assert_int_equal(sink->problem->code, -ENOENT);
	assert_string_equal(sink->problem->remedy, "create the directory");
	error_free(&sink->problem);

	write_events(sink, 11, 20, 100);
	sink_tick(sink, START + NSEC_PER_SEC);
	assert_null(sink->problem);
	assert_int_equal(sink->stats.dropped[SINK_DROP_ERROR], 10);

	assert_int_equal(mkdir(s->dir, 0700), 0);
	sink_tick(sink, START + 2 * NSEC_PER_SEC);
	assert_true(scratch_exists(s->path));
	write_events(sink, 21, 30, 100);
	assert_int_equal(events_on_disk(s), 10);
	assert_int_equal(sink->stats.delivered, 20);
	assert_int_equal(accounted(sink), 30);

	/* The next time is news again. */
	sink_tick(sink, START + 3 * NSEC_PER_SEC);
	remove_file_and_directory(s);
	sink_tick(sink, START + 4 * NSEC_PER_SEC);
	assert_non_null(sink->problem);
	assert_int_equal(mkdir(s->dir, 0700), 0);
	/* A write need not wait for the tick. */
	write_events(sink, 31, 40, 100);
	assert_int_equal(events_on_disk(s), 10);
}

static void the_file_is_unlinked(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = open_sink(&c);
	const struct scratch *s = *state;

	write_events(sink, 1, 10, 100);
	assert_int_equal(unlink(s->path), 0);
	sink_tick(sink, START);
	assert_null(sink->problem);
	write_events(sink, 11, 20, 100);
	assert_int_equal(events_on_disk(s), 10);
}

static void logrotate_moves_the_file_away(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = open_sink(&c);
	const struct scratch *s = *state;
	_cleanup_str_ struct str text = STR_INIT;
	unsigned last = 0;
	char away[160];

	snprintf(away, sizeof(away), "%s.1", s->path);
	write_events(sink, 1, 10, 100);
	assert_int_equal(rename(s->path, away), 0);
	/* Until the tick events follow the file, as with any program. */
	write_events(sink, 11, 20, 100);
	sink_tick(sink, START);
	assert_true(scratch_exists(s->path));
	write_events(sink, 21, 30, 100);
	scratch_read(away, &text);
	assert_int_equal(events_check(text.data, text.len, &last), 20);
	str_reset(&text);
	scratch_read(s->path, &text);
	assert_int_equal(events_check(text.data, text.len, &last), 10);
	assert_int_equal(sink->stats.delivered, 30);
}

static void anothers_file_is_not_rotated(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;
	char away[160];

	c.max_bytes = 1000;
	sink = open_sink(&c);
	write_events(sink, 1, 10, 100);
	snprintf(away, sizeof(away), "%s.1", s->path);
	assert_int_equal(rename(s->path, away), 0);
	scratch_write(s->path, "");
	write_events(sink, 11, 11, 100);
	assert_int_equal(files(s), 2);
	assert_int_equal(size_of(s->path), 100);
	assert_int_equal(size_of(away), 1000);
}

static void emptied_from_outside(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_sink_ struct sink *sink = NULL;
	const struct scratch *s = *state;

	c.max_bytes = 1000;
	sink = open_sink(&c);
	write_events(sink, 1, 10, 100);
	assert_int_equal(truncate(s->path, 0), 0);
	sink_tick(sink, START);
	write_events(sink, 11, 20, 100);
	assert_int_equal(files(s), 1);
	assert_int_equal(events_on_disk(s), 10);
}

static void missing_directory_at_start(void **state)
{
	struct file_sink_config c = {.path = "/nonexistent/dir/events.log", .mode = 0600};
	_cleanup_error_ struct error *err = NULL;
	struct sink *sink = NULL;

	assert_int_equal(file_sink_new(&c, &sink, &err), -ENOENT);
	assert_null(sink);
	assert_string_equal(err->message, "cannot open /nonexistent/dir/events.log: "
					  "No such file or directory");
	assert_string_equal(err->remedy, "create the directory");
	assert_int_equal(file_sink_new(&c, &sink, NULL), -ENOENT);
}

static void forbidden_directory_at_start(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_error_ struct error *err = NULL;
	const struct scratch *s = *state;
	struct sink *sink = NULL;
	int r;

	assert_int_equal(chmod(s->dir, 0555), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	r = file_sink_new(&c, &sink, &err);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(s->dir, 0755), 0);
	assert_int_equal(r, -EACCES);
	assert_non_null(strstr(err->message, s->path));
	assert_string_equal(err->remedy,
			    "let the agent's user write to the file and its directory");
}

static void read_only_file_system(void **state)
{
	struct file_sink_config c = config(state);
	_cleanup_error_ struct error *err = NULL;
	const struct scratch *s = *state;
	struct sink *sink = NULL;
	int r;

	if (!scratch_mount(s->dir, 65536))
		skip();
	assert_int_equal(mount(NULL, s->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	r = file_sink_new(&c, &sink, &err);
	scratch_unmount(s->dir);
	assert_int_equal(r, -EROFS);
	assert_non_null(err->remedy);
}

/* Rotation fails, writing does not: nothing is lost, it is told once, and made up for later. */
static void rotation_fails(void **state)
{
	struct file_sink_config c = config(state);
	const struct scratch *s = *state;
	struct sink *sink;

	if (!scratch_mount(s->dir, 1 << 20))
		skip();
	/* A mount point cannot be renamed. */
	scratch_write(s->path, "");
	assert_int_equal(mount(s->path, s->path, NULL, MS_BIND, NULL), 0);
	c.max_bytes = 1000;
	sink = open_sink(&c);
	write_events(sink, 1, 15, 100);
	assert_non_null(sink->problem);
	assert_int_equal(sink->problem->code, -EBUSY);
	error_free(&sink->problem);
	write_events(sink, 16, 30, 100);
	assert_null(sink->problem);
	assert_int_equal(sink->stats.delivered, 30);
	assert_int_equal(files(s), 1);

	assert_int_equal(umount2(s->path, MNT_DETACH), 0);
	sink_tick(sink, START);
	write_events(sink, 31, 31, 100);
	assert_int_equal(files(s), 2);
	assert_int_equal(events_on_disk(s), 31);
	sink_free(&sink);
	scratch_unmount(s->dir);
}

/* The directory takes no new file: the old one gets its name back and goes on. */
static void no_new_file_after_rotation(void **state)
{
	struct file_sink_config c = config(state);
	struct rlimit limit, none;
	const struct scratch *s = *state;
	struct sink *sink;

	c.max_bytes = 1000;
	sink = open_sink(&c);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = limit;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	write_events(sink, 1, 20, 100);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_non_null(sink->problem);
	assert_int_equal(sink->problem->code, -EMFILE);
	assert_non_null(strstr(sink->problem->message, "cannot rotate"));
	assert_int_equal(files(s), 1);
	assert_int_equal(size_of(s->path), 2000);
	write_events(sink, 21, 21, 100);
	assert_int_equal(files(s), 2);
	assert_int_equal(events_on_disk(s), 21);
	sink_free(&sink);
}

static void accounting_holds_whatever_happens(void **state)
{
	struct file_sink_config c = config(state);
	const struct scratch *s = *state;
	unsigned next = 1, seed = 11;
	struct sink *sink;

	if (!scratch_mount(s->dir, 192 * 1024))
		skip();
	c.max_bytes = 20000;
	c.max_backups = 2;
	c.compress = true;
	sink = open_sink(&c);
	for (unsigned i = 0; i < 3000; i++) {
		_cleanup_str_ struct str block = STR_INIT;
		unsigned n = (unsigned)rand_r(&seed) % 100;

		for (unsigned k = 0; k < n; k++)
			event_append(&block, next++, EVENT_MIN_LEN + (size_t)rand_r(&seed) % 3000);
		if (n > 0)
			sink_write(sink, block.data, block.len, n);
		if (rand_r(&seed) % 8 == 0)
			sink_tick(sink, START + i * NSEC_PER_SEC);
		if (rand_r(&seed) % 64 == 0)
			unlink(s->path);
		if (rand_r(&seed) % 64 == 0)
			file_sink_configure(sink, 10000 + (uint64_t)rand_r(&seed) % 50000,
					    (uint64_t)rand_r(&seed) % 10 * NSEC_PER_SEC,
					    1 + (unsigned)rand_r(&seed) % 3);
		assert_int_equal(accounted(sink), next - 1);
		error_free(&sink->problem);
	}
	assert_true(sink->stats.delivered > 0);
	sink_free(&sink);
	events_on_disk(s);
	scratch_unmount(s->dir);
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(appends),
		scratch_test(rotates_before_a_block_would_pass_the_size),
		scratch_test(a_block_is_split_between_events),
		scratch_test(a_longer_event_has_a_file_to_itself),
		scratch_test(a_file_too_large_at_start_is_rotated),
		scratch_test(backups_are_named_by_the_time_in_utc),
		scratch_test(fast_rotation_keeps_all_in_order),
		scratch_test(the_oldest_backups_go),
		scratch_test(rotation_by_time),
		scratch_test(rotation_can_be_changed),
		scratch_test(mode_is_exact_for_all_files),
		scratch_test(the_owner_is_kept),
		scratch_test(backups_are_compressed),
		scratch_test(compression_left_over_is_finished_at_start),
		scratch_test(file_size_limit),
		scratch_test(disk_full),
		scratch_test(disk_full_with_rotation),
		scratch_test(the_directory_vanishes_and_comes_back),
		scratch_test(the_file_is_unlinked),
		scratch_test(logrotate_moves_the_file_away),
		scratch_test(anothers_file_is_not_rotated),
		scratch_test(emptied_from_outside),
		scratch_test(missing_directory_at_start),
		scratch_test(forbidden_directory_at_start),
		scratch_test(read_only_file_system),
		scratch_test(rotation_fails),
		scratch_test(no_new_file_after_rotation),
		scratch_test(accounting_holds_whatever_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
