// SPDX-License-Identifier: Apache-2.0
#include "tracing/hook_status.h"

const char *hook_state_name(enum hook_state state)
{
	static const char *const names[] = {
		[HOOK_STATE_UNSPECIFIED] = "not_loaded",
		[HOOK_STATE_LOADED] = "loaded",
		[HOOK_STATE_DIGEST_REJECTED] = "digest_rejected",
		[HOOK_STATE_CALL_NOT_FOUND] = "call_not_found",
		[HOOK_STATE_PARTIAL_CALL_NOT_FOUND] = "partial_call_not_found",
	};

	return names[state];
}

enum hook_state hook_state_of(const struct policy_points *points, size_t of)
{
	const struct policy_hook_points *hook = &points->hooks[of];

	if (hook->result < 0)
		return HOOK_STATE_UNSPECIFIED;
	if (hook->n_rejected)
		return HOOK_STATE_DIGEST_REJECTED;
	if (!hook->n_missing)
		return HOOK_STATE_LOADED;
	for (size_t i = 0; i < points->n; i++)
		if (points->v[i].of == of)
			return HOOK_STATE_PARTIAL_CALL_NOT_FOUND;
	return HOOK_STATE_CALL_NOT_FOUND;
}

void hook_describe(const struct policy_hook *hook, struct str *out)
{
	switch (hook->kind) {
	case HOOK_TRACEPOINT:
		if (hook->subsystem.len)
			str_appendf(out, "%s/", hook->subsystem.s);
		str_append_z(out, hook->event.s);
		break;
	case HOOK_UPROBE:
		str_append_z(out, hook->path.s);
		if (hook->symbols.n)
			str_appendf(out, ":%s", hook->symbols.v[0].s);
		break;
	case HOOK_USDT:
		str_appendf(out, "%s:%s:%s", hook->path.s, hook->provider.s, hook->name.s);
		break;
	default:
		str_append_z(out, hook->call.s);
	}
}
