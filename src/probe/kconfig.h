/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_PROBE_KCONFIG_H
#define OCELLI_PROBE_KCONFIG_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What the running kernel was configured with, of what matters here, as far as
 * the distribution tells. It explains what probing finds; it does not replace
 * it.
 */
struct kconfig_option {
	const char *name; /* with CONFIG_ */
	const char *use;  /* what ocelli has of it; no full stop */
	bool reference;   /* also Tetragon asks for it */
};

/* The options that matter, sorted by name. */
size_t kconfig_count(void);
const struct kconfig_option *kconfig_at(size_t i);

struct kconfig {
	char *source;  /* the file that it was read from */
	char **values; /* of each option, in their order; NULL for one that is not set */
};

/*
 * Reads the configuration of the kernel @release from the first file below
 * @root ("" for the system's own) that there is: what the kernel tells itself,
 * or what distributions put beside it.
 * Returns 0; -ENOENT when there is none, -EFBIG or -EBADMSG for a file that is
 * no configuration, another negative errno when it cannot be read.
 */
int kconfig_read(const char *root, const char *release, struct kconfig **ret,
		 struct error **reterr);

/* Takes the values from a configuration's text. Whatever is no setting of a known option is passed
 * over; of several the last counts. Returns the number of settings of any option, or -ENOMEM. */
int kconfig_parse(struct kconfig *config, const char *text, size_t len);

/* Returns an empty one, or NULL when out of memory. */
struct kconfig *kconfig_new(void);
void kconfig_free(struct kconfig **config);

/* What is set: "y", "m", a number or quoted string; "n" where it is not set. */
const char *kconfig_value(const struct kconfig *config, size_t i);

#define _cleanup_kconfig_ __attribute__((cleanup(kconfig_free)))

#endif
