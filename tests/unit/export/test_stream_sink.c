// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "events.h"
#include "export/sink.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

#define NOBODY 65534
#define LIMIT ((size_t)256 * 1024)

/* A sink, and the reader of its other end. */
struct stream {
	struct sink *sink;
	int fd;     /* what the sink was given */
	int reader; /* non-blocking */
	struct str got;
};

static void stream_done(struct stream *s)
{
	sink_free(&s->sink);
	close_fd(&s->fd);
	close_fd(&s->reader);
	str_free(&s->got);
}

#define _cleanup_stream_ _cleanup_(stream_done)
#define STREAM_INIT ((struct stream){.fd = -1, .reader = -1})

static void set_nonblocking(int fd)
{
	assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
}

static void open_sink(struct stream *s, size_t limit)
{
	assert_int_equal(stream_sink_new("stdout", s->fd, limit, &s->sink, NULL), 0);
	assert_true(s->sink->poll_fd >= 0);
}

static void open_pipe(struct stream *s, size_t limit)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	s->reader = fds[0];
	s->fd = fds[1];
	set_nonblocking(s->reader);
	open_sink(s, limit);
}

/* One that cannot be opened anew, as when it belongs to another user. */
static void open_foreign_pipe(struct stream *s, size_t limit)
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	s->reader = fds[0];
	s->fd = fds[1];
	set_nonblocking(s->reader);
	assert_int_equal(fchmod(s->fd, 0), 0);
	setfsuid(NOBODY);
	open_sink(s, limit);
	setfsuid(geteuid());
}

static void open_socket(struct stream *s, size_t limit)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	s->reader = fds[0];
	s->fd = fds[1];
	set_nonblocking(s->reader);
	open_sink(s, limit);
}

static void open_terminal(struct stream *s, size_t limit)
{
	struct termios termios;

	s->reader = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	assert_true(s->reader >= 0);
	assert_int_equal(grantpt(s->reader) | unlockpt(s->reader), 0);
	s->fd = open(ptsname(s->reader), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(s->fd >= 0);
	assert_int_equal(tcgetattr(s->fd, &termios), 0);
	cfmakeraw(&termios);
	assert_int_equal(tcsetattr(s->fd, TCSANOW, &termios), 0);
	open_sink(s, limit);
}

static void (*const openers[])(struct stream *s, size_t limit) = {open_pipe, open_foreign_pipe,
								  open_socket, open_terminal};

static void write_events(struct stream *s, unsigned first, unsigned last, size_t len)
{
	_cleanup_str_ struct str block = STR_INIT;

	for (unsigned i = first; i <= last; i++)
		event_append(&block, i, len);
	sink_write(s->sink, block.data, block.len, last - first + 1);
}

/* Reads at most @max bytes. Returns how many came. */
static size_t read_some(struct stream *s, size_t max)
{
	size_t done = 0;

	while (done < max) {
		size_t want = MIN(max - done, (size_t)4096);
		char *to = str_reserve(&s->got, want);
		ssize_t n = read(s->reader, to, want);

		if (n <= 0)
			break;
		s->got.len += (size_t)n;
		done += (size_t)n;
	}
	return done;
}

static bool ready(const struct stream *s)
{
	struct pollfd p = {.fd = s->sink->poll_fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* Reads until nothing is pending and nothing more comes. */
static void drain(struct stream *s)
{
	for (;;) {
		struct pollfd p = {.fd = s->reader, .events = POLLIN};

		sink_flush(s->sink);
		if (!read_some(s, SIZE_MAX) && !s->sink->stats.pending && poll(&p, 1, 0) == 0)
			return;
	}
}

static uint64_t accounted(const struct stream *s)
{
	uint64_t n = s->sink->stats.delivered + s->sink->stats.pending;

	for (int i = 0; i < _SINK_DROP_MAX; i++)
		n += s->sink->stats.dropped[i];
	return n;
}

static unsigned events_got(const struct stream *s)
{
	unsigned last = 0;

	return events_check(s->got.data, s->got.len, &last);
}

static void a_ready_reader_gets_all_at_once(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++) {
		_cleanup_stream_ struct stream s = STREAM_INIT;

		openers[i](&s, LIMIT);
		write_events(&s, 1, 20, 100);
		assert_int_equal(s.sink->stats.delivered, 20);
		assert_int_equal(s.sink->stats.pending, 0);
		assert_int_equal(s.sink->stats.bytes, 2000);
		assert_false(ready(&s));
		drain(&s);
		assert_int_equal(events_got(&s), 20);
		assert_null(s.sink->problem);
	}
}

static void flags_of_the_descriptor_stay(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++) {
		_cleanup_stream_ struct stream s = STREAM_INIT;
		int before, poll_flags;

		openers[i](&s, LIMIT);
		before = fcntl(s.fd, F_GETFL);
		assert_false(before & O_NONBLOCK);
		/* Event loops do this to what they watch. */
		poll_flags = fcntl(s.sink->poll_fd, F_GETFL);
		assert_int_equal(fcntl(s.sink->poll_fd, F_SETFL, poll_flags | O_NONBLOCK), 0);
		write_events(&s, 1, 5000, 100);
		assert_int_equal(fcntl(s.fd, F_GETFL), before);
		assert_true(s.sink->stats.pending > 0);
		drain(&s);
		sink_free(&s.sink);
		assert_int_equal(fcntl(s.fd, F_GETFL), before);
	}
}

static void a_slow_reader_loses_only_whole_events(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++) {
		_cleanup_stream_ struct stream s = STREAM_INIT;
		struct sink_stats full;

		openers[i](&s, LIMIT);
		for (unsigned k = 0; k < 200; k++)
			write_events(&s, 100 * k + 1, 100 * k + 100, 97);
		full = s.sink->stats;
		assert_true(full.delivered > 0);
		assert_true(full.pending > LIMIT / 97 - 2 && full.pending <= LIMIT / 97 + 1);
		assert_true(full.dropped[SINK_DROP_FULL] > 0);
		assert_int_equal(accounted(&s), 20000);
		assert_false(s.sink->closed);
		assert_null(s.sink->problem);
		assert_false(ready(&s));

		/* Some room, and the loop hears of it. */
		assert_true(read_some(&s, 200000) > 0);
		assert_true(ready(&s));
		sink_flush(s.sink);
		assert_true(s.sink->stats.delivered > full.delivered);
		drain(&s);
		assert_false(ready(&s));
		assert_int_equal(s.sink->stats.delivered, full.delivered + full.pending);
		assert_int_equal(s.sink->stats.bytes, s.sink->stats.delivered * 97);
		assert_int_equal(events_got(&s), s.sink->stats.delivered);

		/* And goes on as before. */
		write_events(&s, 20001, 20010, 97);
		drain(&s);
		assert_int_equal(events_got(&s), full.delivered + full.pending + 10);
		assert_int_equal(accounted(&s), 20010);
	}
}

static void without_a_buffer_started_events_are_finished(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++) {
		_cleanup_stream_ struct stream s = STREAM_INIT;

		openers[i](&s, 0);
		for (unsigned k = 0; k < 100; k++)
			write_events(&s, 100 * k + 1, 100 * k + 100, 333);
		assert_true(s.sink->stats.pending <= 1);
		drain(&s);
		assert_int_equal(events_got(&s), s.sink->stats.delivered);
		assert_int_equal(accounted(&s), 10000);
	}
}

static void a_small_event_may_pass_where_a_large_one_did_not(void **state)
{
	_cleanup_stream_ struct stream s = STREAM_INIT;

	open_pipe(&s, 1000);
	write_events(&s, 1, 1, 200000);
	assert_int_equal(s.sink->stats.pending, 1);
	write_events(&s, 2, 2, 100);
	assert_int_equal(s.sink->stats.dropped[SINK_DROP_FULL], 1);
	drain(&s);
	assert_int_equal(fcntl(s.fd, F_SETPIPE_SZ, 4096), 4096);
	write_events(&s, 3, 3, 4096);
	write_events(&s, 4, 5, 600);
	write_events(&s, 6, 6, 100);
	drain(&s);
	assert_int_equal(events_got(&s), 4);
	assert_int_equal(accounted(&s), 6);
	assert_int_equal(s.sink->stats.dropped[SINK_DROP_FULL], 2);
}

static void the_reader_leaves(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++) {
		_cleanup_stream_ struct stream s = STREAM_INIT;
		uint64_t delivered;

		openers[i](&s, LIMIT);
		write_events(&s, 1, 2000, 500);
		delivered = s.sink->stats.delivered;
		assert_true(s.sink->stats.pending > 0);
		close(TAKE_FD(s.reader));
		/* The loop hears of it. */
		assert_true(ready(&s));
		sink_flush(s.sink);
		assert_true(s.sink->closed);
		assert_false(ready(&s));
		assert_int_equal(s.sink->stats.pending, 0);
		assert_int_equal(s.sink->stats.delivered, delivered);
		assert_true(s.sink->stats.dropped[SINK_DROP_CLOSED] > 0);
		assert_non_null(s.sink->problem);
		assert_non_null(strstr(s.sink->problem->message, "stdout has gone away"));
		error_free(&s.sink->problem);

		write_events(&s, 2001, 2100, 500);
		sink_flush(s.sink);
		sink_tick(s.sink, NSEC_PER_SEC);
		assert_null(s.sink->problem);
		assert_int_equal(accounted(&s), 2100);
	}
}

static void the_reader_has_left_before(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++) {
		_cleanup_stream_ struct stream s = STREAM_INIT;

		openers[i](&s, LIMIT);
		close(TAKE_FD(s.reader));
		write_events(&s, 1, 10, 100);
		assert_true(s.sink->closed);
		assert_int_equal(s.sink->stats.dropped[SINK_DROP_CLOSED], 10);
		assert_int_equal(accounted(&s), 10);
	}
}

/* No reader yet when the sink is made: opening the pipe anew fails, and that must not matter. */
static void a_pipe_without_reader(void **state)
{
	_cleanup_close_ int write_end = -1;
	_cleanup_sink_ struct sink *sink = NULL;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	write_end = fds[1];
	close(fds[0]);
	assert_int_equal(stream_sink_new("stdout", write_end, LIMIT, &sink, NULL), 0);
	sink_write(sink, "x\n", 2, 1);
	assert_true(sink->closed);
}

static int open_file(const struct scratch *s, int flags)
{
	int fd = open(s->path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

	assert_true(fd >= 0);
	return fd;
}

static void a_regular_file_keeps_its_offset(void **state)
{
	static const int flags[] = {O_APPEND, 0};
	const struct scratch *scratch = *state;

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		_cleanup_close_ int fd = open_file(scratch, flags[i] | O_TRUNC), shared = dup(fd);
		_cleanup_sink_ struct sink *sink = NULL;
		_cleanup_str_ struct str text = STR_INIT;

		assert_int_equal(write(shared, "before\n", 7), 7);
		assert_int_equal(stream_sink_new("stdout", fd, LIMIT, &sink, NULL), 0);
		assert_int_equal(sink->poll_fd, -1);
		sink_write(sink, "one\ntwo\n", 8, 2);
		assert_int_equal(write(shared, "between\n", 8), 8);
		sink_write(sink, "three\n", 6, 1);
		assert_int_equal(sink->stats.delivered, 3);
		scratch_read(scratch->path, &text);
		assert_string_equal(str_cstr(&text), "before\none\ntwo\nbetween\nthree\n");
	}
}

/* The file may be another's too, so nothing is taken back: what began is finished later. */
static void a_full_disk_under_a_regular_file(void **state)
{
	const struct scratch *scratch = *state;
	struct stream s = {.fd = open_file(scratch, O_APPEND), .reader = -1};
	_cleanup_sink_ struct sink *sink = NULL;

	assert_int_equal(stream_sink_new("stdout", s.fd, 1000, &sink, NULL), 0);
	s.sink = sink;
	scratch_limit_file_size(1050);
	write_events(&s, 1, 100, 100);
	scratch_limit_file_size(UINT64_MAX);
	assert_int_equal(sink->stats.delivered, 10);
	assert_int_equal(sink->stats.pending, 10);
	assert_int_equal(sink->stats.dropped[SINK_DROP_ERROR], 80);
	assert_false(sink->closed);
	assert_non_null(sink->problem);
	assert_int_equal(sink->problem->code, -EFBIG);
	sink_tick(sink, NSEC_PER_SEC);
	assert_int_equal(sink->stats.pending, 0);
	write_events(&s, 101, 110, 100);
	assert_int_equal(sink->stats.delivered, 30);
	assert_int_equal(accounted(&s), 110);
	scratch_read(scratch->path, &s.got);
	assert_int_equal(events_got(&s), 30);
	str_free(&s.got);
	close_fd(&s.fd);
}

static void a_device_without_reader(void **state)
{
	_cleanup_close_ int fd = open("/dev/null", O_WRONLY | O_CLOEXEC), full = -1;
	_cleanup_sink_ struct sink *sink = NULL, *failing = NULL;

	assert_int_equal(stream_sink_new("stdout", fd, LIMIT, &sink, NULL), 0);
	sink_write(sink, "one\ntwo\n", 8, 2);
	assert_int_equal(sink->stats.delivered, 2);

	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(stream_sink_new("stdout", full, 4, &failing, NULL), 0);
	sink_write(failing, "one\ntwo\n", 8, 2);
	assert_int_equal(failing->stats.pending, 1);
	assert_int_equal(failing->stats.dropped[SINK_DROP_ERROR], 1);
	assert_int_equal(failing->problem->code, -ENOSPC);
	assert_non_null(failing->problem->remedy);
}

static void not_open_for_writing(void **state)
{
	_cleanup_close_ int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_error_ struct error *err = NULL;
	struct sink *sink = NULL;

	assert_int_equal(stream_sink_new("stdout", fd, LIMIT, &sink, &err), -EBADF);
	assert_string_equal(err->message, "cannot write to stdout: Bad file descriptor");
	assert_non_null(err->remedy);
	assert_int_equal(stream_sink_new("stdout", -1, LIMIT, &sink, &err), -EBADF);
	assert_null(sink);
}

/* No memory for the rest of an event that is half delivered: the next must not become part of it.
 */
static void out_of_memory_in_the_middle_of_an_event(void **state)
{
	_cleanup_stream_ struct stream s = STREAM_INIT;
	_cleanup_str_ struct str block = STR_INIT;
	struct rlimit limit, none;
	const char *end;

	open_pipe(&s, LIMIT);
	event_append(&block, 1, 200000);
	event_append(&block, 2, 100);
	assert_int_equal(getrlimit(RLIMIT_AS, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
	sink_write(s.sink, block.data, block.len, 2);
	assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
	assert_int_equal(s.sink->stats.dropped[SINK_DROP_FULL], 2);
	/* Still neither room to end it nor memory; then memory. */
	str_reset(&block);
	event_append(&block, 3, 100);
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
	sink_write(s.sink, block.data, block.len, 1);
	assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
	assert_int_equal(s.sink->stats.dropped[SINK_DROP_FULL], 3);
	write_events(&s, 4, 4, 100);
	assert_int_equal(s.sink->stats.pending, 1);
	drain(&s);
	write_events(&s, 5, 5, 100);
	drain(&s);
	assert_int_equal(accounted(&s), 5);
	end = memchr(s.got.data, '\n', s.got.len);
	assert_non_null(end);
	assert_int_equal(s.got.data + s.got.len - (end + 1), 200);
	assert_int_equal(events_check(end + 1, 200, &(unsigned){3}), 2);
}

static void accounting_holds_whatever_happens(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(openers); i++) {
		_cleanup_stream_ struct stream s = STREAM_INIT;
		unsigned next = 1, seed = (unsigned)i;

		openers[i](&s, 50000);
		for (unsigned k = 0; k < 5000; k++) {
			_cleanup_str_ struct str block = STR_INIT;
			unsigned n = (unsigned)rand_r(&seed) % 50;

			for (unsigned e = 0; e < n; e++)
				event_append(&block, next++,
					     EVENT_MIN_LEN + (size_t)rand_r(&seed) % 1000);
			if (n > 0)
				sink_write(s.sink, block.data, block.len, n);
			read_some(&s, (size_t)rand_r(&seed) % 12000);
			if (rand_r(&seed) % 4 == 0)
				sink_flush(s.sink);
			if (rand_r(&seed) % 16 == 0)
				sink_tick(s.sink, k);
			assert_int_equal(accounted(&s), next - 1);
			if (k % 256 == 0)
				drain(&s);
		}
		drain(&s);
		assert_int_equal(accounted(&s), next - 1);
		assert_int_equal(events_got(&s), s.sink->stats.delivered);
		assert_int_equal(s.got.len, s.sink->stats.bytes);
		assert_true(s.sink->stats.dropped[SINK_DROP_FULL] > 0);
	}
}

#define scratch_test(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ready_reader_gets_all_at_once),
		cmocka_unit_test(flags_of_the_descriptor_stay),
		cmocka_unit_test(a_slow_reader_loses_only_whole_events),
		cmocka_unit_test(without_a_buffer_started_events_are_finished),
		cmocka_unit_test(a_small_event_may_pass_where_a_large_one_did_not),
		cmocka_unit_test(the_reader_leaves),
		cmocka_unit_test(the_reader_has_left_before),
		cmocka_unit_test(a_pipe_without_reader),
		scratch_test(a_regular_file_keeps_its_offset),
		scratch_test(a_full_disk_under_a_regular_file),
		cmocka_unit_test(a_device_without_reader),
		cmocka_unit_test(not_open_for_writing),
		cmocka_unit_test(out_of_memory_in_the_middle_of_an_event),
		cmocka_unit_test(accounting_holds_whatever_happens),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
