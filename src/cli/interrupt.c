// SPDX-License-Identifier: Apache-2.0
#include "cli/interrupt.h"
#include "base/macro.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* For the handler, which is told nothing but the number of the signal. */
static int interrupted = -1;

static void on_signal(int number)
{
	const uint64_t one = 1;
	int saved = errno;
	ssize_t n _unused_ = write(interrupted, &one, sizeof(one));

	errno = saved;
}

int interrupt_fd(void)
{
	const struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESTART | (int)SA_RESETHAND,
	};

	if (interrupted >= 0)
		return interrupted;
	interrupted = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (interrupted < 0)
		return -1;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	return interrupted;
}
