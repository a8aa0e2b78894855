// SPDX-License-Identifier: Apache-2.0
#include "explain/kernel_features.h"
#include "base/cleanup.h"
#include "probe/prober.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct features {
	struct prober *prober;
	struct finding *findings; /* of feature_at(i) */
	struct feature_trial *trials;
};

int features_new(struct features **ret)
{
	struct features *f = calloc(1, sizeof(*f));

	if (f) {
		f->findings = calloc(feature_count(), sizeof(*f->findings));
		f->trials = calloc(feature_count(), sizeof(*f->trials));
	}
	if (f && f->findings && f->trials && prober_new(&f->prober) >= 0) {
		*ret = f;
		return 0;
	}
	features_free(&f);
	return -ENOMEM;
}

void features_free(struct features **features)
{
	struct features *f = *features;

	if (!f)
		return;
	for (size_t i = 0; f->findings && i < feature_count(); i++)
		finding_done(&f->findings[i]);
	prober_free(&f->prober);
	free(f->findings);
	free(f->trials);
	free(f);
	*features = NULL;
}

const struct feature_trial *features_try(struct features *f, const char *name)
{
	static const enum presence presences[] = {
		[FEATURE_ABSENT] = PRESENCE_ABSENT,
		[FEATURE_PRESENT] = PRESENCE_PRESENT,
		[FEATURE_UNKNOWN] = PRESENCE_UNKNOWN,
	};
	size_t i = 0;

	while (i < feature_count() && strcmp(feature_at(i)->name, name) != 0)
		i++;
	if (i == feature_count())
		return NULL;
	if (!f->trials[i].name) {
		prober_try(f->prober, feature_at(i), &f->findings[i]);
		if (!str_cstr(&f->findings[i].evidence))
			return NULL;
		f->trials[i] = (struct feature_trial){
			.name = feature_at(i)->name,
			.title = feature_at(i)->title,
			.presence = presences[f->findings[i].state],
			.evidence = f->findings[i].evidence.data,
			.remedy = feature_at(i)->remedy,
		};
	}
	return &f->trials[i];
}

const char *features_for(enum hook_point_kind kind)
{
	static const char *const names[] = {
		[HOOK_POINT_TYPED_TRACEPOINT] = "syscall_tracepoints",
		[HOOK_POINT_RAW_TRACEPOINT] = "raw_tracepoint",
		[HOOK_POINT_TRACEPOINT] = "tracepoint",
		[HOOK_POINT_KPROBE] = "kprobe",
		[HOOK_POINT_KRETPROBE] = "kretprobe",
		[HOOK_POINT_KPROBE_MULTI] = "kprobe_multi",
		[HOOK_POINT_KRETPROBE_MULTI] = "kprobe_multi",
		[HOOK_POINT_OVERRIDE] = "override_return",
		[HOOK_POINT_FENTRY] = "fentry",
		[HOOK_POINT_FEXIT] = "fexit",
		[HOOK_POINT_FMOD_RET] = "fmod_ret",
		[HOOK_POINT_LSM] = "lsm_active",
		[HOOK_POINT_UPROBE] = "uprobe",
		[HOOK_POINT_URETPROBE] = "uretprobe",
		[HOOK_POINT_UPROBE_LINK] = "uprobe_multi",
		[HOOK_POINT_URETPROBE_LINK] = "uprobe_multi",
		[HOOK_POINT_UPROBE_MULTI] = "uprobe_multi",
		[HOOK_POINT_URETPROBE_MULTI] = "uprobe_multi",
	};

	return (size_t)kind < ARRAY_SIZE(names) ? names[kind] : NULL;
}
