/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CORE_PENDING_H
#define OCELLI_CORE_PENDING_H

#include "abi/record.h"
#include "base/list.h"
#include "base/str.h"
#include "core/image.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Parts of argument vectors and environments that came ahead of their exec or
 * task records, whose process and time they have: two of a process can be on
 * their way at once, that of its exec and that of the walk. At most as many as
 * can be on their way at once; parts whose record never comes give their place
 * to the next.
 */
#define PENDING_MAX 64

struct pending {
	struct process_key key;
	uint64_t time;
	struct str field[_EXEC_FIELD_MAX];
	unsigned parts;     /* that are kept */
	unsigned long used; /* when, in turns of ->clock; 0: free */
};

struct pendings {
	struct pending v[PENDING_MAX];
	unsigned long clock;
	size_t n; /* in use */
};

void pendings_done(struct pendings *pendings);

/* Returns the parts of that record, or NULL. */
struct pending *pendings_find(struct pendings *pendings, const struct process_key *key,
			      uint64_t time);

/* Returns parts of any record of the process, whatever its image, or NULL. */
struct pending *pendings_find_process(struct pendings *pendings, const struct process_key *key);

/* Returns a place for parts of another record: a free one, or that of those that have waited
 * longest, to be given back before it is used. */
struct pending *pendings_place(struct pendings *pendings);

/* Keeps a copy of the part, in the place of its record or a free one, if it follows on what is kept
 * there already. Returns 1; 0: it does not; -ENOMEM. */
int pendings_add(struct pendings *pendings, struct pending *pending,
		 const struct record_data *data);

/* Gives the place back. */
void pendings_release(struct pendings *pendings, struct pending *pending);

#endif
