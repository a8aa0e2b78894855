// SPDX-License-Identifier: Apache-2.0
#include "sensor/security_modules.h"
#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool security_modules_list(const char *modules, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = modules; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, name, len) && (at[len] == ',' || at[len] == '\0'))
			return true;
	}
	return false;
}

int security_modules_read(char *ret, size_t size)
{
	_cleanup_close_ int fd = open(SECURITY_MODULES, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, ret, size - 1);
	if (n < 0)
		return -errno;
	ret[n] = '\0';
	return 0;
}
