// SPDX-License-Identifier: Apache-2.0
/* The walk over the tasks that there were before, and what it meets of what happens meanwhile. */
#include "core/tracker_state.h"
#include "base/macro.h"
#include "core/key.h"

#include <errno.h>
#include <stdlib.h>

/* Makes room for one more in an array that doubles at powers of two. Returns NULL when out of
 * memory, the array as it was. */
static void *grow(void *v, size_t n, size_t size)
{
	if (n & (n - 1))
		return v;
	return n && n < 64 ? v : reallocarray(v, MAX(2 * n, 64), size);
}

void tracker_add_orphan(struct tracker *t, const struct record_fork *record)
{
	struct orphan *v = grow(t->orphans, t->n_orphans, sizeof(*v));

	if (!v)
		return;
	t->orphans = v;
	v[t->n_orphans++] = (struct orphan){record->child, record->creator};
}

static struct process_key *find_key(const struct keys *keys, const struct process_key *key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (key_same_process(&keys->v[i], key))
			return &keys->v[i];
	return NULL;
}

static void add_key(struct keys *keys, const struct process_key *key)
{
	struct process_key *v = grow(keys->v, keys->n, sizeof(*v));

	if (!v)
		return;
	keys->v = v;
	v[keys->n++] = *key;
}

/* Returns whether it was there. */
static bool take_key(struct keys *keys, const struct process_key *key)
{
	struct process_key *found = find_key(keys, key);

	if (found)
		*found = keys->v[--keys->n];
	return found;
}

void tracker_add_ghost(struct tracker *t, const struct process_key *key)
{
	add_key(&t->ghosts, key);
}

bool tracker_take_dying(struct tracker *t, const struct process_key *key)
{
	return take_key(&t->dying, key);
}

enum outcome tracker_on_dying(struct tracker *t, const struct record_dying *record)
{
	if (table_find_process(t->table, &record->process) ||
	    find_key(&t->ghosts, &record->process) || find_key(&t->dying, &record->process))
		return OUTCOME_OUTDATED;
	add_key(&t->dying, &record->process);
	return OUTCOME_ABSORBED;
}

enum outcome tracker_on_task(struct tracker *t, const struct record_exec *exec)
{
	struct process *p = table_find_process(t->table, &exec->process);
	struct image *image;

	if (find_key(&t->ghosts, &exec->process))
		return OUTCOME_OUTDATED;
	/* Known already: forked or executed after the programs were attached (the record of an exec
	 * that is under way comes yet), or reported through another of its threads. Only what was
	 * forked by one that had not been reported is not known in full. */
	if (p && (p->image || p->key.execs != exec->process.execs))
		return OUTCOME_OUTDATED;
	image = tracker_make_image(t, exec);
	if (!image)
		return OUTCOME_NO_MEMORY;
	if (p) {
		/* Forked by one that may be gone without a trace: it has to be told of itself. */
		table_set_image(t->table, p, image);
		table_set_json(t->table, p, NULL);
		p->flags |= PROCESS_OLDER;
		return OUTCOME_EVENT;
	}
	p = table_add(t->table, &exec->process, &exec->parent, image);
	if (!p)
		return OUTCOME_NO_MEMORY;
	p->flags |= PROCESS_OLDER;
	p->time = exec->process.start;
	tracker_set_facts(p, exec);
	/* It may be told of, or be somebody's parent, before all have been reported. */
	tracker_inherit_init_tree(p, table_find(t->table, &p->parent));
	return OUTCOME_EVENT;
}

static int older_first(const void *a, const void *b)
{
	const struct process *p = *(struct process *const *)a, *q = *(struct process *const *)b;

	if (p->key.start != q->key.start)
		return p->key.start < q->key.start ? -1 : 1;
	if (p->key.pid != q->key.pid)
		return p->key.pid < q->key.pid ? -1 : 1;
	return p->key.execs < q->key.execs ? -1 : p->key.execs > q->key.execs;
}

struct missing {
	struct tracker *tracker;
	struct process_key *v;
	size_t n;
};

static void add_missing(struct missing *m, const struct process_key *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (key_equal(&m->v[i], key))
			return;
	m->v[m->n++] = *key;
}

static void collect_missing(void *userdata, struct process *p)
{
	struct missing *m = userdata;

	if (!p->image)
		add_missing(m, &p->key);
	if (p->parent.pid != 0 && !table_find(m->tracker->table, &p->parent) &&
	    !find_key(&m->tracker->dying, &p->parent))
		add_missing(m, &p->parent);
}

/* By now their creators have been reported, if they are still what they were. */
static void adopt_orphans(struct tracker *t)
{
	for (size_t i = 0; i < t->n_orphans; i++) {
		struct process *p = table_find(t->table, &t->orphans[i].child);
		struct process *creator = table_find(t->table, &t->orphans[i].creator);

		if (!p || p->image || !creator || !creator->image)
			continue;
		table_set_image(t->table, p, image_ref(creator->image));
		table_set_json(t->table, p, NULL);
		tracker_inherit_init_tree(p, creator);
	}
	free(t->orphans);
	t->orphans = NULL;
	t->n_orphans = 0;
}

ssize_t tracker_missing(struct tracker *t, struct process_key **ret)
{
	struct missing m = {.tracker = t};

	adopt_orphans(t);
	m.v = calloc(2 * table_get_stats(t->table)->entries + 1, sizeof(*m.v));
	if (!m.v)
		return -ENOMEM;
	table_each(t->table, collect_missing, &m);
	*ret = m.v;
	return (ssize_t)m.n;
}

struct collection {
	struct process **v;
	size_t n;
};

static void collect(void *userdata, struct process *p)
{
	struct collection *c = userdata;

	c->v[c->n++] = p;
}

static void announce_all(struct tracker *t)
{
	struct collection c = {0};

	c.v = calloc(table_get_stats(t->table)->entries + 1, sizeof(struct process *));
	if (!c.v)
		return;
	table_each(t->table, collect, &c);
	qsort(c.v, c.n, sizeof(struct process *), older_first);
	for (size_t i = 0; i < c.n; i++) {
		struct process *p = c.v[i];
		struct process_key parent = p->parent;

		/* Reported in the order of pids, children perhaps before their parents. */
		if (!(p->flags & PROCESS_LINKED))
			table_set_parent(t->table, p, &parent);
		if (p->flags & PROCESS_INIT_KNOWN)
			continue;
		tracker_inherit_init_tree(p, table_find(t->table, &parent));
		/* Written, if it was, when this was not known. */
		table_set_json(t->table, p, NULL);
	}
	for (size_t i = 0; i < c.n; i++)
		if (tracker_unannounced(c.v[i]))
			tracker_announce(t, c.v[i]);
	free(c.v);
}

void tracker_scan_done(struct tracker *t)
{
	t->scanning = false;
	free(t->ghosts.v);
	t->ghosts = (struct keys){0};
	announce_all(t);
	tracker_retake(t);
	table_trim(t->table);
}
