// SPDX-License-Identifier: Apache-2.0
#include "policy/action.h"

#include "base/macro.h"

#define A(name) ACTION_ARG_BIT(ACTION_ARG_##name)
#define ON(kind) HOOK_BIT(HOOK_##kind)
#define FUNCTIONS (ON(KPROBE) | ON(FENTRY))

static const struct action rows[] = {
	[ACTION_POST] = {.name = "Post",
			 .number = 0,
			 .args = A(RATE_LIMIT) | A(RATE_LIMIT_SCOPE) | A(RATE_LIMIT_FIELDS) |
				 A(KERNEL_STACK) | A(USER_STACK) | A(IMA_HASH),
			 .hooks = HOOKS_ALL},
	[ACTION_SIGKILL] = {.name = "Sigkill", .number = 2, .hooks = HOOKS_ALL, .enforces = true},
	[ACTION_OVERRIDE] = {.name = "Override",
			     .number = 4,
			     .args = A(ERROR) | A(REGS) | A(NEW_SYMBOL) | A(NEW_ADDR) |
				     A(NEW_OFFSET),
			     .hooks = FUNCTIONS | ON(UPROBE) | ON(LSM),
			     .instead = "who tells of a call cannot deny it: write NotifyEnforcer, "
					"and the call that is to be denied under spec.enforcers",
			     .enforces = true},
	[ACTION_GET_URL] = {.name = "GetUrl",
			    .number = 6,
			    .args = A(URL),
			    .required = A(URL),
			    .hooks = FUNCTIONS | ON(TRACEPOINT)},
	[ACTION_DNS_LOOKUP] = {.name = "DnsLookup",
			       .number = 7,
			       .args = A(FQDN),
			       .required = A(FQDN),
			       .hooks = FUNCTIONS | ON(TRACEPOINT)},
	[ACTION_NO_POST] = {.name = "NoPost", .number = 8, .hooks = HOOKS_ALL},
	[ACTION_SIGNAL] = {.name = "Signal",
			   .number = 9,
			   .args = A(SIG),
			   .required = A(SIG),
			   .hooks = HOOKS_ALL,
			   .enforces = true},
	[ACTION_TRACK_SOCK] = {.name = "TrackSock",
			       .number = 10,
			       .args = A(SOCK),
			       .hooks = FUNCTIONS},
	[ACTION_UNTRACK_SOCK] = {.name = "UntrackSock",
				 .number = 11,
				 .args = A(SOCK),
				 .hooks = FUNCTIONS},
	[ACTION_NOTIFY_ENFORCER] = {.name = "NotifyEnforcer",
				    .number = 12,
				    .args = A(ERROR) | A(SIG),
				    .hooks = FUNCTIONS | ON(TRACEPOINT) | ON(LSM),
				    .enforces = true},
	[ACTION_CLEANUP_ENFORCER] = {.name = "CleanupEnforcerNotification",
				     .number = 13,
				     .hooks = FUNCTIONS | ON(TRACEPOINT) | ON(LSM)},
	[ACTION_SET] = {.name = "Set",
			.number = 14,
			.args = A(INDEX) | A(VALUE),
			.hooks = ON(USDT),
			.enforces = true},
};

#define ARG(text, member) {.name = (text), .offset = offsetof(struct policy_action, member)}

/* What all of them begin with is their mark. */
static const struct {
	const char *name;
	size_t offset;
} args[] = {
	[ACTION_ARG_ERROR] = ARG("argError", error),
	[ACTION_ARG_SIG] = ARG("argSig", signal),
	[ACTION_ARG_SOCK] = ARG("argSock", sock),
	[ACTION_ARG_INDEX] = ARG("argIndex", index),
	[ACTION_ARG_VALUE] = ARG("argValue", value),
	[ACTION_ARG_NEW_ADDR] = ARG("argNewAddr", new_addr),
	[ACTION_ARG_NEW_OFFSET] = ARG("argNewOffset", new_offset),
	[ACTION_ARG_NEW_SYMBOL] = ARG("argNewSymbol", new_symbol),
	[ACTION_ARG_REGS] = ARG("argRegs", regs),
	[ACTION_ARG_URL] = ARG("argUrl", url),
	[ACTION_ARG_FQDN] = ARG("argFqdn", fqdn),
	[ACTION_ARG_RATE_LIMIT] = ARG("rateLimit", rate_limit),
	[ACTION_ARG_RATE_LIMIT_SCOPE] = ARG("rateLimitScope", rate_limit_scope),
	[ACTION_ARG_RATE_LIMIT_FIELDS] = ARG("rateLimitFields", rate_limit_fields),
	[ACTION_ARG_KERNEL_STACK] = ARG("kernelStackTrace", kernel_stack),
	[ACTION_ARG_USER_STACK] = ARG("userStackTrace", user_stack),
	[ACTION_ARG_IMA_HASH] = ARG("imaHash", ima_hash),
};

_Static_assert(ARRAY_SIZE(args) == ACTION_ARGS, "every argument has a row");

const struct action *action_at(size_t i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

const char *action_arg_name(enum action_arg arg)
{
	return args[arg].name;
}

struct mark action_arg_mark(const struct policy_action *action, enum action_arg arg)
{
	return *(const struct mark *)(const void *)((const char *)action + args[arg].offset);
}

static bool any_enforces(const struct policy_actions *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->v[i].action.v >= 0 && rows[v->v[i].action.v].enforces)
			return true;
	return false;
}

static bool hook_enforces(const struct policy_hook *hook)
{
	for (size_t i = 0; i < hook->selectors.n; i++)
		if (any_enforces(&hook->selectors.v[i].actions) ||
		    any_enforces(&hook->selectors.v[i].return_actions))
			return true;
	return false;
}

bool policy_enforces(const struct policy *policy)
{
	for (size_t kind = 0; kind < HOOK_KINDS; kind++)
		for (size_t i = 0; i < policy->spec.hooks[kind].n; i++)
			if (hook_enforces(&policy->spec.hooks[kind].v[i]))
				return true;
	return false;
}

const struct policy_action *policy_override_of(const struct policy_hook *hook)
{
	for (size_t i = 0; i < hook->selectors.n; i++) {
		const struct policy_actions *v = &hook->selectors.v[i].actions;

		for (size_t j = 0; j < v->n; j++)
			if (v->v[j].action.v == ACTION_OVERRIDE && !v->v[j].monitored)
				return &v->v[j];
	}
	return NULL;
}

bool policy_tells_stack(enum hook_kind kind, bool of_process)
{
	switch (kind) {
	case HOOK_KPROBE:
	case HOOK_FENTRY:
		return true;
	case HOOK_UPROBE:
	case HOOK_USDT:
		return of_process;
	default:
		return false;
	}
}

bool policy_returns_early(const struct policy_action *action)
{
	return !POLICY_SET(action->regs) && !POLICY_SET(action->new_symbol) &&
	       !POLICY_SET(action->new_addr) && !POLICY_SET(action->new_offset);
}

static void change_mode(struct policy_actions *list, enum policy_mode mode)
{
	for (size_t i = 0; i < list->n; i++)
		list->v[i].monitored = mode == POLICY_MODE_MONITOR;
}

void policy_change_mode(struct policy *policy, enum policy_mode mode)
{
	if (mode == POLICY_MODE_UNSAID)
		mode = policy->settings.written_mode;
	policy->settings.mode = mode;
	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		struct policy_hooks *hooks = &policy->spec.hooks[kind];

		for (size_t i = 0; i < hooks->n; i++) {
			struct policy_selectors *selectors = &hooks->v[i].selectors;

			for (size_t j = 0; j < selectors->n; j++) {
				change_mode(&selectors->v[j].actions, mode);
				change_mode(&selectors->v[j].return_actions, mode);
			}
		}
	}
}

static const char *name(size_t i)
{
	return i < ARRAY_SIZE(rows) ? rows[i].name : NULL;
}

const struct vocabulary actions = {.what = "an action", .name = name};
