// SPDX-License-Identifier: Apache-2.0
/* Why a hook is where it is, and what is in the way. */
#include "explain/parts.h"
#include "explain/race.h"
#include "sensor/kernel_types.h"

#include <errno.h>
#include <string.h>

/* --- why there */

/* "the kernel has no kprobes: …" */
static const char *lack_of(struct explainer *explainer, struct explanation *e, const char *feature,
			   const char *what)
{
	const struct feature_trial *trial = features_try(explainer->features, feature);

	if (!trial || trial->presence != PRESENCE_ABSENT)
		return what;
	return explain_format(&e->arena, "%s (%s)", what, trial->evidence);
}

static const char *why_entry(struct explainer *explainer, struct explanation *e,
			     const struct policy_hook *hook)
{
	const char *why;

	if (hook->kind == HOOK_FENTRY)
		return "its function is not only that call's";
	if (explainer->ground.kernel.has_kprobes)
		why = lack_of(explainer, e, "kprobe_multi",
			      "the kernel has no kprobe.multi, and hundreds of programs are more");
	else
		why = lack_of(explainer, e, "kprobe", "the kernel has no kprobes");
	return explain_format(&e->arena, "where all system calls enter: %s", why);
}

static const char *why_kprobe(struct explainer *explainer, struct explanation *e,
			      const struct policy_hook *hook)
{
	if (!hook->list)
		return hook->syscall.v ? "on the call's own function: others cost nothing"
				       : "on the function itself";
	if (e->policy->settings.disable_kprobe_multi)
		return "one by one: disable-kprobe-multi is set";
	if (!explainer->privileged)
		return "one by one, or at once: that takes privileges to tell";
	return lack_of(explainer, e, "kprobe_multi", "one by one");
}

static const char *why_uprobe(struct explainer *explainer, struct explanation *e,
			      const struct policy_hook *hook)
{
	if (hook->symbols.n + hook->offsets.n + hook->addrs.n < 2)
		return "on the place itself, in every process that executes the file";
	if (e->policy->settings.disable_uprobe_multi)
		return "one by one: disable-uprobe-multi is set";
	return lack_of(explainer, e, "uprobe_multi", "one by one");
}

const char *explain_backend(struct explainer *explainer, struct explanation *e,
			    const struct policy_point *point)
{
	switch (point->place.kind) {
	case HOOK_POINT_TYPED_TRACEPOINT:
		return why_entry(explainer, e, point->hook);
	case HOOK_POINT_KPROBE:
		return why_kprobe(explainer, e, point->hook);
	case HOOK_POINT_KPROBE_MULTI:
		return "one program for all: the kernel has kprobe.multi";
	case HOOK_POINT_RAW_TRACEPOINT:
		return "the policy says raw: what the tracepoint is called with";
	case HOOK_POINT_TRACEPOINT:
		return "the record of the tracepoint, by its format in tracefs";
	case HOOK_POINT_FENTRY:
		return "the policy says fentries: arguments with their types";
	case HOOK_POINT_FMOD_RET:
		return "what it returns is overridden: the call is denied before it is made";
	case HOOK_POINT_OVERRIDE:
		return "what it returns is overridden by bpf_override_return: the call is denied "
		       "before it is made";
	case HOOK_POINT_LSM:
		return "the policy says lsmhooks: where the security modules are asked";
	case HOOK_POINT_UPROBE:
	case HOOK_POINT_UPROBE_LINK:
		return why_uprobe(explainer, e, point->hook);
	case HOOK_POINT_UPROBE_MULTI:
		return "one program for all: the kernel has uprobe.multi";
	default:
		return "";
	}
}

/* --- what instead */

static bool has(struct explainer *explainer, const char *feature)
{
	const struct feature_trial *trial = features_try(explainer->features, feature);

	return trial && trial->presence == PRESENCE_PRESENT;
}

static const char *instead_of_lsm(struct explainer *explainer, struct explanation *e,
				  const char *name)
{
	const struct race_refuge *refuge;
	size_t i = 0;

	while ((refuge = race_refuge_at(i)) && strcmp(refuge->lsm, name) != 0)
		i++;
	if (refuge && explainer->ground.kernel.has_kprobes)
		return explain_format(&e->arena,
				      "kprobes with call: %s and syscall: false; the arguments are "
				      "the same",
				      refuge->function);
	if (refuge)
		return explain_format(&e->arena,
				      "kprobes with call: sys_%s, whose arguments a process can "
				      "change meanwhile",
				      refuge->call);
	return NULL;
}

static const char *instead_of_function(struct explainer *explainer, struct explanation *e,
				       const char *name)
{
	const struct race_refuge *refuge;
	size_t i = 0;

	if (has(explainer, "fentry"))
		return "the same under fentries";
	while ((refuge = race_refuge_at(i)) && strcmp(refuge->function, name) != 0)
		i++;
	if (refuge && has(explainer, "lsm_active"))
		return explain_format(&e->arena, "lsmhooks with hook: %s", refuge->lsm);
	if (refuge)
		return explain_format(&e->arena, "the system call: call: sys_%s, syscall: true",
				      refuge->call);
	return "system calls or tracepoints, which it has";
}

const char *explain_nearest(struct explainer *explainer, struct explanation *e,
			    const struct policy_hook *hook)
{
	switch (hook->kind) {
	case HOOK_LSM:
		return instead_of_lsm(explainer, e, hook->call.s);
	case HOOK_FENTRY:
		if (has(explainer, "fentry"))
			return NULL;
		if (hook->syscall.v || explainer->ground.kernel.has_kprobes)
			return "the same under kprobes";
		return instead_of_function(explainer, e, hook->call.s);
	case HOOK_KPROBE:
		if (explainer->ground.kernel.has_kprobes || hook->syscall.v)
			return NULL;
		return instead_of_function(explainer, e, hook->call.s);
	default:
		return NULL;
	}
}

/* --- what is in the way */

static bool check_feature(struct explainer *explainer, struct explanation *e,
			  const struct policy_point *point)
{
	const char *feature = features_for(point->place.kind);
	const struct feature_trial *trial =
		feature ? features_try(explainer->features, feature) : NULL;
	struct finding *finding;

	if (!trial || trial->presence != PRESENCE_ABSENT)
		return true;
	finding = diagnose_error(&e->diags, point->mark, "this kernel cannot hook by %s",
				 hook_point_kind_name(point->place.kind));
	finding_why(finding, "%s", trial->evidence);
	finding_remedy(finding, "%s", trial->remedy);
	return false;
}

/* Attaching to one that is not there fails. */
static bool check_tracepoint(struct explainer *explainer, struct explanation *e,
			     const struct policy_point *point)
{
	struct kernel_functions *functions =
		policy_kernel_functions(&explainer->ground.kernel, NULL);
	const char *name = point->place.name;
	struct kernel_type type;
	bool is_there = !functions || kernel_types_tracepoint(functions, name, 0, &type) != -ENOENT;

	if (!is_there)
		diagnose_error(&e->diags, point->mark, "this kernel has no tracepoint %s", name);
	return is_there;
}

/* Types know functions that are nowhere but in others. */
static bool check_symbol(struct explainer *x, struct explanation *e,
			 const struct policy_point *point)
{
	if (point->hook->list || policy_kernel_has_symbol(&x->ground.kernel, point->place.name))
		return true;
	finding_why(
		diagnose_error(&e->diags, point->mark, "%s cannot be hooked", point->place.name),
		"the kernel has its types, but no function of that name: it is part of those "
		"that call it");
	return false;
}

bool explain_check_place(struct explainer *explainer, struct explanation *e,
			 const struct policy_point *point)
{
	if (!check_feature(explainer, e, point))
		return false;
	if (point->place.kind == HOOK_POINT_RAW_TRACEPOINT)
		return check_tracepoint(explainer, e, point);
	return point->place.kind != HOOK_POINT_KPROBE || check_symbol(explainer, e, point);
}
