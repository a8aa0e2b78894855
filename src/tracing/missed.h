/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_MISSED_H
#define OCELLI_TRACING_MISSED_H

#include "core/ledger.h"
#include "sensor/hook_point.h"

#include <stddef.h>
#include <stdint.h>

/* How often the kernel passed programs by, for each place that this ever happened at. */
struct missed {
	struct missed_place {
		enum hook_point_kind kind;
		char *name;
		uint64_t n;
	} *v;
	size_t n;
	uint64_t total;
};

#define MISSED_INIT ((struct missed){0})

/* Without memory it is in the total alone. */
void missed_add(struct missed *missed, const struct hook_place *place, uint64_t n);

void missed_add_all(struct missed *missed, const struct missed *more);

/* A line of the ledger for each place. */
void missed_tell(const struct missed *missed, ledger_line_fn line, void *userdata);

void missed_done(struct missed *missed);

#define _cleanup_missed_ __attribute__((cleanup(missed_done)))

#endif
