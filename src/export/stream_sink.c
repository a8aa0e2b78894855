// SPDX-License-Identifier: Apache-2.0
#include "export/sink.h"
#include "base/cleanup.h"
#include "export/lines.h"
#include "export/outage.h"
#include "export/backlog.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

typedef ssize_t (*put_fn)(int fd, const char *data, size_t len);

struct stream_sink {
	struct sink sink;
	char *name;
	int fd;  /* what is written to: ->own, or else the caller's */
	int own; /* the same pipe or terminal, opened once more */
	put_fn put;
	bool terminal;
	bool watched; /* by ->sink.poll_fd */
	bool torn;    /* the last line was cut off in the middle */
	struct backlog pending;
	struct outage outage;
};

static struct stream_sink *stream_sink(struct sink *sink)
{
	return container_of(sink, struct stream_sink, sink);
}

static ssize_t put_write(int fd, const char *data, size_t len)
{
	return write(fd, data, len);
}

static ssize_t put_socket(int fd, const char *data, size_t len)
{
	return send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* A pipe that is ready takes PIPE_BUF bytes without blocking (pipe(7)). A terminal may have less
 * room, and then its reader is waited for; but nobody else's terminal can be opened anew. */
static ssize_t put_polled(int fd, const char *data, size_t len)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int r = poll(&p, 1, 0);

	if (r <= 0) {
		errno = r < 0 ? errno : EAGAIN;
		return -1;
	}
	return write(fd, data, MIN(len, (size_t)PIPE_BUF));
}

/* O_NONBLOCK belongs to the open file, which other processes share: we need one of our own. */
static int open_anew(int fd)
{
	char path[32];
	int number;

	/* Opening the master side anew would make another terminal. */
	if (ioctl(fd, TIOCGPTN, &number) == 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void choose_put(struct stream_sink *s, int fd, mode_t mode)
{
	s->fd = fd;
	if (S_ISSOCK(mode)) {
		s->put = put_socket;
	} else if (S_ISFIFO(mode) || s->terminal) {
		s->own = open_anew(fd);
		s->fd = s->own >= 0 ? s->own : fd;
		s->put = s->own >= 0 ? put_write : put_polled;
	} else {
		/* A regular file, where the offset and O_APPEND count; or a device like /dev/null,
		 * which has no reader. */
		s->put = put_write;
	}
}

/* Readable only while something is pending, or the event loop would spin on a reader that is
 * always ready, or has left. */
static void watch(struct stream_sink *s)
{
	struct epoll_event event = {.events = EPOLLOUT};
	bool wanted = s->pending.len > 0;

	if (s->sink.poll_fd < 0 || wanted == s->watched)
		return;
	epoll_ctl(s->sink.poll_fd, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, s->fd, &event);
	s->watched = wanted;
}

/* Returns 0 when all of it is delivered, else a negative errno; *reterr_done grows by what was. */
static int deliver(struct stream_sink *s, const char *data, size_t len, size_t *reterr_done)
{
	while (*reterr_done < len) {
		ssize_t n = s->put(s->fd, data + *reterr_done, len - *reterr_done);

		if (n > 0) {
			*reterr_done += (size_t)n;
			s->sink.stats.bytes += (uint64_t)n;
		} else if (n == 0) {
			return -EAGAIN;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static int end_torn_line(struct stream_sink *s)
{
	size_t done = 0;
	int r = s->torn ? deliver(s, "\n", 1, &done) : 0;

	s->torn = s->torn && r < 0;
	return r;
}

static int deliver_pending(struct stream_sink *s)
{
	struct sink_stats *stats = &s->sink.stats;
	int r = end_torn_line(s);

	while (r == 0 && s->pending.len > 0) {
		const char *data;
		size_t len = backlog_front(&s->pending, &data), done = 0;
		unsigned lines;

		r = deliver(s, data, len, &done);
		lines = lines_count(data, done);
		stats->pending -= lines;
		stats->delivered += lines;
		backlog_consume(&s->pending, done);
	}
	return r;
}

/* A terminal whose other side was closed says EIO (tty_write(), drivers/tty/tty_io.c). */
static bool reader_left(const struct stream_sink *s, int code)
{
	return code == -EPIPE || code == -ECONNRESET || (code == -EIO && s->terminal);
}

/* It happens once and for good, so it goes before any other problem. */
static void close_stream(struct stream_sink *s, int code)
{
	struct sink_stats *stats = &s->sink.stats;

	stats->dropped[SINK_DROP_CLOSED] += stats->pending;
	stats->pending = 0;
	backlog_clear(&s->pending);
	s->sink.closed = true;
	error_set(&s->sink.problem, code, "the reader of %s has gone away: no more events go there",
		  s->name);
}

static void note_result(struct stream_sink *s, int code)
{
	struct error *err = NULL;

	if (code == 0) {
		outage_worked(&s->outage);
	} else if (reader_left(s, code)) {
		close_stream(s, code);
	} else if (code != -EAGAIN) {
		error_set(&err, code, "cannot write to %s: %s", s->name, strerror(-code));
		if (code == -ENOSPC || code == -EDQUOT)
			error_remedy(&err, "free space on its file system");
		outage_report(&s->outage, &s->sink, &err);
	}
}

/* Keeps the rest of a line that is half delivered, and as many whole ones after it as the limit
 * allows. Returns how many events that makes. */
static unsigned keep(struct stream_sink *s, const char *data, size_t len, bool half)
{
	size_t tail = half ? lines_first(data, len) : 0, taken = s->pending.len + tail;
	size_t room = s->pending.limit > taken ? s->pending.limit - taken : 0;
	size_t n = tail + lines_fitting(data + tail, len - tail, room);

	if (backlog_append(&s->pending, data, n) < 0) {
		s->torn = s->torn || half;
		return 0;
	}
	return lines_count(data, n);
}

static void stream_sink_write(struct sink *sink, const char *data, size_t len, unsigned events)
{
	struct stream_sink *s = stream_sink(sink);
	struct sink_stats *stats = &sink->stats;
	unsigned delivered, kept = 0;
	enum sink_drop reason;
	size_t done = 0;
	int r = -EPIPE;

	if (!sink->closed) {
		r = deliver_pending(s);
		if (r == 0)
			r = deliver(s, data, len, &done);
		note_result(s, r);
	}
	delivered = done == len ? events : lines_count(data, done);
	if (done < len && !sink->closed)
		kept = keep(s, data + done, len - done, done > 0 && data[done - 1] != '\n');
	stats->delivered += delivered;
	stats->pending += kept;

	reason = sink->closed ? SINK_DROP_CLOSED : r == -EAGAIN ? SINK_DROP_FULL : SINK_DROP_ERROR;
	stats->dropped[reason] += events - delivered - kept;
	watch(s);
}

static void stream_sink_flush(struct sink *sink)
{
	struct stream_sink *s = stream_sink(sink);

	if (s->pending.len == 0)
		return;
	note_result(s, deliver_pending(s));
	watch(s);
}

static void stream_sink_tick(struct sink *sink, uint64_t now_ns)
{
	stream_sink_flush(sink);
	outage_tick(&stream_sink(sink)->outage);
}

static void stream_sink_free(struct sink *sink)
{
	struct stream_sink *s = stream_sink(sink);

	backlog_clear(&s->pending);
	close_fd(&s->sink.poll_fd);
	close_fd(&s->own);
	free(s->name);
	free(s);
}

static const struct sink_ops stream_sink_ops = {
	.write = stream_sink_write,
	.flush = stream_sink_flush,
	.tick = stream_sink_tick,
	.free = stream_sink_free,
};

/* Regular files cannot be waited for (epoll_ctl(2), EPERM): they are retried at each tick. */
static int open_poll_fd(struct stream_sink *s)
{
	_cleanup_close_ int fd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLOUT};

	if (fd < 0)
		return -errno;
	if (epoll_ctl(fd, EPOLL_CTL_ADD, s->fd, &event) < 0)
		return errno == EPERM ? 0 : -errno;
	if (epoll_ctl(fd, EPOLL_CTL_DEL, s->fd, NULL) < 0)
		return -errno;
	s->sink.poll_fd = TAKE_FD(fd);
	return 0;
}

static int open_stream(struct stream_sink *s, int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(fd, &st) < 0)
		return -errno;
	if ((flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	s->terminal = isatty(fd);
	choose_put(s, fd, st.st_mode);
	return open_poll_fd(s);
}

int stream_sink_new(const char *name, int fd, size_t buffer_limit, struct sink **ret,
		    struct error **reterr)
{
	struct stream_sink *s = calloc(1, sizeof(*s));
	_cleanup_sink_ struct sink *sink = s ? &s->sink : NULL;
	int r;

	if (!s)
		return error_set(reterr, -ENOMEM, "cannot write to %s: out of memory", name);
	s->sink = (struct sink){.ops = &stream_sink_ops, .poll_fd = -1};
	s->own = -1;
	s->pending.limit = buffer_limit;
	s->name = strdup(name);
	if (!s->name)
		return error_set(reterr, -ENOMEM, "cannot write to %s: out of memory", name);
	s->sink.name = s->name;
	r = open_stream(s, fd);
	if (r < 0) {
		error_set(reterr, r, "cannot write to %s: %s", name, strerror(-r));
		if (r == -EBADF)
			error_remedy(reterr, "start the agent with it open for writing");
		return r;
	}
	*ret = TAKE_PTR(sink);
	return 0;
}
