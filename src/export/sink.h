/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPORT_SINK_H
#define OCELLI_EXPORT_SINK_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Where exported lines go. The agent renders events once, as whole lines, into
 * a block, and hands each sink the same block; a sink never blocks on its
 * reader, never fails at the call, and accounts for every event: what was given
 * to it is delivered, pending or dropped with a reason.
 */
enum sink_drop {
	SINK_DROP_FULL,   /* the reader is too slow and the buffer was full */
	SINK_DROP_ERROR,  /* the write failed: disk full, I/O error, directory gone */
	SINK_DROP_CLOSED, /* the reader has gone away */
	_SINK_DROP_MAX,
};

const char *sink_drop_to_string(enum sink_drop reason);

struct sink_stats {
	uint64_t delivered; /* events */
	uint64_t bytes;
	uint64_t pending; /* events taken but not yet written out */
	uint64_t dropped[_SINK_DROP_MAX];
};

struct sink;

struct sink_ops {
	/* @data: whole lines, @events of them, @len bytes in all. Borrowed for the call. */
	void (*write)(struct sink *sink, const char *data, size_t len, unsigned events);
	/* Tries to write out what is pending. Called when ->poll_fd is readable, and at exit. */
	void (*flush)(struct sink *sink);
	/* Called about once a second with the monotonic time: time rotation, retries after
	 * errors, files moved away. */
	void (*tick)(struct sink *sink, uint64_t now_ns);
	void (*free)(struct sink *sink);
};

struct sink {
	const struct sink_ops *ops;
	const char *name; /* for messages: "stdout", the file's path */
	struct sink_stats stats;

	/* Readable whenever flush() would get on, so an event loop may watch it all the time; -1
	 * where there is nothing to wait for. It is an epoll instance of the sink's own: loops make
	 * what they watch non-blocking, which standard output must be spared. */
	int poll_fd;
	bool closed;           /* nothing can ever be delivered again */
	struct error *problem; /* a failure not yet reported; the agent takes, logs and frees it */
};

/*
 * Lines to a file descriptor (standard output) that a slow reader may block:
 * written without blocking, though the descriptor's own O_NONBLOCK flag, shared
 * with other processes, stays as it is. Up to @buffer_limit bytes are kept back
 * when the reader lags, whole events dropped beyond that; the rest of an event
 * that is half delivered is always kept. The sink does not close @fd, and @fd
 * must stay open until the sink is freed. The program has to ignore SIGPIPE.
 *
 * Returns 0; -EBADF when @fd is not open for writing, or another negative errno.
 */
int stream_sink_new(const char *name, int fd, size_t buffer_limit, struct sink **ret,
		    struct error **reterr);

struct file_sink_config {
	const char *path;
	uint64_t max_bytes;       /* rotate before a block would pass it; 0: no size limit */
	uint64_t rotate_interval; /* ns; 0: no rotation by time */
	unsigned max_backups;     /* rotated files kept; 0: all */
	bool compress;            /* gzip rotated files, off the calling thread */
	mode_t mode;              /* of the file and its backups */
};

/*
 * Lines to a file, appended. Rotation renames NAME.EXT to NAME-TIMESTAMP.EXT (UTC,
 * 2006-01-02T15-04-05.000; ".gz" added once compressed) and opens a new one; an
 * event is never split between files, and a file passes @max_bytes only with an
 * event that is longer by itself. Old backups are removed and compressed by a
 * thread that lives while there is work; freeing the sink stops it, and what it
 * left uncompressed is done after the next start.
 *
 * Fails when the directory is missing or not writable, or @path is no regular
 * file. Later failures (disk full, file or directory gone) drop and count events,
 * are reported once through ->problem, and are retried; a half-written line is
 * taken back. When only rotation fails, events go on into the same file.
 * A program under a limit of file size has to ignore SIGXFSZ.
 */
int file_sink_new(const struct file_sink_config *config, struct sink **ret, struct error **reterr);

/* Changes rotation of a running file sink; units as in struct file_sink_config. */
void file_sink_configure(struct sink *sink, uint64_t max_bytes, uint64_t rotate_interval,
			 unsigned max_backups);

static inline void sink_write(struct sink *sink, const char *data, size_t len, unsigned events)
{
	sink->ops->write(sink, data, len, events);
}

static inline void sink_flush(struct sink *sink)
{
	sink->ops->flush(sink);
}

static inline void sink_tick(struct sink *sink, uint64_t now_ns)
{
	sink->ops->tick(sink, now_ns);
}

/* Does not wait for a reader: what is still pending is lost. */
void sink_free(struct sink **sink);

#define _cleanup_sink_ __attribute__((cleanup(sink_free)))

#endif
