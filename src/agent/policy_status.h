/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POLICY_STATUS_H
#define OCELLI_AGENT_POLICY_STATUS_H

#include "base/arena.h"
#include "tracing/hook_status.h"

/* What became of a policy, with the numbers of the schema's TracingPolicyState. */
enum policy_state {
	POLICY_STATE_UNKNOWN,
	POLICY_STATE_ENABLED,
	POLICY_STATE_DISABLED,
	POLICY_STATE_LOAD_ERROR,
	POLICY_STATE_ERROR,
	POLICY_STATE_LOADING,
	POLICY_STATE_UNLOADING,
	POLICY_STATE_SKIPPED,
	POLICY_STATE_PARTIALLY_ENABLED, /* something that it names is not there, and may be so */
	_POLICY_STATE_MAX,
};

/* From where it came; the same name can be in several. Clients may give others. */
#define POLICY_DOMAIN_STATIC "static" /* files */
#define POLICY_DOMAIN_GRPC "grpc"     /* clients that say none */

/* What it does about what it finds, with the numbers of the schema's TracingPolicyMode. */
enum policy_status_mode {
	POLICY_STATUS_MODE_UNKNOWN,
	POLICY_STATUS_MODE_ENFORCE,
	POLICY_STATUS_MODE_MONITOR,      /* counts what it would do */
	POLICY_STATUS_MODE_MONITOR_ONLY, /* there is nothing that it could enforce */
	_POLICY_STATUS_MODE_MAX,
};

struct policy_hook_status {
	const char *section; /* "kprobes" */
	size_t index;        /* in it */
	const char *description;
	enum hook_state state;
	const char *backend;       /* as hook_point_kind_name(); NULL: it has no place */
	const char *const *places; /* as events name them: "__x64_sys_openat" */
	size_t n_places;
	const char *reason; /* why it is not loaded; NULL: it is, or is not why the policy is not */
};

/* Texts are the policy's and its points'; of a policy that is not loaded its own. */
struct policy_status {
	struct arena arena;
	uint64_t id;                  /* of this one and no other, as long as the agent runs */
	const char *name, *namespace; /* "": none */
	const char *file;
	const char *domain;
	enum policy_state state;
	enum policy_status_mode mode;
	const char *reason; /* of POLICY_STATE_LOAD_ERROR; else NULL */
	struct policy_hook_status *hooks;
	size_t n_hooks;
};

/* "enabled", "load_error" …; "enforce" … */
const char *policy_state_name(enum policy_state state);
const char *policy_status_mode_name(enum policy_status_mode mode);

/* Whether programs of it are in the kernel. */
static inline bool policy_state_works(enum policy_state state)
{
	return state == POLICY_STATE_ENABLED || state == POLICY_STATE_PARTIALLY_ENABLED;
}

/* Of a policy that nothing has become of yet: it is loading. @domain stays the caller's. */
struct policy_status policy_status_begin(const struct policy *policy, const char *domain);

/* Of one whose @points are in the kernel, or with a @reason are not, and may be dropped. Out of
 * memory, there is less about its hooks. */
void policy_status_end(struct policy_status *status, struct policy_points *points,
		       const char *reason);

/* Logs a line for a policy that works, and at level debug one for each hook of any. */
void policy_status_log(const struct policy_status *status);

void policy_status_done(struct policy_status *status);

#endif
