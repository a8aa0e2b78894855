/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_CHECK_H
#define OCELLI_POLICY_CHECK_H

#include "policy/builder.h"
#include "policy/model.h"

/*
 * What makes sense, beyond what the schema says of each field alone; and what
 * is to be read out of texts is read. Everything but check_policy() is a part
 * of it.
 */
struct check {
	struct builder builder;
	struct policy *policy;
};

#define check_error(check, ...) diagnose_error((check)->builder.diags, __VA_ARGS__)
#define check_warning(check, ...) diagnose_warning((check)->builder.diags, __VA_ARGS__)

void check_policy(struct check *check);

void check_metadata(struct check *check);
void check_options(struct check *check);

/* Lists, and those who call what is on them. */
void check_lists(struct check *check);
void check_enforcers(struct check *check);
void check_unused_lists(struct check *check);

/* Which workloads and nodes the policy is for. */
void check_scope(struct check *check);
void check_workloads(struct check *check, const struct policy_workloads *workloads);

void check_hook(struct check *check, struct policy_hook *hook);
void check_uprobe(struct check *check, struct policy_hook *hook);
void check_hook_args(struct check *check, struct policy_hook *hook);

/* Macros go into the selector. */
void check_selector(struct check *check, const struct policy_hook *hook,
		    struct policy_selector *selector);
void check_unused_macros(struct check *check);

/* matchArgs, matchData and matchReturnArgs. */
void check_arg_matches(struct check *check, const struct policy_hook *hook,
		       struct policy_selector *selector);

void check_actions(struct check *check, const struct policy_hook *hook,
		   struct policy_selector *selector);

/* What rateLimit, rateLimitScope and rateLimitFields say is read. */
void check_limit(struct check *check, const struct policy_hook *hook, struct policy_action *action);

/* What argRegs say is read. */
void check_registers(struct check *check, struct policy_action *action);

/* Whether it is this word. */
bool check_text_is(const struct policy_text *text, const char *word);

/* Pays for what is made of these values: macros share theirs, and each selector that they are in
 * has them compiled for itself. */
void check_pay_values(struct check *check, const struct policy_array *values, struct mark mark);

/* Pays for them, and diagnoses that there are none. */
void check_has_values(struct check *check, const struct policy_array *values, struct mark mark,
		      const char *whose);

#endif
