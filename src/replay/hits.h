/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_REPLAY_HITS_H
#define OCELLI_REPLAY_HITS_H

#include "policy/model.h"
#include "replay/judge.h"

#include "tetragon/events.pb-c.h"

/* What events of hooks have in common. */
struct hit {
	unsigned kinds; /* of HOOK_BIT(): hooks that are told so */
	const Tetragon__Process *process, *parent;
	Tetragon__Process *const *ancestors;
	size_t n_ancestors;
	const char *where, *name; /* the function; the subsystem and the event; the path and … */
	const char *provider;     /* of a USDT */
	Tetragon__KprobeArgument *const *args, *const *data;
	size_t n_args, n_data;
	const Tetragon__KprobeArgument *returned;
};

/* Returns whether the event is of a hook. */
bool hit_read(const Tetragon__GetEventsResponse *event, struct hit *ret);

/* Whether the hook is at the place that the event is of. */
enum tri hit_is_at(const struct hit *hit, const struct policy_hook *hook, struct str *why);

#endif
