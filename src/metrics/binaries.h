/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_METRICS_BINARIES_H
#define OCELLI_METRICS_BINARIES_H

#include "core/image.h"
#include "core/ledger.h"

/*
 * Events by type and binary. Which counters are a binary's is kept with its
 * image: an event costs an addition, an image one look-up. So many binaries are
 * told apart; the first of the counters are for what comes after that, and for
 * events whose binary is not known.
 */
struct binaries;

#define BINARIES_OTHER "other"
/* All threads of the kernel, which are named as they come and go. */
#define BINARIES_KERNEL "kernel"

int binaries_new(size_t max, struct binaries **ret);
void binaries_free(struct binaries **binaries);

/* @image: NULL: not known. */
void binaries_count(struct binaries *binaries, enum event_type type, struct image *image);

/* How many there are, with the one for all others. */
size_t binaries_n(const struct binaries *binaries);

const char *binaries_name(const struct binaries *binaries, size_t i);
uint64_t binaries_events(const struct binaries *binaries, size_t i, enum event_type type);

#endif
