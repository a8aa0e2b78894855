/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_POLICY_SET_H
#define OCELLI_AGENT_POLICY_SET_H

#include "tracing/missed.h"
#include "base/error.h"
#include "base/str.h"
#include "compile/plan.h"
#include "core/hook.h"
#include "sensor/loads.h"
#include "sensor/process_sensor.h"

#include <stddef.h>
#include <stdint.h>

/* The policies that are loaded, and what became of each. */
struct policy_set;

/* The sensor and the hooks must outlive it. Nothing is asked of the kernel yet. */
int policy_set_new(struct process_sensor *sensor, struct hooks *hooks,
		   const struct plan_facts *facts, struct policy_set **ret);

/* Detaches all. */
void policy_set_free(struct policy_set **set);

/*
 * Adds the policies of a file, or of the files of a directory. What is wrong with
 * one is logged, and the others are taken. Returns 0 or -ENOMEM.
 */
int policy_set_read(struct policy_set *set, const char *path, struct error **reterr);

/*
 * Compiles and attaches what was added. A policy that cannot be is logged with
 * its reason, and the others work. Returns 0, or negative errno when this kernel
 * takes none at all.
 */
int policy_set_apply(struct policy_set *set, struct error **reterr);

/* Adds how often the kernel passed the policies' programs by. */
void policy_set_missed(const struct policy_set *set, struct missed *missed);

/* What tells of files that are mapped; NULL: no policy asks. Valid as long as the set. */
struct loads *policy_set_loads(const struct policy_set *set);

/* Whether any that works tells of stacks of the kernel. */
bool policy_set_wants_kernel_stacks(const struct policy_set *set);

/* Appends what became of what the policies' selectors matched, as lines of the ledger. */
void policy_set_print_counts(const struct policy_set *set, struct str *out);

/* Detaches; what was written before can still be read. */
void policy_set_detach(struct policy_set *set);

#endif
