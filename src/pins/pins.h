/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_PINS_PINS_H
#define OCELLI_PINS_PINS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What outlives an agent: names in bpffs for the links of its programs. Each agent
 * has a directory of its own below the one that is configured, and a lock on it as
 * long as it lives: what nobody has locked was left by one that stopped or died.
 * Nothing is agreed on between agents but that; what was left is only ever removed.
 */
struct pins;

/* Where everybody has one. */
#define BPFFS "/sys/fs/bpf"

struct pins_config {
	const char *dir; /* absolute; what is above it is in a bpffs. Must outlive the pins */
	/* What cannot be pinned is an error; else it is as if it had not been asked for. */
	bool required;
};

/* Nothing is made before it is needed, but the mount of a bpffs at /sys/fs/bpf where pins are
 * required. Returns 0 or negative errno. */
int pins_new(const struct pins_config *config, struct pins **ret, struct error **reterr);

/* Gives up the lock. What is pinned stays; a directory without pins goes. */
void pins_free(struct pins **pins);

bool pins_required(const struct pins *pins);

/* Where they are: the agent's own directory; NULL: there is nothing yet. */
const char *pins_directory(const struct pins *pins);

/*
 * Pins a BPF object under a name made of these two, that nothing else has. Returns
 * its path, in *ret, which pin_remove() or free() takes, or negative errno:
 * -EINVAL when the kernel pins no such object.
 */
int pins_add(struct pins *pins, int fd, const char *kind, const char *name, char **ret,
	     struct error **reterr);

/* Takes the name away, and frees it. */
void pin_remove(char **path);

/* Says what is pinned, for people and for the next agent; takes the place of what was said before.
 * Returns 0 or negative errno. */
int pins_describe(struct pins *pins, const char *text, struct error **reterr);

#endif
