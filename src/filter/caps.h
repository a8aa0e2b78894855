/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_FILTER_CAPS_H
#define OCELLI_FILTER_CAPS_H

#include "base/error.h"
#include "tetragon/events.pb-c.h"

#include <stdbool.h>
#include <stdint.h>

enum caps_rule_kind {
	CAPS_RULE_NONE_GIVEN,
	CAPS_RULE_ANY,
	CAPS_RULE_ALL,
	CAPS_RULE_EXACTLY,
	CAPS_RULE_NONE,
};

struct caps_rule {
	enum caps_rule_kind kind;
	uint64_t mask;
};

/* A CapFilter message made ready: all three rules must hold. */
struct caps_filter {
	struct caps_rule permitted, effective, inheritable;
};

/* Returns 0; -EINVAL for a set that names no list or several, or no capability. */
int caps_filter_init(const Tetragon__CapFilter *msg, struct caps_filter *ret,
		     struct error **reterr);

/* A process whose capabilities are not in the event (NULL) matches nothing. */
bool caps_filter_match(const struct caps_filter *filter, const Tetragon__Capabilities *caps);

#endif
