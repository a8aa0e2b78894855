/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_REPLAY_VALUE_H
#define OCELLI_REPLAY_VALUE_H

#include "base/arena.h"
#include "compile/evaluate.h"

#include "tetragon/tetragon.pb-c.h"

/* A value of a hook, as far as an event tells it. */
struct recorded {
	struct value value;
	unsigned parts;  /* those that are known, 1 << enum reader_part; all of what has none */
	const char *why; /* not all of it is, or NULL */
};

#define RECORDED_ALL (~0U)

/* Whether the two are, or may be, the same thing: numbers can be told as any number. */
bool recorded_fits(const struct arg_type *type, const Tetragon__KprobeArgument *told);

/* The first type that is told so; NULL: there is none. */
const struct arg_type *recorded_type(const Tetragon__KprobeArgument *told);

/* Reads what fits as the hook would have captured it. What is not known of it is told so; running
 * out of memory the arena remembers. */
struct recorded recorded_read(const struct capture *capture, const Tetragon__KprobeArgument *told,
			      struct arena *arena);

/* Whether what the test looks at is known. */
bool recorded_knows(const struct recorded *v, const struct capture *capture,
		    const struct test *test);

/* Why a string of an event is not what it was about, or NULL. */
const char *recorded_changed(const char *s);

#endif
