/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_PENDING_H
#define OCELLI_CORE_PENDING_H

#include "abi/record.h"
#include "base/list.h"
#include "base/str.h"
#include "core/image.h"

#include <stddef.h>

/*
 * Parts of argument vectors and environments that came ahead of their exec
 * records. At most as many as can be on their way at once; a part whose exec
 * record never comes gives its place to the next.
 */
#define PENDING_MAX 64

struct pending {
	struct process_key key;
	struct str field[_EXEC_FIELD_MAX];
	unsigned long used; /* when, in turns of ->clock; 0: free */
};

struct pendings {
	struct pending v[PENDING_MAX];
	unsigned long clock;
};

void pendings_done(struct pendings *pendings);

/* Keeps a copy of the part if it follows on what is kept already. Returns 0 or -ENOMEM. */
int pendings_add(struct pendings *pendings, const struct record_data *data);

/* Returns the parts of that process, to be given back with pendings_release(); NULL: there are
 * none. */
struct pending *pendings_find(struct pendings *pendings, const struct process_key *key);
void pendings_release(struct pending *pending);

#endif
