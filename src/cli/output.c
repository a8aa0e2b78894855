// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"
#include "cli/complain.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

int output_flush(struct str *buf, int fd)
{
	struct pollfd writable = {.fd = fd, .events = POLLOUT};

	if (buf->failed)
		return -ENOMEM;
	for (size_t done = 0; done < buf->len;) {
		ssize_t n = write(fd, buf->data + done, buf->len - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			poll(&writable, 1, -1);
		else if (errno != EINTR)
			return -errno;
	}
	str_reset(buf);
	return 0;
}

int output_flush_while(struct str *buf, int fd, int ms, int (*meanwhile)(void *data), void *data)
{
	struct pollfd writable = {.fd = fd, .events = POLLOUT};

	if (buf->failed)
		return -ENOMEM;
	for (size_t done = 0; done < buf->len;) {
		/* What is writable takes as much without waiting. */
		size_t len = MIN(buf->len - done, (size_t)PIPE_BUF);
		int r = poll(&writable, 1, ms) > 0 ? 0 : meanwhile(data);
		ssize_t n = r == 0 && writable.revents ? write(fd, buf->data + done, len) : 0;

		if (r < 0)
			return r;
		if (n >= 0)
			done += (size_t)n;
		else if (errno != EINTR && errno != EAGAIN)
			return -errno;
		writable.revents = 0;
	}
	str_reset(buf);
	return 0;
}

const char *const output_format_names[] = {
	[OUTPUT_TEXT] = "text",
	[OUTPUT_JSON] = "json",
	NULL,
};

enum status output_print(struct str *text)
{
	int r = output_flush(text, STDOUT_FILENO);

	if (r >= 0 || r == -EPIPE)
		return STATUS_OK;
	complain("cannot print: %s", strerror(-r));
	return STATUS_FAILED;
}
