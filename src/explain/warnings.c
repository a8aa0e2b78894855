// SPDX-License-Identifier: Apache-2.0
#include "explain/hot.h"
#include "explain/parts.h"
#include "explain/race.h"

/* What of the kernel sees the same after it has been copied. */
static void suggest_refuge(struct explainer *explainer, struct finding *finding,
			   const struct race_refuge *refuge)
{
	const struct feature_trial *lsm = features_try(explainer->features, "lsm_active");
	bool has_lsm = lsm && lsm->presence == PRESENCE_PRESENT;
	bool has_kprobes = explainer->ground.kernel.has_kprobes;

	if (!refuge)
		finding_remedy(finding, "look for a function of the kernel, or a hook of the "
					"security modules, that gets it after it was copied");
	else if (has_lsm && has_kprobes)
		finding_remedy(finding, "safer: lsmhooks with hook: %s, or kprobes with call: %s",
			       refuge->lsm, refuge->function);
	else if (has_lsm)
		finding_remedy(finding, "safer: lsmhooks with hook: %s", refuge->lsm);
	else if (has_kprobes)
		finding_remedy(finding, "safer: kprobes with call: %s and syscall: false%s",
			       refuge->function,
			       lsm && lsm->presence == PRESENCE_UNKNOWN
				       ? ", or lsmhooks where BPF is a security module"
				       : "");
	else
		finding_remedy(finding,
			       "safer: lsmhooks with hook: %s, on a kernel where BPF is a security "
			       "module",
			       refuge->lsm);
}

static void warn_of_race(struct explainer *explainer, struct explanation *e,
			 const struct explained_hook *hook, const struct policy_point *point,
			 const struct explained_value *value, struct mark mark)
{
	static const char *const whys[] = {
		[RACE_NONE] = "",
		[RACE_MEMORY] = "it is in the process's memory, which another thread of it can "
				"write to between this look and the kernel's",
		[RACE_FILE] = "another thread of the process can put another file under this "
			      "number between this look and the kernel's",
	};
	const char *call = point->told ? point->told : point->place.functions[0];
	struct finding *finding =
		diagnose_warning(&e->diags, mark, "%s can change meanwhile", value->from);

	finding_why(finding, "%s", whys[value->race]);
	suggest_refuge(explainer, finding, race_refuge_of(call));
}

void explain_warn(struct explainer *explainer, struct explanation *e, struct explained_hook *hook,
		  const struct policy_point *point)
{
	const struct policy_hook *from = point->hook;

	/* Elsewhere nobody looks after us. */
	bool is_call = from->kind == HOOK_KPROBE || from->kind == HOOK_FENTRY ||
		       from->kind == HOOK_TRACEPOINT;

	for (size_t i = 0; is_call && i < hook->n_values && i < from->args.n; i++)
		if (hook->values[i].race)
			warn_of_race(explainer, e, hook, point, &hook->values[i],
				     from->args.v[i].mark);
	hook->all_calls = point->place.kind == HOOK_POINT_TYPED_TRACEPOINT;
	hook->hot = hot_place(&point->place, point->told);
	/* The policy did not choose where calls enter. */
	if (hook->hot && !hook->all_calls)
		finding_remedy(diagnose_warning(&e->diags, point->mark, "%s is a hot place: %s",
						hook->description, hook->hot),
			       "filter by numbers and by who makes the call, which cost least");
}
