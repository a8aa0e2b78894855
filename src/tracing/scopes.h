/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_SCOPES_H
#define OCELLI_TRACING_SCOPES_H

#include "base/error.h"
#include "compile/workloads.h"
#include "sensor/library.h"

/*
 * Who policies select among the containers that the agent knows, and the kernel's
 * tables of it: they follow what is known of containers, and what policies there
 * are. The containers' thread and that of the policies use it at once; what is in
 * it changes while the pods are locked.
 */
struct scopes;

/* The pods must outlive it. */
int scopes_new(struct pods *pods, struct scopes **ret);
void scopes_free(struct scopes **scopes);

/* Fills the tables of the library, and from now on keeps them so. Returns 0, or what the kernel
 * says.
 */
int scopes_use(struct scopes *scopes, const struct library *library, struct error **reterr);

/*
 * Takes the scope into use; who takes an equal one gets the same number. What it
 * has of the policy is copied. Returns 0; -ENOSPC: there are HOOK_SCOPES already;
 * -ENOMEM.
 */
int scopes_take(struct scopes *scopes, const struct workload_scope *scope, uint32_t *ret);

/* Gives it back, when no program looks at it any more. */
void scopes_drop(struct scopes *scopes, uint32_t number);

/* Whether any container is known. */
bool scopes_know_any(struct scopes *scopes);

/* How many are in use; and how many changes of the tables the kernel has refused. */
size_t scopes_count(struct scopes *scopes);
uint64_t scopes_failed(struct scopes *scopes);

#endif
