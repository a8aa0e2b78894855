// SPDX-License-Identifier: Apache-2.0
#include "agent/notify.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define USEC_PER_MSEC 1000

static uint64_t number_of(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : 0;
}

/* A path, or with "@" an abstract name. */
static bool find_address(struct notify *n)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;

	if (len < 2 || len >= sizeof(n->address.sun_path) || !strchr("/@", path[0]))
		return false;
	n->address.sun_family = AF_UNIX;
	memcpy(n->address.sun_path, path, len);
	if (path[0] == '@')
		n->address.sun_path[0] = '\0';
	n->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	return true;
}

void notify_open(struct notify *n)
{
	uint64_t pid = number_of("WATCHDOG_PID");

	*n = NOTIFY_NONE;
	if (find_address(n))
		n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (n->fd >= 0 && (!pid || pid == (uint64_t)getpid()))
		n->watchdog_ms = number_of("WATCHDOG_USEC") / USEC_PER_MSEC;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

static void tell(const struct notify *n, const char *text, size_t len)
{
	if (n->fd >= 0)
		sendto(n->fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT,
		       (const struct sockaddr *)&n->address, n->address_len);
}

void notify_phase(const struct notify *n, enum phase phase, const char *status)
{
	static const char *const words[_PHASE_MAX] = {
		[PHASE_RUNNING] = "READY=1\n",
		[PHASE_INCOMPLETE] = "READY=1\n",
		[PHASE_RELOADING] = "RELOADING=1\n",
		[PHASE_STOPPING] = "STOPPING=1\n",
	};
	_cleanup_str_ struct str text = STR_INIT;

	if (words[phase])
		str_append_z(&text, words[phase]);
	/* By it a reload is told from the one before. */
	if (phase == PHASE_RELOADING)
		str_appendf(&text, "MONOTONIC_USEC=%llu\n",
			    (unsigned long long)(clock_ns(CLOCK_MONOTONIC) / 1000));
	str_appendf(&text, "STATUS=%s\n", status);
	if (!text.failed)
		tell(n, text.data, text.len);
}

void notify_alive(const struct notify *n)
{
	static const char word[] = "WATCHDOG=1\n";

	tell(n, word, sizeof(word) - 1);
}

void notify_close(struct notify *n)
{
	close_fd(&n->fd);
	n->fd = -1;
}
