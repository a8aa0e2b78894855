// SPDX-License-Identifier: Apache-2.0
#include "policy/typing.h"
#include "base/macro.h"
#include "policy/arg_type.h"
#include "policy/operator.h"
#include "policy/values.h"

#include <string.h>

struct typing typing_begin(struct arena *arena, const struct policy *policy,
			   struct diagnostics *diags)
{
	return (struct typing){
		.builder = {.arena = arena, .diags = diags, .left = BUILDER_COST_MAX},
		.policy = policy,
		.mistakes = diags->mistakes,
	};
}

bool typing_works(const struct typing *typing)
{
	return typing->builder.diags->mistakes == typing->mistakes;
}

static void *copy(struct typing *typing, const void *from, size_t n, size_t size)
{
	void *to = arena_alloc(typing->builder.arena, MAX(n, 1) * size);

	return to && n ? memcpy(to, from, n * size) : to;
}

#define COPY(typing, array) ((array).v = copy((typing), (array).v, (array).n, sizeof(*(array).v)))

struct policy_hook *typing_copy(struct typing *typing, const struct policy_hook *from)
{
	struct policy_hook *hook = copy(typing, from, 1, sizeof(*from));

	if (!hook || !COPY(typing, hook->args) || !COPY(typing, hook->data) ||
	    !COPY(typing, hook->selectors))
		return NULL;
	for (size_t i = 0; i < hook->selectors.n; i++) {
		struct policy_selector *s = &hook->selectors.v[i];

		if (!COPY(typing, s->args) || !COPY(typing, s->data) ||
		    !COPY(typing, s->return_args) || !COPY(typing, s->actions))
			return NULL;
	}
	return hook;
}

void typing_set(struct policy_arg *arg, const char *type)
{
	arg->type.v = vocabulary_find(&arg_types, type, strlen(type));
}

static void read_match(struct typing *typing, const struct policy_arg *args,
		       struct policy_arg_match *match)
{
	const struct operator* op = operator_at((size_t)match->operator.v);
	const struct arg_type *type =
		op->args ? arg_type_at((size_t)args[match->arg].type.v) : NULL;

	if (type && !(type->groups & op->groups)) {
		diagnose_error(typing->builder.diags, match->operator.mark,
			       "it is of type %s, which %s is not for", type->name, op->name);
		return;
	}
	values_read(&typing->builder, op, type, &match->texts, &typing->policy->spec.lists,
		    &match->values);
}

static void read_matches(struct typing *typing, const struct policy_arg *args,
			 struct policy_arg_matches *matches)
{
	for (size_t i = 0; i < matches->n; i++)
		read_match(typing, args, &matches->v[i]);
}

void typing_read_values(struct typing *typing, struct policy_hook *hook)
{
	for (size_t i = 0; i < hook->selectors.n; i++) {
		struct policy_selector *s = &hook->selectors.v[i];

		read_matches(typing, hook->args.v, &s->args);
		read_matches(typing, hook->data.v, &s->data);
		read_matches(typing, &hook->return_arg, &s->return_args);
	}
}
