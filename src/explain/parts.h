/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_EXPLAIN_PARTS_H
#define OCELLI_EXPLAIN_PARTS_H

/* What the parts of explaining a policy share. */

#include "explain/explain.h"
#include "explain/kernel_features.h"
#include "sensor/library.h"
#include "tracing/points.h"

struct explainer {
	struct policy_ground ground;
	struct features *features;
	int ring, cpu_state, reader; /* as the sensor of processes would have them; -1: none */
	struct library *library;     /* NULL: … */
	struct error *refusal;       /* … and why */
	bool privileged;
	uint64_t bytes;
};

/* In the arena; NULL: out of memory. */
const char *explain_format(struct arena *arena, const char *fmt, ...) _printf_(2, 3);

/* Cleared; NULL: out of memory. */
void *explain_take(struct arena *arena, size_t n, size_t size);

/* The first place of the hook, which all others are like; NULL: it has none. */
const struct policy_point *explain_point(const struct explanation *e, size_t of);

/* Fill in what is captured, filtered and done at the hook's places. */
void explain_values(struct explanation *e, struct explained_hook *hook,
		    const struct policy_point *point);
void explain_filters(struct explanation *e, struct explained_hook *hook,
		     const struct policy_point *point);
void explain_actions(struct explanation *e, struct explained_hook *hook,
		     const struct policy_point *point);

/* Why it is hooked so: in the words of what "ocelli probe" tells. */
const char *explain_backend(struct explainer *explainer, struct explanation *e,
			    const struct policy_point *point);

/* What works on this kernel instead of a hook that does not; NULL: nothing that is known. */
const char *explain_nearest(struct explainer *explainer, struct explanation *e,
			    const struct policy_hook *hook);

/* Finds what the kernel lacks that the place needs. Returns whether it can be had, as far as that
 * is known. */
bool explain_check_place(struct explainer *explainer, struct explanation *e,
			 const struct policy_point *point);

/* Warns of what can change while it is looked at, and of places where all come by. */
void explain_warn(struct explainer *explainer, struct explanation *e, struct explained_hook *hook,
		  const struct policy_point *point);

/* Warns of what gets round what the hook denies. */
void explain_detours(struct explanation *e, const struct policy_hook *hook);

/* Gets ready to load programs, and says what is in the way. */
void explain_trial_begin(struct explainer *explainer);
void explain_trial_end(struct explainer *explainer);

/* Loads the programs of the policy and takes them away again. Returns whether the kernel takes
 * them all, having found why it does not. */
bool explain_try(struct explainer *explainer, struct explanation *e);

#endif
