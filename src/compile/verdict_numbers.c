// SPDX-License-Identifier: Apache-2.0
#include "compile/verdicts.h"
#include "abi/hook.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void verdicts_begin(struct verdicts *verdicts, const struct verdicts *before)
{
	*verdicts = (struct verdicts){.before = before};
	verdicts->generation = before ? before->generation : 0;
}

void verdicts_done(struct verdicts *verdicts)
{
	free(verdicts->v);
	*verdicts = (struct verdicts){0};
}

void verdicts_replace(struct verdicts *verdicts, struct verdicts *with)
{
	verdicts_done(verdicts);
	*verdicts = *with;
	verdicts->before = NULL;
	*with = (struct verdicts){0};
}

static bool same_bytes(const struct bytes *a, const struct bytes *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->s, b->s, a->len));
}

static bool same_values(const struct test *a, const struct test *b)
{
	if (a->kind != b->kind || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		if (a->kind == TEST_RANGES) {
			if (a->ranges[i].low != b->ranges[i].low ||
			    a->ranges[i].high != b->ranges[i].high)
				return false;
		} else if (!same_bytes(&a->strings[i], &b->strings[i])) {
			return false;
		}
	}
	return true;
}

static bool same_names(const struct process_test *a, const struct process_test *b)
{
	return a->value != PROCESS_IMAGE ||
	       process_test_takes_relative(a) == process_test_takes_relative(b);
}

/* What is asked of the result is no part of it. Of whom is: of parents it is only made where
 * somebody asks for it. */
static bool is_same(const struct process_test *a, const struct process_test *b)
{
	return a->value == b->value && a->follow == b->follow && a->parent == b->parent &&
	       a->which == b->which && a->index == b->index && same_bytes(&a->name, &b->name) &&
	       same_names(a, b) && same_values(&a->test, &b->test);
}

static const struct process_test *at(const struct verdicts *verdicts, size_t i)
{
	return verdicts && i < verdicts->n ? verdicts->v[i] : NULL;
}

/* Returns its number, or one that there cannot be. */
static size_t find(const struct verdicts *verdicts, const struct process_test *t)
{
	for (size_t i = 0; verdicts && i < verdicts->n; i++)
		if (verdicts->v[i] && is_same(verdicts->v[i], t))
			return i;
	return HOOK_TESTS;
}

/* The number of no other test, nor of one of the set before: programs of that may be in the middle
 * of a call. */
static size_t find_free(const struct verdicts *verdicts)
{
	size_t i = 0;

	while (i < HOOK_TESTS && (at(verdicts, i) || at(verdicts->before, i)))
		i++;
	return i;
}

/* Has room for this number, with nobody in between. */
static int reach(struct verdicts *verdicts, size_t i)
{
	if (i >= verdicts->cap) {
		size_t cap = 2 * i + 8;
		const struct process_test **v =
			reallocarray(verdicts->v, cap, sizeof(const struct process_test *));

		if (!v)
			return -ENOMEM;
		verdicts->v = v;
		verdicts->cap = cap;
	}
	while (verdicts->n <= i)
		verdicts->v[verdicts->n++] = NULL;
	return 0;
}

static uint32_t next_generation(const struct verdicts *verdicts)
{
	return (verdicts->before ? verdicts->before->generation : 0) + 1;
}

static int number(struct verdicts *verdicts, struct process_test *t)
{
	size_t i = find(verdicts, t);
	uint32_t birth;

	if (i < HOOK_TESTS) {
		birth = verdicts->v[i]->birth;
	} else if ((i = find(verdicts->before, t)) < HOOK_TESTS) {
		birth = verdicts->before->v[i]->birth;
	} else {
		i = find_free(verdicts);
		birth = verdicts->generation = next_generation(verdicts);
	}
	if (i == HOOK_TESTS)
		return -E2BIG;
	if (reach(verdicts, i) < 0)
		return -ENOMEM;
	if (!verdicts->v[i])
		verdicts->v[i] = t;
	t->verdict = (uint32_t)i;
	t->birth = birth;
	verdicts->images |= t->value == PROCESS_IMAGE;
	verdicts->follow |= t->follow;
	verdicts->parents |= t->parent;
	return 0;
}

int verdicts_add(struct verdicts *verdicts, const struct plan *plan)
{
	int r = 0;

	for (size_t i = 0; i < plan->n_selectors && r >= 0; i++) {
		verdicts->changes |= process_renews(&plan->selectors[i]) != 0;
		for (size_t j = 0; j < plan->selectors[i].n_process && r >= 0; j++)
			if (process_test_is_kept(&plan->selectors[i].process[j]))
				r = number(verdicts, &plan->selectors[i].process[j]);
	}
	return r;
}
