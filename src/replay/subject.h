/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_REPLAY_SUBJECT_H
#define OCELLI_REPLAY_SUBJECT_H

#include "base/arena.h"
#include "compile/evaluate.h"

#include "tetragon/tetragon.pb-c.h"

/* A process, as far as an event tells of it. */
struct subject {
	struct caller caller; /* first; its parent is one, too */
	bool knows_image;     /* all names of what it executes */
	bool knows_strings[2];
	bool knows_capabilities, knows_host;
	uint32_t namespaces, users; /* bits of those that are known */
	bool is_first;              /* has no parent */
};

/* Who made the call of an event, with parents as far as they are told; NULL: nobody is told of.
 * Running out of memory the arena remembers. */
struct subject *subject_read(const Tetragon__Process *process, const Tetragon__Process *parent,
			     Tetragon__Process *const *ancestors, size_t n_ancestors,
			     struct arena *arena);

static inline struct subject *subject_parent(const struct subject *s)
{
	return (struct subject *)(uintptr_t)s->caller.parent;
}

/* The namespaces of the host, as far as the event says which they are; the others are none. */
void subject_host_namespaces(const Tetragon__Process *process, uint32_t ret[_EXEC_NS_MAX]);

#endif
