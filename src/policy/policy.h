/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_POLICY_H
#define OCELLI_POLICY_POLICY_H

#include "base/error.h"
#include "policy/diagnostics.h"
#include "policy/model.h"

/*
 * Policies, from what a person wrote. Each policy owns all that is in it, and
 * belongs to the set until it is taken out; one thread has it at a time.
 */
struct policies {
	struct policy **v;
	size_t n, cap;
};

#define POLICIES_INIT ((struct policies){0})

/*
 * Each of these adds the good policies of what it reads to @policies, in order,
 * and what there is to say about all of it to @diags. That something was wrong
 * with a policy shows in diags->counts[SEVERITY_ERROR]. Returns 0, or -ENOMEM,
 * with which what was added is incomplete.
 */
int policies_read(struct policies *policies, struct diagnostics *diags, const char *file,
		  const char *text, size_t len);

/* A file, or all *.yaml and *.yml in a directory, by name. "-" is standard input. */
int policies_load(struct policies *policies, struct diagnostics *diags, const char *path);

/* Takes the policy out; the caller frees it. */
struct policy *policies_take(struct policies *policies, size_t i);

void policies_done(struct policies *policies);

/* Another owner of the same policy; returns it. */
struct policy *policy_ref(struct policy *policy);

/* NULL-safe; sets *policy to NULL, and frees it when it was the last owner's. */
void policy_free(struct policy **policy);

#define _cleanup_policies_ __attribute__((cleanup(policies_done)))

#endif
