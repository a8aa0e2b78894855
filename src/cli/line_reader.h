/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_LINE_READER_H
#define OCELLI_CLI_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Lines from a descriptor, read in big blocks. A line is what ends in a line
 * feed, or the end of the input, whatever bytes are in it.
 */
struct line_reader {
	int fd;
	size_t max; /* longest line, in bytes without the line feed */
	char *buf;
	size_t size;    /* of the buffer */
	size_t start;   /* of the next line in it */
	size_t scanned; /* where to look for the line's end from */
	size_t end;     /* of what was read */
	uint64_t line;  /* number of the last line returned, from 1 */
	bool ended;     /* nothing more to read */
	bool skipping;  /* in a line that is too long */
	bool warned;    /* said LINE_WAIT */
};

enum line_status {
	LINE_READ,
	LINE_TOO_LONG, /* one line was passed over */
	LINE_WAIT,     /* there is none yet: the next call blocks until there is */
	LINE_END,
};

void line_reader_init(struct line_reader *reader, int fd, size_t max);

/* Returns an enum line_status; for LINE_READ with the line, good until the next call. Or a negative
 * errno, of read(2) or -ENOMEM. */
int line_reader_next(struct line_reader *reader, const char **ret, size_t *ret_len);

/* Frees the buffer; does not close the descriptor. */
void line_reader_done(struct line_reader *reader);

#endif
