/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_FIELDS_H
#define OCELLI_TRACING_FIELDS_H

#include "policy/policy.h"
#include "sensor/tracepoint_format.h"

/*
 * What a policy says of a tracepoint's fields depends on the kernel's description
 * of it: puts into *hook, in @arena, a copy in which each index is the place in
 * the record (compile/backend.h), types that were left open are those of the
 * fields, and values are of these types. What cannot be is diagnosed. Returns 0
 * or negative errno.
 */
int policy_fields_place(const char *event, const struct tracepoint_format *format,
			struct arena *arena, const struct policy *policy, struct diagnostics *diags,
			const struct policy_hook **hook);

/* The same with what the running kernel says of the event. */
int policy_fields_resolve(const char *event, struct arena *arena, const struct policy *policy,
			  struct diagnostics *diags, const struct policy_hook **hook);

#endif
