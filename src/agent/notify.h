/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_NOTIFY_H
#define OCELLI_AGENT_NOTIFY_H

#include "agent/phase.h"

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

/*
 * Tells who started us (systemd, or another that speaks sd_notify(3)) how it
 * goes. Nothing of it can fail for the caller: who does not listen is not told.
 */
struct notify {
	int fd; /* -1: nobody wants to know */
	struct sockaddr_un address;
	socklen_t address_len;
	uint64_t watchdog_ms; /* a sign of life is expected this often; 0: is not */
};

#define NOTIFY_NONE ((struct notify){.fd = -1})

/* By $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, which are taken out of the environment. To
 * be called while there is one thread. */
void notify_open(struct notify *notify);

/* @status: a line for people. */
void notify_phase(const struct notify *notify, enum phase phase, const char *status);

void notify_alive(const struct notify *notify);

void notify_close(struct notify *notify);

#endif
