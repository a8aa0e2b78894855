// SPDX-License-Identifier: Apache-2.0
#include "tracing/attachments.h"
#include "base/cleanup.h"
#include "sensor/process_sensor.h"
#include "tracing/detach.h"
#include "tracing/groups.h"
#include "tracing/lineage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is in a program: hooks by their numbers, in order, with what they have cost at this place.
 */
struct content {
	struct member {
		uint32_t hook;
		struct run_cost cost;
	} *hooks; /* NULL: there is no program */
	size_t n_hooks;
};

/* A place with a program. */
struct attachment {
	struct hook_point *point;
	struct content now, next;
	struct run_cost charged; /* so much of its cost has been */
	bool wanted;
};

struct attachments {
	struct library *library;
	struct pins *pins;
	struct error *unpinned; /* why not all of it lasts; NULL: it does, or is not to */
	const bool *stop;
	struct attachment *v;
	size_t n;
	struct lineage lineage;
	struct missed missed; /* at places that are no more */
	size_t mended;        /* the place up to which was looked last */
};

int attachments_new(struct library *library, struct pins *pins, const bool *stop,
		    struct attachments **ret)
{
	struct attachments *attachments = calloc(1, sizeof(*attachments));

	if (!attachments)
		return -ENOMEM;
	attachments->library = library;
	attachments->pins = pins;
	attachments->stop = stop;
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
	free(a->now.hooks);
	free(a->next.hooks);
}

static bool is_any(const struct attachment *a)
{
	return true;
}

static bool is_empty(const struct attachment *a)
{
	return !a->now.hooks;
}

static bool is_unwanted(const struct attachment *a)
{
	return !a->wanted;
}

/* Together, which is all there is to it: who comes later finds it done, or without memory not. */
static void detach(const struct attachments *attachments, bool (*which)(const struct attachment *),
		   void (*how)(struct hook_point *))
{
	_cleanup_free_ struct hook_point **points = calloc(attachments->n + 1, sizeof(*points));
	size_t n = 0;

	for (size_t i = 0; points && i < attachments->n; i++)
		if (which(&attachments->v[i]))
			points[n++] = attachments->v[i].point;
	if (points)
		detach_all(points, n, how);
}

void attachments_free(struct attachments **attachments)
{
	if (!*attachments)
		return;
	detach(*attachments, is_any, hook_point_clear);
	for (size_t i = 0; i < (*attachments)->n; i++)
		drop(*attachments, &(*attachments)->v[i]);
	lineage_done(&(*attachments)->lineage);
	missed_done(&(*attachments)->missed);
	error_free(&(*attachments)->unpinned);
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
	lineage_missed(&attachments->lineage, missed);
}

/* What it has cost since that was last charged, for each of its hooks. */
static struct run_cost part_of(const struct attachment *a, struct run_cost now)
{
	return (struct run_cost){(now.ns - a->charged.ns) / a->now.n_hooks,
				 (now.runs - a->charged.runs) / a->now.n_hooks};
}

static void add_cost(struct run_cost *to, struct run_cost more)
{
	to->ns += more.ns;
	to->runs += more.runs;
}

static int by_hook(const void *a, const void *b)
{
	const struct hook_share *x = a, *y = b;

	return x->hook < y->hook ? -1 : x->hook > y->hook;
}

/* Of the hooks of one place. */
static size_t add_shares(const struct attachment *a, struct hook_share *v)
{
	uint64_t bytes = a->now.n_hooks ? hook_point_memory(a->point) / a->now.n_hooks : 0;
	struct run_cost cost = hook_point_cost(a->point);

	for (size_t i = 0; i < a->now.n_hooks; i++) {
		v[i] = (struct hook_share){a->now.hooks[i].hook, bytes, a->now.hooks[i].cost};
		add_cost(&v[i].cost, part_of(a, cost));
	}
	return a->now.n_hooks;
}

ssize_t attachments_shares(const struct attachments *attachments, struct hook_share **ret)
{
	struct hook_share *v;
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < attachments->n; i++)
		n += attachments->v[i].now.n_hooks;
	v = calloc(n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < attachments->n; i++)
		n += add_shares(&attachments->v[i], v + n);
	qsort(v, n, sizeof(*v), by_hook);
	for (size_t i = 0; i < n; i++) {
		if (kept && v[kept - 1].hook == v[i].hook) {
			v[kept - 1].bytes += v[i].bytes;
			add_cost(&v[kept - 1].cost, v[i].cost);
		} else {
			v[kept++] = v[i];
		}
	}
	*ret = v;
	return (ssize_t)kept;
}

void attachments_clear(struct attachments *attachments)
{
	detach(attachments, is_any, hook_point_clear);
	for (size_t i = 0; i < attachments->n; i++)
		drop(attachments, &attachments->v[i]);
	attachments->n = 0;
	lineage_detach(&attachments->lineage);
}

static struct attachment *find(struct attachments *attachments, const struct policy_point *point)
{
	for (size_t i = 0; i < attachments->n; i++) {
		const struct hook_place *place = hook_point_place(attachments->v[i].point);

		if (hook_place_compare(place, &point->place) == 0)
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

static bool has(const struct content *content, const struct group *group)
{
	if (content->n_hooks != group->n)
		return false;
	for (size_t i = 0; i < group->n; i++)
		if (content->hooks[i].hook != group->v[i]->plan.hook)
			return false;
	return true;
}

/* Attaches a program with these, which begins with the next turn. */
static int prepare(struct attachment *a, const struct group *group, const bool *stop,
		   struct error **reterr)
{
	__attribute__((cleanup(code_done))) struct code code = CODE_INIT;
	struct member *hooks;
	int r;

	if (__atomic_load_n(stop, __ATOMIC_RELAXED))
		return error_set(reterr, -ECANCELED, "the agent stops");
	hooks = calloc(group->n, sizeof(*hooks));
	if (!hooks)
		return error_set(reterr, -ENOMEM, "out of memory");
	for (size_t i = 0; i < group->n; i++)
		hooks[i].hook = group->v[i]->plan.hook;
	r = group_emit(group, &code, reterr);
	if (r >= 0)
		r = hook_point_prepare(a->point, &code, reterr);
	if (r < 0) {
		free(hooks);
		return r;
	}
	a->next = (struct content){hooks, group->n};
	return 0;
}

static int prepare_group(struct attachments *attachments, const struct group *group,
			 struct error **reterr)
{
	const struct policy_point *last = group->v[group->n - 1];
	struct attachment *a = find(attachments, last);
	int r = -ENOMEM;

	if (!a)
		a = add(attachments, last, reterr);
	if (a) {
		a->wanted = true;
		r = has(&a->now, group) ? 0 : prepare(a, group, attachments->stop, reterr);
	}
	/* The others were there before. */
	if (r < 0)
		error_at(reterr, last->file, last->mark.line, last->mark.column);
	return r;
}

static int prepare_all(struct attachments *attachments, const struct verdicts *verdicts,
		       const struct policy_point *const *sorted, size_t n, struct error **reterr)
{
	/* First, so that nothing is forked or executed unseen while calls are looked at. */
	int r = lineage_prepare(&attachments->lineage, attachments->library, verdicts, reterr);

	for (size_t i = 0; i < attachments->n; i++)
		attachments->v[i].wanted = false;
	for (size_t i = 0; i < n && r >= 0;) {
		struct group group = groups_at(sorted, i, n, verdicts);

		r = prepare_group(attachments, &group, reterr);
		i += group.n;
	}
	return r;
}

/* Those where there is nothing, now. */
static void drop_empty(struct attachments *attachments)
{
	size_t kept = 0;

	for (size_t i = 0; i < attachments->n; i++) {
		if (attachments->v[i].now.hooks)
			attachments->v[kept++] = attachments->v[i];
		else
			drop(attachments, &attachments->v[i]);
	}
	attachments->n = kept;
}

static void cancel(struct attachments *attachments)
{
	detach(attachments, is_empty, hook_point_cancel);
	for (size_t i = 0; i < attachments->n; i++) {
		struct attachment *a = &attachments->v[i];

		hook_point_cancel(a->point);
		free(a->next.hooks);
		a->next = (struct content){0};
	}
	lineage_cancel(&attachments->lineage);
}

/* What the program before has cost is its hooks', and goes with those of them that stay. */
static void charge(struct attachment *a)
{
	struct run_cost now = hook_point_cost(a->point);

	for (size_t i = 0, next = 0; i < a->now.n_hooks; i++) {
		struct member *m = &a->now.hooks[i];
		size_t j = next;

		add_cost(&m->cost, part_of(a, now));
		/* They are in the same order. */
		while (j < a->next.n_hooks && a->next.hooks[j].hook != m->hook)
			j++;
		if (j == a->next.n_hooks)
			continue;
		a->next.hooks[j].cost = m->cost;
		next = j + 1;
	}
	a->charged = now;
}

/* --- what lasts */

/* As much of it as can be. Returns 0, or why the rest cannot. */
static int pin_all(struct attachments *attachments, struct error **reterr)
{
	int first = lineage_pin(&attachments->lineage, attachments->pins, reterr);

	for (size_t i = 0; i < attachments->n; i++) {
		_cleanup_error_ struct error *err = NULL;
		int r = hook_point_pin(attachments->v[i].point, attachments->pins, &err);

		if (r >= 0 || first < 0)
			continue;
		first = r;
		*reterr = TAKE_PTR(err);
	}
	return first;
}

static void unpin_all(struct attachments *attachments)
{
	lineage_each(&attachments->lineage, hook_point_unpin);
	for (size_t i = 0; i < attachments->n; i++)
		hook_point_unpin(attachments->v[i].point);
}

/* Before it begins, so that there is no moment at which it does not last. */
static int make_last(struct attachments *attachments, struct error **reterr)
{
	_cleanup_error_ struct error *err = NULL;
	int r = pin_all(attachments, &err);

	if (r < 0 && pins_required(attachments->pins)) {
		*reterr = TAKE_PTR(err);
		return error_wrap(reterr, r,
				  "it would end with the agent, which "
				  "--keep-sensors-on-exit forbids");
	}
	attachments->unpinned = TAKE_PTR(err);
	return 0;
}

const struct error *attachments_unpinned(const struct attachments *attachments)
{
	return attachments->unpinned;
}

static size_t mend(struct attachments *attachments, struct hook_point *point,
		   void (*found)(const char *where, const char *what))
{
	const char *what = point ? hook_point_mend(point, attachments->pins) : NULL;

	if (what)
		found(hook_point_place(point)->name, what);
	return what != NULL;
}

size_t attachments_mend(struct attachments *attachments, size_t n,
			void (*found)(const char *where, const char *what))
{
	size_t mended = mend(attachments, attachments->lineage.fork, found) +
			mend(attachments, attachments->lineage.exec, found);

	if (turns_mend(library_turns(attachments->library))) {
		found("all places", "the turn that programs look at was changed");
		mended++;
	}
	for (n = MIN(n, attachments->n); n > 0; n--) {
		attachments->mended = (attachments->mended + 1) % attachments->n;
		mended += mend(attachments, attachments->v[attachments->mended].point, found);
	}
	return mended;
}

void attachments_leave(struct attachments *attachments)
{
	lineage_each(&attachments->lineage, hook_point_leave);
	for (size_t i = 0; i < attachments->n; i++)
		hook_point_leave(attachments->v[i].point);
}

static void turn(struct attachments *attachments)
{
	for (size_t i = 0; i < attachments->n; i++)
		if (!attachments->v[i].wanted)
			hook_point_retire(attachments->v[i].point);
	turns_next(library_turns(attachments->library));
	/* Who looked at the turn before and has not jumped yet, jumps now: what is next in that
	 * slot may never begin. And what the programs before wrote is in the ring then. */
	process_sensor_settle();
	detach(attachments, is_unwanted, hook_point_finish);
	for (size_t i = 0; i < attachments->n; i++) {
		struct attachment *a = &attachments->v[i];

		hook_point_finish(a->point);
		if (a->wanted && !a->next.hooks)
			continue;
		charge(a);
		free(a->now.hooks);
		a->now = a->next;
		a->next = (struct content){0};
	}
	lineage_finish(&attachments->lineage);
}

int attachments_set(struct attachments *attachments, const struct verdicts *verdicts,
		    const struct policy_point *const *points, size_t n, bool lasting,
		    struct error **reterr)
{
	_cleanup_free_ const struct policy_point **sorted = groups_sort(points, n);
	int r;

	if (!sorted)
		return error_set(reterr, -ENOMEM, "out of memory");
	r = prepare_all(attachments, verdicts, sorted, n, reterr);
	if (r >= 0) {
		error_free(&attachments->unpinned);
		r = lasting ? make_last(attachments, reterr) : 0;
	}
	if (r < 0)
		cancel(attachments);
	else
		turn(attachments);
	drop_empty(attachments);
	if (r >= 0 && !lasting)
		unpin_all(attachments);
	return r;
}
