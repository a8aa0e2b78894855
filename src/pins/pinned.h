/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_PINS_PINNED_H
#define OCELLI_PINS_PINNED_H

#include "base/error.h"
#include "base/macro.h"
#include "pins/pins.h"

#include <stdbool.h>
#include <stddef.h>

/* Where agents pin what outlives them, if nothing else is said. */
#define PINNED_DIR BPFFS "/ocelli"

/* What an agent has pinned, or one that is no more has left: pins/pins.h. */
struct pinned {
	char *name; /* of its directory */
	char *path;
	bool in_use; /* its agent lives */
	char *about; /* what it says of it; NULL: nothing, or it cannot be read */
	char **pins; /* names, in order */
	size_t n;
};

struct pinned_list {
	struct pinned *v; /* in the order of their names */
	size_t n;
};

#define PINNED_LIST_INIT ((struct pinned_list){0})

/* Of all agents with this directory. Returns 0, also when there is none, or negative errno. */
int pinned_read(const char *dir, struct pinned_list *ret, struct error **reterr);

void pinned_done(struct pinned_list *list);

/* Ends what it does in the kernel: takes all its names away. Returns 0; -EBUSY: its agent lives; or
 * negative errno. */
int pinned_remove(const struct pinned *pinned, struct error **reterr);

#endif
