// SPDX-License-Identifier: Apache-2.0
#include "policy/action.h"
#include "policy/check.h"
#include "policy/schema.h"

#define SIGNAL_MAX 64
#define ERRNO_MAX 4095 /* what the kernel takes for an error */

/* Arguments that the action does not take, or misses. */
static void check_args(struct check *check, const struct policy_action *action,
		       const struct action *row)
{
	for (enum action_arg arg = 0; arg < ACTION_ARGS; arg++) {
		struct mark mark = action_arg_mark(action, arg);

		if (mark.line && !(row->args & ACTION_ARG_BIT(arg)))
			check_warning(check, mark, "%s is of no effect with %s",
				      action_arg_name(arg), row->name);
		if (!mark.line && row->required & ACTION_ARG_BIT(arg))
			check_error(check, action->mark, "%s needs %s", row->name,
				    action_arg_name(arg));
	}
}

static void check_post(struct check *check, const struct policy_hook *hook,
		       struct policy_action *action)
{
	const struct policy_bool *stacks[] = {&action->kernel_stack, &action->user_stack};

	check_limit(check, hook, action);
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
		bool of_process = stacks[i] == &action->user_stack;

		if (!stacks[i]->v || policy_tells_stack(hook->kind, of_process))
			continue;
		if (hook->kind == HOOK_LSM)
			check_error(check, stacks[i]->mark, "lsmhooks cannot tell of stacks");
		else
			check_warning(check, stacks[i]->mark,
				      "events of %s have no place for stacks of %s",
				      hook_section_names[hook->kind],
				      of_process ? "processes" : "the kernel");
	}
	if (action->ima_hash.v && hook->kind != HOOK_LSM)
		finding_remedy(
			check_warning(check, action->ima_hash.mark, "imaHash is of no effect here"),
			"it is for lsmhooks");
}

static void check_signal(struct check *check, const struct policy_action *action, int64_t min)
{
	if (POLICY_SET(action->signal) && (action->signal.v < min || action->signal.v > SIGNAL_MAX))
		check_error(check, action->signal.mark, "%d is not a signal: they are 1 to %d",
			    (int)action->signal.v, SIGNAL_MAX);
}

static void check_signal_action(struct check *check, const struct policy_hook *hook,
				struct policy_action *action)
{
	check_signal(check, action, 1);
}

static bool can_be_overridden(const struct policy_hook *hook)
{
	return (hook->kind != HOOK_KPROBE && hook->kind != HOOK_FENTRY) || hook->syscall.v ||
	       hook->list || !strncmp(hook->call.s, "security_", strlen("security_"));
}

static void check_override(struct check *check, const struct policy_hook *hook,
			   struct policy_action *action)
{
	int new_place = POLICY_SET(action->new_symbol) || POLICY_SET(action->new_addr) ||
			POLICY_SET(action->new_offset);
	struct finding *finding;

	if (!can_be_overridden(hook)) {
		finding = check_error(check, action->mark,
				      "what " QUOTED " returns cannot be "
				      "overridden",
				      QUOTE(hook->call.s, hook->call.len));
		finding_why(finding, "that is for system calls, and functions that begin with "
				     "\"security_\"");
		finding_remedy(finding, "hook the security_ function that it calls; if it is a "
					"system call, write syscall: true");
	}
	if (hook->kind != HOOK_UPROBE && (new_place || POLICY_SET(action->regs)))
		check_error(check, action->mark,
			    "registers can be overridden by uprobes only, and this is of %s",
			    hook_section_names[hook->kind]);
	check_registers(check, action);
	if (POLICY_SET(action->error) + POLICY_SET(action->regs) + new_place > 1)
		finding_remedy(check_error(check, action->mark,
					   "the action overrides in more than one way"),
			       "keep argError, argRegs, or one of argNewSymbol, argNewAddr and "
			       "argNewOffset");
	if (hook->kind == HOOK_LSM && (action->error.v > 0 || action->error.v < -ERRNO_MAX))
		finding_remedy(check_error(check, action->error.mark,
					   "an LSM hook cannot return %d", (int)action->error.v),
			       "write 0 or the negative of an errno, such as -1 for EPERM");
	if (hook->kind != HOOK_UPROBE && !action->error.v && !new_place &&
	    !POLICY_SET(action->regs))
		finding_remedy(check_warning(check, action->mark,
					     "Override without an error denies nothing"),
			       "write argError: -1, for EPERM, or another negative errno");
}

static void check_url(struct check *check, const struct policy_hook *hook,
		      struct policy_action *action)
{
	if (POLICY_SET(action->url) && strncmp(action->url.s, "http://", 7) != 0 &&
	    strncmp(action->url.s, "https://", 8) != 0)
		finding_remedy(check_error(check, action->url.mark, QUOTED " is not a URL",
					   QUOTE(action->url.s, action->url.len)),
			       "begin it with \"http://\" or \"https://\"");
}

static void check_fqdn(struct check *check, const struct policy_hook *hook,
		       struct policy_action *action)
{
	if (POLICY_SET(action->fqdn) && !action->fqdn.len)
		check_error(check, action->fqdn.mark, "the name to look up is empty");
}

static bool is_sock(const struct policy_arg *arg)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);

	return !type || type->id == ARG_TYPE_SOCK || type->id == ARG_TYPE_SOCKET ||
	       type->id == ARG_TYPE_AUTO;
}

static void check_sock(struct check *check, const struct policy_hook *hook,
		       struct policy_action *action)
{
	struct mark mark = POLICY_SET(action->sock) ? action->sock.mark : action->mark;

	if (!builder_spend(&check->builder, mark, hook->args.n))
		return;
	for (size_t i = 0; i < hook->args.n; i++)
		if (hook->args.v[i].index.v == action->sock.v && is_sock(&hook->args.v[i]))
			return;
	finding_remedy(check_error(check, mark, "no argument with index %d is a socket",
				   (int)action->sock.v),
		       "argSock is the index of an argument of type sock or socket");
}

static void check_enforcer(struct check *check, const struct policy_hook *hook,
			   struct policy_action *action)
{
	check_signal(check, action, 0);
	if (action->error.v > 0 || action->error.v < -ERRNO_MAX)
		finding_remedy(check_error(check, action->error.mark, "%d is no error to return",
					   (int)action->error.v),
			       "write the negative of an errno, such as -1 for EPERM");
	if (!check->policy->spec.enforcers.n)
		finding_remedy(check_error(check, action->mark, "there is no enforcer to notify"),
			       "add spec.enforcers with the calls to enforce on");
	else if (!action->error.v && !action->signal.v)
		check_warning(check, action->mark,
			      "neither argError nor argSig: the enforcer has nothing to do");
}

static void check_set(struct check *check, const struct policy_hook *hook,
		      struct policy_action *action)
{
	if (action->index.v < 0 || (uint64_t)action->index.v >= hook->args.n)
		check_error(check, POLICY_SET(action->index) ? action->index.mark : action->mark,
			    "there is no argument at %d: \"args\" has %zu, counted from 0",
			    (int)action->index.v, hook->args.n);
}

static void (*const checks[])(struct check *check, const struct policy_hook *hook,
			      struct policy_action *action) = {
	[ACTION_POST] = check_post,
	[ACTION_OVERRIDE] = check_override,
	[ACTION_GET_URL] = check_url,
	[ACTION_DNS_LOOKUP] = check_fqdn,
	[ACTION_SIGNAL] = check_signal_action,
	[ACTION_TRACK_SOCK] = check_sock,
	[ACTION_UNTRACK_SOCK] = check_sock,
	[ACTION_NOTIFY_ENFORCER] = check_enforcer,
	[ACTION_SET] = check_set,
};

static void refuse_hook(struct check *check, const struct policy_hook *hook,
			const struct policy_action *action, const struct action *row)
{
	struct finding *finding = check_error(check, action->action.mark, "%s is not for %s",
					      row->name, hook_section_names[hook->kind]);
	struct str names = STR_INIT;

	if (row->instead && hook->kind == HOOK_TRACEPOINT) {
		finding_remedy(finding, "%s", row->instead);
		return;
	}
	for (size_t i = 0; (row = action_at(i)); i++)
		if (row->hooks & HOOK_BIT(hook->kind))
			str_appendf(&names, "%s%s", names.len ? ", " : "", row->name);
	if (finding && str_cstr(&names))
		finding_remedy(finding, "there are: %s", names.data);
	str_free(&names);
}

static void check_action(struct check *check, const struct policy_hook *hook,
			 struct policy_action *action, bool on_return)
{
	const struct action *row;
	size_t kind = (size_t)action->action.v;

	if (!POLICY_SET(*action) || action->action.v < 0)
		return;
	row = action_at(kind);
	if (!(row->hooks & HOOK_BIT(hook->kind))) {
		refuse_hook(check, hook, action, row);
		return;
	}
	check_args(check, action, row);
	action->on_return = on_return;
	action->monitored = check->policy->settings.mode == POLICY_MODE_MONITOR;
	if (kind < ARRAY_SIZE(checks) && checks[kind])
		checks[kind](check, hook, action);
}

void check_actions(struct check *check, const struct policy_hook *hook,
		   struct policy_selector *selector)
{
	for (size_t i = 0; i < selector->actions.n; i++)
		check_action(check, hook, &selector->actions.v[i], false);
	for (size_t i = 0; i < selector->return_actions.n; i++)
		check_action(check, hook, &selector->return_actions.v[i], true);
}
