// SPDX-License-Identifier: Apache-2.0
#include "api/refusals.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"

/* So many are told of in a minute: a client that tries again and again is not to fill the disk. */
#define TOLD_MAX 10
#define WINDOW (60 * NSEC_PER_SEC)

void refusals_add(const struct grpc_peer *peer, const struct grpc_method *method, void *userdata)
{
	struct refusals *refusals = userdata;
	_cleanup_str_ struct str who = STR_INIT;

	if (!refusals->began)
		refusals->began = clock_ns(CLOCK_MONOTONIC);
	if (refusals->told == TOLD_MAX) {
		refusals->untold++;
		return;
	}
	refusals->told++;
	grpc_peer_describe(peer, &who);
	log_warn("%s is for admins, and was refused to %s", method->name,
		 str_cstr(&who) ? who.data : "a client");
}

void refusals_tick(struct refusals *refusals)
{
	if (!refusals->began || clock_ns(CLOCK_MONOTONIC) - refusals->began < WINDOW)
		return;
	if (refusals->untold)
		log_warn("%llu more calls for admins were refused in a minute",
			 (unsigned long long)refusals->untold);
	*refusals = (struct refusals){0};
}
