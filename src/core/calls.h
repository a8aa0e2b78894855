/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_CALLS_H
#define OCELLI_CORE_CALLS_H

#include "abi/record.h"
#include "base/list.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Records of calls whose return is told with them and has not come yet: a copy
 * of each, until it has, or its process has ended. Some never return, and others
 * block for hours: so many are kept, and then the oldest has to go without.
 */
#define CALLS_MAX 8192
#define CALLS_MAX_BYTES (16UL << 20)

struct call {
	struct list age, chain;
	struct record_hook record; /* its values follow */
};

struct calls {
	struct list ages;    /* the oldest first */
	struct list *chains; /* by process, those of the last calls first */
	size_t n, bytes;
};

/* Returns 0 or -ENOMEM. */
int calls_init(struct calls *calls);
void calls_done(struct calls *calls);

/* The one to go before there is room for another of that size; NULL: there is. */
struct call *calls_surplus(struct calls *calls, size_t size);

/* Keeps a copy. Returns 0 or -ENOMEM. */
int calls_add(struct calls *calls, const struct record_hook *record);

/* The call that @returned is of, or NULL. */
struct call *calls_find(struct calls *calls, const struct record_hook *returned);

/* The oldest of the process, of all its images; NULL: it has none. */
struct call *calls_of(struct calls *calls, const struct process_key *process);

/* Frees it. */
void calls_remove(struct calls *calls, struct call *call);

#endif
