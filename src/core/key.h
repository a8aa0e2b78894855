/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_KEY_H
#define OCELLI_CORE_KEY_H

#include "abi/record.h"

#include <stdbool.h>
#include <stdint.h>

/* Number of the image in exec_id: unique for the pid, the same after a restart. */
static inline uint64_t key_ktime(const struct process_key *key)
{
	/* The kernel's idle task, which is the parent of pid 1: "0:1" by convention. */
	if (key->pid == 0)
		return 1;
	return key->start + key->execs;
}

static inline bool key_same_process(const struct process_key *a, const struct process_key *b)
{
	return a->pid == b->pid && a->start == b->start;
}

static inline bool key_equal(const struct process_key *a, const struct process_key *b)
{
	return key_same_process(a, b) && a->execs == b->execs;
}

#endif
