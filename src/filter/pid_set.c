// SPDX-License-Identifier: Apache-2.0
#include "filter/pid_set.h"
#include "base/cleanup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 64

struct pid_set {
	uint32_t *roots;
	size_t n_roots;
	/* Those that descend from them: a hash table with linear probing, 0 is free. The first
	 * process of all is no one's child. */
	uint32_t *children;
	size_t n, slots; /* a power of two, at most half of it used */
	int holds;
};

void pid_set_free(struct pid_set **set)
{
	if (!*set)
		return;
	free((*set)->roots);
	free((*set)->children);
	free(*set);
	*set = NULL;
}

int pid_set_new(const uint32_t *pids, size_t n, struct pid_set **ret)
{
	_cleanup_(pid_set_free) struct pid_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	set->roots = calloc(n, sizeof(*set->roots));
	set->children = calloc(SLOTS_MIN, sizeof(*set->children));
	if (!set->roots || !set->children)
		return -ENOMEM;
	memcpy(set->roots, pids, n * sizeof(*pids));
	set->n_roots = n;
	set->slots = SLOTS_MIN;
	*ret = TAKE_PTR(set);
	return 0;
}

static size_t home(const struct pid_set *set, uint32_t pid)
{
	return pid & (set->slots - 1);
}

/* Where it is, or would be. */
static size_t find(const struct pid_set *set, uint32_t pid)
{
	size_t i = home(set, pid);

	while (set->children[i] && set->children[i] != pid)
		i = (i + 1) & (set->slots - 1);
	return i;
}

static int grow(struct pid_set *set)
{
	uint32_t *old = set->children;
	size_t slots = set->slots;

	set->children = calloc(2 * slots, sizeof(*set->children));
	if (!set->children) {
		set->children = old;
		return -ENOSPC;
	}
	set->slots = 2 * slots;
	for (size_t i = 0; i < slots; i++)
		if (old[i])
			set->children[find(set, old[i])] = old[i];
	free(old);
	return 0;
}

static int add(struct pid_set *set, uint32_t pid)
{
	size_t at = find(set, pid);

	if (!pid || set->children[at])
		return 0;
	if (set->n == PID_SET_MAX || (2 * set->n >= set->slots && grow(set) < 0))
		return -ENOSPC;
	set->children[find(set, pid)] = pid;
	set->n++;
	return 0;
}

/* Those behind it move up, or they would not be found. */
static void forget(struct pid_set *set, uint32_t pid)
{
	size_t mask = set->slots - 1, free_slot = find(set, pid);

	if (!pid || !set->children[free_slot])
		return;
	for (size_t i = (free_slot + 1) & mask; set->children[i]; i = (i + 1) & mask) {
		size_t way = (i - home(set, set->children[i])) & mask;

		if (way < ((i - free_slot) & mask))
			continue;
		set->children[free_slot] = set->children[i];
		free_slot = i;
	}
	set->children[free_slot] = 0;
	set->n--;
}

static bool has(const struct pid_set *set, const Tetragon__Process *process)
{
	uint32_t pid = process && process->pid ? process->pid->value : 0;

	for (size_t i = 0; process && process->pid && i < set->n_roots; i++)
		if (set->roots[i] == pid)
			return true;
	return pid && set->children[find(set, pid)];
}

static bool has_ancestor(const struct pid_set *set, const struct subject *s)
{
	if (has(set, s->parent))
		return true;
	for (size_t i = 0; i < s->n_ancestors; i++)
		if (has(set, s->ancestors[i]))
			return true;
	return false;
}

void pid_set_follow(struct pid_set *set, const struct subject *s)
{
	const Tetragon__Process *process = s->process;

	set->holds = has(set, process);
	if (!process || !process->pid)
		return;
	if (s->type == TETRAGON__EVENT_TYPE__PROCESS_EXIT) {
		set->holds = set->holds || has_ancestor(set, s);
		/* The next that has this number is another. */
		forget(set, process->pid->value);
	} else if (!set->holds && has_ancestor(set, s)) {
		set->holds = add(set, process->pid->value) < 0 ? -ENOSPC : 1;
	}
}

int pid_set_holds(const struct pid_set *set)
{
	return set->holds;
}
