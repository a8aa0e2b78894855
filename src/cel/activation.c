// SPDX-License-Identifier: Apache-2.0
#include "cel/eval.h"

#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>

void cel_activation_free(struct cel_activation **a)
{
	if (!*a)
		return;
	arena_done(&(*a)->own);
	matcher_free(&(*a)->matcher);
	str_free(&(*a)->scratch);
	free(*a);
	*a = NULL;
}

int cel_activation_alloc(unsigned n_values, struct cel_activation **ret)
{
	_cleanup_(cel_activation_free) struct cel_activation *a = NULL;
	int r;

	a = calloc(1, sizeof(*a) + n_values * sizeof(a->values[0]));
	if (!a)
		return -ENOMEM;
	a->arena = &a->own;
	a->n_values = n_values;
	a->steps_max = CEL_STEPS_MAX;
	r = matcher_new(&a->matcher);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(a);
	return 0;
}

int cel_activation_new(const struct cel_env *env, struct cel_activation **ret)
{
	return cel_activation_alloc(env->n_variables, ret);
}

void cel_activation_set(struct cel_activation *a, unsigned variable, struct cel_value value)
{
	a->values[variable] = value;
}

void cel_activation_clear(struct cel_activation *a)
{
	for (unsigned i = 0; i < a->n_values; i++)
		a->values[i].kind = CEL_NONE;
}

void cel_activation_allow(struct cel_activation *a, uint64_t steps)
{
	a->steps_max = MIN(steps, (uint64_t)CEL_STEPS_MAX);
}

uint64_t cel_activation_left(const struct cel_activation *a)
{
	return a->steps_left;
}

void cel_activation_begin(struct cel_activation *a)
{
	arena_reset(a->arena);
	a->steps_left = a->steps_max;
	a->memory_left = CEL_MEMORY_MAX;
}
