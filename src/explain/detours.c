// SPDX-License-Identifier: Apache-2.0
/* What gets round a denial as it is written: docs/policies.md, "Ways round a denial". */
#include "explain/parts.h"
#include "policy/action.h"
#include "policy/arg_type.h"
#include "policy/vocabulary.h"
#include "base/macro.h"

#include <string.h>

/* What is told of as a path of who makes the call, and the way from there to the name that the file
 * has in its file system. */
static const struct {
	enum arg_type_id type;
	const char *to_dentry;
} pathlike[] = {
	{ARG_TYPE_FILE, "f_path.dentry"},
	{ARG_TYPE_KIOCB, "ki_filp.f_path.dentry"},
	{ARG_TYPE_LINUX_BINPRM, "file.f_path.dentry"},
	{ARG_TYPE_PATH, "dentry"},
};

/* Hooks that do not see all of what they seem to be about, and which sees the rest. */
static const struct {
	const char *hook, *other, *unseen;
} partial[] = {
	{"socket_connect", "socket_sendmsg",
	 "what is sent without a connection, and TCP Fast Open, do not come by here"},
	{"bprm_check_security", "mmap_file",
	 "a loader that is given the program (ld.so PROGRAM) maps it, and does not come by here"},
};

static bool denies(const struct policy_selector *s)
{
	for (size_t i = 0; i < s->actions.n; i++)
		if (s->actions.v[i].action.v == ACTION_OVERRIDE)
			return true;
	return false;
}

static const char *way_to_dentry(const struct policy_arg *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(pathlike); i++)
		if (arg->type.v >= 0 && arg_type_at((size_t)arg->type.v)->id == pathlike[i].type)
			return pathlike[i].to_dentry;
	return NULL;
}

/* What a match is about; NULL: an expression need not be about any argument. */
static const struct policy_arg *arg_of(const struct policy_hook *hook,
				       const struct policy_arg_match *match)
{
	return match->arg < hook->args.n ? &hook->args.v[match->arg] : NULL;
}

/* Whether a selector that denies looks at something of the file that no mount changes. */
static bool knows_file(const struct policy_hook *hook)
{
	for (size_t i = 0; i < hook->selectors.n; i++) {
		const struct policy_selector *s = &hook->selectors.v[i];

		for (size_t j = 0; denies(s) && j < s->args.n; j++) {
			const struct policy_arg *arg = arg_of(hook, &s->args.v[j]);

			/* Of several values, perhaps: nothing is said of it. */
			if (s->args.v[j].values.kind == POLICY_VALUES_EXPRESSION)
				return true;
			if (arg && arg->resolve.len && !way_to_dentry(arg))
				return true;
		}
	}
	return false;
}

static void warn_of_path(struct explanation *e, const struct policy_arg *arg, struct mark mark)
{
	const char *way = arg ? way_to_dentry(arg) : NULL;
	struct finding *f;

	if (!way)
		return;
	f = diagnose_warning(&e->diags, mark, "what is denied by its path may have another");
	finding_why(f, "mounts, a root directory of the process's own and links change it, also "
		       "those of a user namespace, which everybody may have");
	finding_remedy(f,
		       "safer: also an argument {index: %d, type: dentry, resolve: %s%s%s}, the "
		       "name in its file system",
		       (int)arg->index.v, arg->resolve.len ? arg->resolve.s : "",
		       arg->resolve.len ? "." : "", way);
}

static void warn_of_binaries(struct explanation *e, const struct policy_binary_matches *binaries)
{
	for (size_t i = 0; i < binaries->n; i++) {
		const struct policy_binary_match *m = &binaries->v[i];
		struct finding *f;

		if (m->operator.v != BINARY_NOT_IN && m->operator.v != BINARY_NOT_PREFIX &&
		    m->operator.v != BINARY_NOT_POSTFIX)
			continue;
		f = diagnose_warning(&e->diags, m->mark,
				     "who has no name that is known is not denied");
		finding_why(f, "a program whose path is longer than paths can be is neither one of "
			       "the binaries nor none of them");
		finding_remedy(f, "safer: another selector before this one, with those who may, In "
				  "and NoPost, and in this one nothing of binaries");
	}
}

static bool hooks(const struct policy *policy, enum hook_kind kind, const char *name)
{
	const struct policy_hooks *all = &policy->spec.hooks[kind];

	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->v[i].call.s, name))
			return true;
	return false;
}

static void warn_of_unseen(struct explanation *e, const struct policy_hook *hook)
{
	for (size_t i = 0; i < ARRAY_SIZE(partial); i++) {
		struct finding *f;

		if (hook->kind != HOOK_LSM || strcmp(hook->call.s, partial[i].hook) != 0 ||
		    hooks(e->policy, hook->kind, partial[i].other))
			continue;
		f = diagnose_warning(&e->diags, hook->call.mark, "%s does not see all of it",
				     partial[i].hook);
		finding_why(f, "%s", partial[i].unseen);
		finding_remedy(f, "safer: also a hook %s", partial[i].other);
	}
}

void explain_detours(struct explanation *e, const struct policy_hook *hook)
{
	bool denied = false, by_path = !knows_file(hook);

	for (size_t i = 0; i < hook->selectors.n; i++) {
		const struct policy_selector *s = &hook->selectors.v[i];

		if (!denies(s))
			continue;
		denied = true;
		warn_of_binaries(e, &s->binaries);
		for (size_t j = 0; by_path && j < s->args.n; j++)
			warn_of_path(e, arg_of(hook, &s->args.v[j]), s->args.v[j].mark);
	}
	if (denied)
		warn_of_unseen(e, hook);
}
