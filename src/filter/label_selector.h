/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_LABEL_SELECTOR_H
#define OCELLI_FILTER_LABEL_SELECTOR_H

#include "base/error.h"
#include "tetragon/tetragon.pb-c.h"

#include <stdbool.h>

/*
 * A selector of labels as Kubernetes writes them: requirements with commas
 * between, "app=web", "tier!=db", "env in (a, b)", "env notin (c)", "x", "!x",
 * "cpus>3"; all of them must hold, and an empty one holds for any labels.
 */
struct label_selector;

#define LABEL_SELECTOR_MAX 4096

/* Returns 0; -EINVAL with the reason and the place in it; -E2BIG; -ENOMEM. */
int label_selector_new(const char *text, struct label_selector **ret, struct error **reterr);

bool label_selector_match(const struct label_selector *selector,
			  Tetragon__Pod__PodLabelsEntry *const *labels, size_t n);

void label_selector_free(struct label_selector **selector);

#endif
