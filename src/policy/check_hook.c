// SPDX-License-Identifier: Apache-2.0
#include "policy/action.h"
#include "policy/check.h"
#include "policy/schema.h"
#include "policy/values.h"

#include <ctype.h>

#define TEXT_MIN 2
#define PATTERN_COMMAS_MAX 10

static void check_not_empty(struct check *check, const struct policy_text *text, const char *what)
{
	if (POLICY_SET(*text) && !text->len)
		check_error(check, text->mark, "\"%s\" is empty", what);
}

static bool is_symbol(const struct policy_text *text)
{
	for (size_t i = 0; i < text->len; i++)
		if (!isalnum((unsigned char)text->s[i]) &&
		    (!text->s[i] || !strchr("_.$", text->s[i])))
			return false;
	return text->len > 0;
}

/* What is on a list that is no list of system calls is taken as it is, whatever "syscall" says. */
static void check_list_call(struct check *check, struct policy_hook *hook)
{
	hook->list = values_find_list(&check->builder, &check->policy->spec.lists, &hook->call);
	if (!hook->list || hook->list->type.v < 0)
		return;
	if (hook->list->type.v == LIST_GENERATED_FTRACE) {
		if (POLICY_SET(hook->syscall) && hook->syscall.v)
			check_warning(check, hook->syscall.mark,
				      "the list " QUOTED
				      " is of functions: syscall is of no effect",
				      QUOTE(hook->list->name.s, hook->list->name.len));
		hook->syscall.v = false;
	} else if (!hook->syscall.v) {
		finding_remedy(check_error(check, hook->call.mark,
					   "the list " QUOTED " is of system calls, and the hook "
					   "has syscall: false",
					   QUOTE(hook->list->name.s, hook->list->name.len)),
			       "write syscall: true");
	}
}

static void check_return_action(struct check *check, struct policy_hook *hook)
{
	const struct policy_text *name = &hook->return_action_name;

	hook->return_action = -1;
	if (!POLICY_SET(*name))
		return;
	hook->return_action = vocabulary_find(&actions, name->s, name->len);
	if (hook->return_action == ACTION_TRACK_SOCK || hook->return_action == ACTION_UNTRACK_SOCK)
		return;
	finding_remedy(check_error(check, name->mark, QUOTED " is not for a return value",
				   QUOTE(name->s, name->len)),
		       "returnArgAction is TrackSock or UntrackSock");
}

static void check_function(struct check *check, struct policy_hook *hook)
{
	size_t len;

	check_not_empty(check, &hook->call, "call");
	if (values_list_name(&hook->call, &len))
		check_list_call(check, hook);
	else if (hook->call.len && !is_symbol(&hook->call))
		finding_remedy(check_error(check, hook->call.mark,
					   QUOTED " is not the name of a function",
					   QUOTE(hook->call.s, hook->call.len)),
			       "name one function, or a list of them, \"list:NAME\"");
}

static void check_tracepoint(struct check *check, struct policy_hook *hook)
{
	check_not_empty(check, &hook->subsystem, "subsystem");
	check_not_empty(check, &hook->event, "event");
}

/* Each group of two doubles how many patterns it is. */
static void check_path(struct check *check, const struct policy_text *path)
{
	size_t n = 0;

	check_not_empty(check, path, "path");
	for (const char *s = path->len ? strchr(path->s, '{') : NULL; s && *s; s++)
		n += *s == ',';
	if (n > PATTERN_COMMAS_MAX)
		finding_remedy(check_error(check, path->mark,
					   "the path has %zu commas in braces, and %d is the limit",
					   n, PATTERN_COMMAS_MAX),
			       "make it several hooks");
}

static void check_usdt(struct check *check, struct policy_hook *hook)
{
	check_path(check, &hook->path);
	check_not_empty(check, &hook->provider, "provider");
	check_not_empty(check, &hook->name, "name");
}

static void check_uprobe_hook(struct check *check, struct policy_hook *hook)
{
	check_path(check, &hook->path);
	check_uprobe(check, hook);
}

static void check_lsm(struct check *check, struct policy_hook *hook)
{
	static const char *const prefixes[] = {"bpf_lsm_", "security_"};

	check_not_empty(check, &hook->call, "hook");
	if (hook->call.len && !is_symbol(&hook->call))
		check_error(check, hook->call.mark, QUOTED " is not the name of an LSM hook",
			    QUOTE(hook->call.s, hook->call.len));
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(hook->call.s, prefixes[i], strlen(prefixes[i])))
			finding_remedy(check_error(check, hook->call.mark,
						   QUOTED " is the name of a function, not of an "
							  "LSM hook",
						   QUOTE(hook->call.s, hook->call.len)),
				       "write \"%.60s\"", hook->call.s + strlen(prefixes[i]));
}

static void (*const kinds[HOOK_KINDS])(struct check *check, struct policy_hook *hook) = {
	[HOOK_KPROBE] = check_function,
	[HOOK_FENTRY] = check_function,
	[HOOK_TRACEPOINT] = check_tracepoint,
	[HOOK_UPROBE] = check_uprobe_hook,
	[HOOK_USDT] = check_usdt,
	[HOOK_LSM] = check_lsm,
};

static void check_texts(struct check *check, const struct policy_hook *hook)
{
	if (POLICY_SET(hook->message) && hook->message.len < TEXT_MIN)
		check_error(check, hook->message.mark, "the message is shorter than %d characters",
			    TEXT_MIN);
	for (size_t i = 0; i < hook->tags.n; i++)
		if (POLICY_SET(hook->tags.v[i]) && hook->tags.v[i].len < TEXT_MIN)
			check_error(check, hook->tags.v[i].mark,
				    "the tag is shorter than %d characters", TEXT_MIN);
}

void check_hook(struct check *check, struct policy_hook *hook)
{
	kinds[hook->kind](check, hook);
	check_return_action(check, hook);
	check_texts(check, hook);
	check_hook_args(check, hook);
	if (POLICY_SET(hook->return_arg) && !hook->returns.v)
		finding_remedy(
			check_warning(check, hook->return_arg.mark, "returnArg is of no effect"),
			"write return: true to have the return value told of");
	for (size_t i = 0; i < hook->selectors.n; i++)
		if (POLICY_SET(hook->selectors.v[i]))
			check_selector(check, hook, &hook->selectors.v[i]);
}
