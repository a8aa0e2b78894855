// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel_btf.h"
#include "base/cleanup.h"

#include <fcntl.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Ten times what a kernel of 2026 has. */
#define NAMES_MAX (64U << 20)

bool kernel_btf_names(const char *name)
{
	_cleanup_close_ int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *names = NULL;
	struct btf_header header;
	size_t len = strlen(name) + 1, done = 0;
	off_t at;

	if (fd < 0 || pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    header.magic != BTF_MAGIC || header.str_len > NAMES_MAX)
		return false;
	names = malloc(header.str_len);
	at = (off_t)header.hdr_len + header.str_off;
	while (names && done < header.str_len) {
		ssize_t n = pread(fd, names + done, header.str_len - done, at + (off_t)done);

		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	/* Each name ends with a NUL, and one stands before the first. */
	for (char *p = names; p && done; p++) {
		p = memmem(p, done - (size_t)(p - names), name, len);
		if (!p)
			return false;
		if (p > names && p[-1] == '\0')
			return true;
	}
	return false;
}
