/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_REFUSALS_H
#define OCELLI_API_REFUSALS_H

#include "grpc/grpc.h"

#include <stdint.h>

/* Tells the log who has asked for what only admins may: a few times a minute, and how many more
 * there were. */
struct refusals {
	uint64_t began; /* of the minute, CLOCK_MONOTONIC; 0: there is none */
	unsigned told;
	uint64_t untold;
};

/* As grpc_config.refused; @userdata is struct refusals. */
void refusals_add(const struct grpc_peer *peer, const struct grpc_method *method, void *userdata);

/* About once a second. */
void refusals_tick(struct refusals *refusals);

#endif
