// SPDX-License-Identifier: Apache-2.0
#include "tracing/attachments.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "compile/emit.h"
#include "compile/syscalls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A place with a program. */
struct attachment {
	struct hook_point *point;
	uint32_t *hooks; /* numbers of those in its program, in order */
	size_t n_hooks;
	uint32_t generation; /* of the verdicts that its program asks for; 0: for none */
	bool wanted;
};

struct attachments {
	struct library *library;
	struct attachment *v;
	size_t n;
	struct missed missed; /* at places that are no more */
};

/* Points of one place, which lie side by side. */
struct group {
	const struct policy_point *const *v;
	size_t n;
	const struct verdicts *verdicts;
};

int attachments_new(struct library *library, struct attachments **ret)
{
	struct attachments *attachments = calloc(1, sizeof(*attachments));

	if (!attachments)
		return -ENOMEM;
	attachments->library = library;
	*ret = attachments;
	return 0;
}

static void drop(struct attachments *attachments, struct attachment *a)
{
	if (a->point) {
		hook_point_clear(a->point);
		missed_add(&attachments->missed, hook_point_place(a->point),
			   hook_point_missed(a->point));
	}
	hook_point_free(&a->point);
	free(a->hooks);
}

void attachments_free(struct attachments **attachments)
{
	if (!*attachments)
		return;
	for (size_t i = 0; i < (*attachments)->n; i++)
		drop(*attachments, &(*attachments)->v[i]);
	missed_done(&(*attachments)->missed);
	free((*attachments)->v);
	free(*attachments);
	*attachments = NULL;
}

void attachments_missed(const struct attachments *attachments, struct missed *missed)
{
	missed_add_all(missed, &attachments->missed);
	for (size_t i = 0; i < attachments->n; i++)
		missed_add(missed, hook_point_place(attachments->v[i].point),
			   hook_point_missed(attachments->v[i].point));
}

static int by_place(const struct policy_point *x, const struct policy_point *y)
{
	if (x->place.kind != y->place.kind)
		return x->place.kind < y->place.kind ? -1 : 1;
	return strcmp(x->place.name, y->place.name);
}

/* What is called last returns first: so the kernel side knows calls that nobody saw return. */
static int by_place_and_call(const void *a, const void *b)
{
	const struct policy_point *x = *(const struct policy_point *const *)a;
	const struct policy_point *y = *(const struct policy_point *const *)b;
	int r = by_place(x, y), later = x->backend->on_return ? -1 : 1;

	if (r)
		return r;
	if (x->syscall != y->syscall)
		return x->syscall < y->syscall ? -1 : 1;
	return x->plan.hook > y->plan.hook ? later : x->plan.hook < y->plan.hook ? -later : 0;
}

/* In an order in which points of one place lie side by side. */
static const struct policy_point **sort(const struct policy_point *const *points, size_t n)
{
	const struct policy_point **sorted = calloc(n + 1, sizeof(*sorted));

	if (sorted && n)
		memcpy(sorted, points, n * sizeof(*sorted));
	if (sorted)
		qsort(sorted, n, sizeof(*sorted), by_place_and_call);
	return sorted;
}

static struct group group_at(const struct policy_point *const *sorted, size_t i, size_t n,
			     const struct verdicts *verdicts)
{
	struct group group = {&sorted[i], 1, verdicts};

	while (i + group.n < n && by_place(sorted[i], sorted[i + group.n]) == 0)
		group.n++;
	return group;
}

static struct attachment *find(struct attachments *attachments, const struct policy_point *point)
{
	for (size_t i = 0; i < attachments->n; i++) {
		const struct hook_place *place = hook_point_place(attachments->v[i].point);

		if (place->kind == point->place.kind && !strcmp(place->name, point->place.name))
			return &attachments->v[i];
	}
	return NULL;
}

/* NULL: the reason is in *reterr. */
static struct attachment *add(struct attachments *attachments, const struct policy_point *point,
			      struct error **reterr)
{
	struct attachment *v = reallocarray(attachments->v, attachments->n + 1, sizeof(*v));
	struct attachment a = {0};

	if (!v) {
		error_set(reterr, -ENOMEM, "out of memory");
		return NULL;
	}
	attachments->v = v;
	if (hook_point_new(attachments->library, &point->place, &a.point, reterr) < 0)
		return NULL;
	return memcpy(&v[attachments->n++], &a, sizeof(a));
}

static uint32_t generation_of(const struct group *group)
{
	for (size_t i = 0; i < group->n; i++)
		if (!group->v[i]->backend->on_return && verdicts_asked(&group->v[i]->plan))
			return group->verdicts->generation;
	return 0;
}

static bool has(const struct attachment *a, const struct group *group)
{
	if (a->n_hooks != group->n || a->generation != generation_of(group))
		return false;
	for (size_t i = 0; i < group->n; i++)
		if (a->hooks[i] != group->v[i]->plan.hook)
			return false;
	return true;
}

static int emit_calls(struct code *code, const struct group *group)
{
	_cleanup_free_ struct syscall_plan *plans = calloc(group->n, sizeof(*plans));

	if (!plans)
		return -ENOMEM;
	for (size_t i = 0; i < group->n; i++)
		plans[i] = (struct syscall_plan){group->v[i]->syscall, group->v[i]->backend,
						 &group->v[i]->plan};
	return emit_syscalls(code, plans, group->n, group->verdicts);
}

static int emit_each(struct code *code, const struct group *group)
{
	_cleanup_free_ const struct plan **plans = calloc(group->n, sizeof(*plans));

	if (!plans)
		return -ENOMEM;
	for (size_t i = 0; i < group->n; i++)
		plans[i] = &group->v[i]->plan;
	return emit_program(code, plans, group->n, group->v[0]->backend, group->verdicts);
}

static int emit_group(struct code *code, const struct group *group)
{
	return group->v[0]->place.kind == HOOK_POINT_TYPED_TRACEPOINT ? emit_calls(code, group)
								      : emit_each(code, group);
}

static int attach(struct attachment *a, const struct group *group, struct error **reterr)
{
	__attribute__((cleanup(code_done))) struct code code = CODE_INIT;
	uint32_t *hooks = calloc(group->n, sizeof(*hooks));
	int r;

	if (!hooks)
		return error_set(reterr, -ENOMEM, "out of memory");
	for (size_t i = 0; i < group->n; i++)
		hooks[i] = group->v[i]->plan.hook;
	r = emit_group(&code, group);
	if (r < 0)
		error_set(reterr, r, "cannot be compiled: %s", strerror(-r));
	else
		r = hook_point_set(a->point, &code, reterr);
	if (r < 0) {
		free(hooks);
		return r;
	}
	free(a->hooks);
	a->hooks = hooks;
	a->n_hooks = group->n;
	a->generation = generation_of(group);
	return 0;
}

static int set_group(struct attachments *attachments, const struct group *group,
		     struct error **reterr)
{
	const struct policy_point *last = group->v[group->n - 1];
	struct attachment *a = find(attachments, last);
	int r = -ENOMEM;

	if (!a)
		a = add(attachments, last, reterr);
	if (a) {
		a->wanted = true;
		r = has(a, group) ? 0 : attach(a, group, reterr);
	}
	/* The others were there before. */
	if (r < 0)
		error_at(reterr, last->file, last->mark.line, last->mark.column);
	return r;
}

static void drop_unwanted(struct attachments *attachments)
{
	size_t kept = 0;

	for (size_t i = 0; i < attachments->n; i++) {
		if (attachments->v[i].wanted)
			attachments->v[kept++] = attachments->v[i];
		else
			drop(attachments, &attachments->v[i]);
	}
	attachments->n = kept;
}

int attachments_set(struct attachments *attachments, const struct verdicts *verdicts,
		    const struct policy_point *const *points, size_t n, struct error **reterr)
{
	_cleanup_free_ const struct policy_point **sorted = sort(points, n);
	int r = 0;

	if (!sorted)
		return error_set(reterr, -ENOMEM, "out of memory");
	for (size_t i = 0; i < attachments->n; i++)
		attachments->v[i].wanted = false;
	for (size_t i = 0; i < n && r >= 0;) {
		struct group group = group_at(sorted, i, n, verdicts);

		r = set_group(attachments, &group, reterr);
		i += group.n;
	}
	if (r >= 0)
		drop_unwanted(attachments);
	return r;
}

/* --- trials */

static int try_group(struct library *library, const struct group *group, struct error **reterr)
{
	__attribute__((cleanup(code_done))) struct code code = CODE_INIT;
	struct hook_point *point = NULL;
	int r = emit_group(&code, group);

	if (r < 0)
		return error_set(reterr, r, "cannot be compiled: %s", strerror(-r));
	r = hook_point_new(library, &group->v[0]->place, &point, reterr);
	if (r >= 0)
		r = hook_point_load(point, &code, reterr);
	hook_point_free(&point);
	return r;
}

int attachments_try(struct library *library, const struct verdicts *verdicts,
		    const struct policy_point *const *points, size_t n,
		    void (*each)(const struct attachment_trial *trial, void *data), void *data)
{
	_cleanup_free_ const struct policy_point **sorted = sort(points, n);

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n;) {
		struct group group = group_at(sorted, i, n, verdicts);
		uint64_t begin = clock_ns(CLOCK_MONOTONIC);
		_cleanup_error_ struct error *err = NULL;
		_cleanup_close_ int program = try_group(library, &group, &err);
		const struct attachment_trial trial = {
			.place = &group.v[0]->place,
			.points = group.v,
			.n = group.n,
			.program = program,
			.err = err,
			.ns = clock_ns(CLOCK_MONOTONIC) - begin,
		};

		each(&trial, data);
		i += group.n;
	}
	return 0;
}
