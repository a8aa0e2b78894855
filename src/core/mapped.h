/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_MAPPED_H
#define OCELLI_CORE_MAPPED_H

#include "abi/record.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which files processes have mapped, so that of each process a file is told once,
 * in how many pieces and how often it is mapped. So many are remembered, by a
 * keyed hash; of those that share a bucket the oldest has to go, and would then be
 * told again. 128 KiB, from the first on.
 */
#define MAPPED_BUCKETS 2048
#define MAPPED_WAYS 4

/* Those of an image whose execve(2) was not told of yet: so many wait for it … */
#define MAPPED_WAITING_MAX 1024
/* … and so long. */
#define MAPPED_WAIT_NS (1000 * 1000 * 1000ULL)

struct mapped_file {
	struct list age;
	struct process_key process;
	struct record_load record; /* the path follows */
};

struct mapped {
	struct mapped_bucket *buckets; /* NULL: nothing was mapped yet */
	uint64_t key[2];
	uint32_t clock;      /* one more for each that is remembered */
	struct list waiting; /* the oldest first */
	size_t n_waiting;
};

void mapped_init(struct mapped *mapped);
void mapped_done(struct mapped *mapped);

/* Remembers it. Returns 1 if it is new, 0 if it was remembered already, or -ENOMEM. */
int mapped_add(struct mapped *mapped, const struct process_key *process,
	       const struct record_load *record);

/* Keeps a copy until it is taken. Returns 0 or -ENOMEM. */
int mapped_wait(struct mapped *mapped, const struct process_key *process,
		const struct record_load *record);

/* Takes the oldest of that process, whatever its image, or NULL. The caller frees it. */
struct mapped_file *mapped_take(struct mapped *mapped, const struct process_key *process);

/* The same of those that came before @time, or that are too many. */
struct mapped_file *mapped_take_late(struct mapped *mapped, uint64_t time);

#endif
