/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPLAIN_KERNEL_FEATURES_H
#define OCELLI_EXPLAIN_KERNEL_FEATURES_H

#include "sensor/hook_point.h"

/* What "ocelli probe" finds out of this kernel, tried when somebody asks. */
struct features;

enum presence {
	PRESENCE_ABSENT,
	PRESENCE_PRESENT,
	PRESENCE_UNKNOWN, /* it could not be tried */
};

/* Valid as long as the features are. */
struct feature_trial {
	const char *name; /* "kprobe" */
	const char *title;
	enum presence presence;
	const char *evidence; /* what was tried and what happened, no full stop */
	const char *remedy;   /* of its absence; whole sentences */
};

int features_new(struct features **ret);
void features_free(struct features **features);

/* NULL: there is none of that name, or out of memory. */
const struct feature_trial *features_try(struct features *features, const char *name);

/* The name of what programs at such places need; NULL: nothing that is probed. */
const char *features_for(enum hook_point_kind kind);

#endif
