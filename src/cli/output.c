// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"
#include "cli/complain.h"

#include <errno.h>
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
