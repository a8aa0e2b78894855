// SPDX-License-Identifier: Apache-2.0
#include "cli/line_reader.h"
#include "base/macro.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK (256 * 1024)

void line_reader_init(struct line_reader *reader, int fd, size_t max)
{
	*reader = (struct line_reader){.fd = fd, .max = max};
}

void line_reader_done(struct line_reader *reader)
{
	free(reader->buf);
	reader->buf = NULL;
}

/* Makes room behind what is there. */
static int make_room(struct line_reader *reader)
{
	size_t have = reader->end - reader->start, size;
	char *buf;

	if (reader->start > 0) {
		memmove(reader->buf, reader->buf + reader->start, have);
		reader->scanned -= reader->start;
		reader->start = 0;
		reader->end = have;
	}
	if (reader->size - have >= BLOCK / 2)
		return 0;
	size = MAX(2 * reader->size, (size_t)BLOCK);
	buf = realloc(reader->buf, size);
	if (!buf)
		return -ENOMEM;
	reader->buf = buf;
	reader->size = size;
	return 0;
}

static bool would_block(const struct line_reader *reader)
{
	struct pollfd fd = {.fd = reader->fd, .events = POLLIN};

	return poll(&fd, 1, 0) == 0;
}

/* Reads what there is, and waits for it if need be. */
static int fill(struct line_reader *reader)
{
	struct pollfd fd = {.fd = reader->fd, .events = POLLIN};
	ssize_t n;

	for (;;) {
		n = read(reader->fd, reader->buf + reader->end, reader->size - reader->end);
		if (n >= 0)
			break;
		if (errno == EAGAIN)
			poll(&fd, 1, -1);
		else if (errno != EINTR)
			return -errno;
	}
	reader->ended = n == 0;
	reader->end += (size_t)n;
	return 0;
}

static enum line_status take(struct line_reader *reader, size_t end, size_t next, const char **ret,
			     size_t *ret_len)
{
	size_t start = reader->start;
	bool skip = reader->skipping || end - start > reader->max;

	reader->start = reader->scanned = next;
	reader->skipping = false;
	reader->line++;
	if (skip)
		return LINE_TOO_LONG;
	*ret = reader->buf + start;
	*ret_len = end - start;
	return LINE_READ;
}

int line_reader_next(struct line_reader *reader, const char **ret, size_t *ret_len)
{
	for (;;) {
		const char *newline = NULL;
		int r;

		if (reader->end > reader->scanned)
			newline = memchr(reader->buf + reader->scanned, '\n',
					 reader->end - reader->scanned);
		if (newline) {
			size_t at = (size_t)(newline - reader->buf);

			return (int)take(reader, at, at + 1, ret, ret_len);
		}
		reader->scanned = reader->end;
		if (reader->skipping || reader->end - reader->start > reader->max) {
			reader->skipping = true;
			reader->start = reader->scanned = reader->end = 0;
		}
		if (reader->ended) {
			if (reader->end == reader->start && !reader->skipping)
				return LINE_END;
			return (int)take(reader, reader->end, reader->end, ret, ret_len);
		}
		if (!reader->warned && would_block(reader)) {
			reader->warned = true;
			return LINE_WAIT;
		}
		reader->warned = false;
		r = make_room(reader);
		if (r == 0)
			r = fill(reader);
		if (r < 0)
			return r;
	}
}
