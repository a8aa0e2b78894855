// SPDX-License-Identifier: Apache-2.0
#include "cli/output.h"

#include <errno.h>
#include <poll.h>
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
