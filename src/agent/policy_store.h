/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POLICY_STORE_H
#define OCELLI_AGENT_POLICY_STORE_H

#include "agent/policy_set.h"
#include "base/arena.h"
#include "base/error.h"

/*
 * The policies of clients, kept for the next start: a directory with a file for
 * each, NAME:NAMESPACE:DOMAIN.json. A file is there as it was or as it is to be,
 * whenever the machine loses its power, and what was put is on the disk when the
 * call returns.
 */
struct policy_store;

/* Makes the directory, for root alone, if there is none. Returns 0, or negative errno with *reterr.
 */
int policy_store_open(const char *path, struct policy_store **ret, struct error **reterr);
void policy_store_free(struct policy_store **store);

/* Keeps it instead of what is kept of this key. */
int policy_store_put(struct policy_store *store, const struct policy_key *key, const char *text,
		     const struct policy_change *change, struct error **reterr);

/* That there is none is no error. */
int policy_store_remove(struct policy_store *store, const struct policy_key *key,
			struct error **reterr);

struct kept_policies {
	struct arena arena;
	struct policy_kept *v; /* in the order of their files' names */
	size_t n;
};

#define KEPT_POLICIES_INIT ((struct kept_policies){.arena = ARENA_INIT})

/* Reads all of them. Returns 0, or why not all could be read; the others are in *ret. */
int policy_store_read(struct policy_store *store, struct kept_policies *ret, struct error **reterr);

static inline void kept_policies_done(struct kept_policies *kept)
{
	arena_done(&kept->arena);
}

#define _cleanup_kept_policies_ __attribute__((cleanup(kept_policies_done)))

#endif
