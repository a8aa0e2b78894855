// SPDX-License-Identifier: Apache-2.0
#include "core/table.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>

struct table {
	struct list *buckets;
	size_t n_buckets; /* a power of two */
	struct list alive;
	struct list dead;
	struct table_limits limits;
	struct table_stats stats;
};

int table_new(const struct table_limits *limits, struct table **ret)
{
	struct table *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->limits = *limits;
	/* 16 bytes each; in a full table the chains are four long. */
	for (t->n_buckets = 1024; t->n_buckets < limits->entries / 4;)
		t->n_buckets *= 2;
	t->buckets = malloc(t->n_buckets * sizeof(*t->buckets));
	if (!t->buckets) {
		free(t);
		return -ENOMEM;
	}
	for (size_t i = 0; i < t->n_buckets; i++)
		list_init(&t->buckets[i]);
	list_init(&t->alive);
	list_init(&t->dead);
	*ret = t;
	return 0;
}

/* By pid alone: the images of one process share a chain, and pids are spread evenly as they are. */
static struct list *bucket(struct table *t, uint32_t pid)
{
	return &t->buckets[pid & (t->n_buckets - 1)];
}

struct process *table_find(struct table *t, const struct process_key *key)
{
	list_for_each (item, bucket(t, key->pid)) {
		struct process *p = container_of(item, struct process, hash);

		if (key_equal(&p->key, key))
			return p;
	}
	return NULL;
}

struct process *table_find_process(struct table *t, const struct process_key *key)
{
	struct process *best = NULL;

	list_for_each (item, bucket(t, key->pid)) {
		struct process *p = container_of(item, struct process, hash);

		if (key_same_process(&p->key, key) && (!best || p->key.execs > best->key.execs))
			best = p;
	}
	return best;
}

struct process *table_find_pid(struct table *t, uint32_t pid)
{
	struct process *best = NULL;

	list_for_each (item, bucket(t, pid)) {
		struct process *p = container_of(item, struct process, hash);

		if (p->key.pid == pid && !(p->flags & PROCESS_DEAD) &&
		    (!best || p->key.start > best->key.start))
			best = p;
	}
	return best;
}

static size_t own_bytes(const struct process *p)
{
	return sizeof(*p) + p->json_len;
}

/* Whether it is dead and nothing holds it. */
static bool is_done(const struct process *p)
{
	return p->children == 0 && (p->flags & (PROCESS_DEAD | PROCESS_LINGERS)) == PROCESS_DEAD;
}

/* An image counts once, with the first entry that brings it. */
static size_t image_bytes(const struct image *image)
{
	return image && image->refs == 1 ? image->size : 0;
}

/* Tells the parent's entry that a child has gone. Returns it when nothing holds it any more. */
static struct process *unlink_parent(struct table *t, struct process *p)
{
	struct process *up;

	if (!(p->flags & PROCESS_LINKED))
		return NULL;
	p->flags &= ~(uint32_t)PROCESS_LINKED;
	up = table_find(t, &p->parent);
	/* It may have been forgotten and have come back, without its children. */
	if (!up || up->children == 0)
		return NULL;
	up->children--;
	return is_done(up) ? up : NULL;
}

static void link_parent(struct table *t, struct process *p)
{
	struct process *up = table_find(t, &p->parent);

	if (!up || up == p)
		return;
	up->children++;
	p->flags |= PROCESS_LINKED;
}

/* Removes the entry, and of its ancestors those that were kept for its sake alone. */
static void let_go(struct table *t, struct process *p)
{
	while (p) {
		struct process *up = unlink_parent(t, p);

		list_del(&p->hash);
		list_del(&p->age);
		t->stats.entries--;
		t->stats.bytes -= own_bytes(p) + image_bytes(p->image);
		image_unref(&p->image);
		free(p->json);
		free(p);
		p = up;
	}
}

void table_free(struct table **table)
{
	struct table *t = *table;

	if (!t)
		return;
	for (size_t i = 0; i < t->n_buckets; i++)
		list_for_each (item, &t->buckets[i]) {
			struct process *p = container_of(item, struct process, hash);

			image_unref(&p->image);
			free(p->json);
			free(p);
		}
	free(t->buckets);
	free(t);
	*table = NULL;
}

static bool over(const struct table *t)
{
	return t->stats.entries > t->limits.entries || t->stats.bytes > t->limits.bytes;
}

void table_trim(struct table *t)
{
	struct list *const lists[] = {&t->dead, &t->alive};
	uint64_t *const counts[] = {&t->stats.forgotten_dead, &t->stats.forgotten_alive};

	for (size_t i = 0; i < ARRAY_SIZE(lists) && UNLIKELY(over(t)); i++) {
		while (over(t) && !list_empty(lists[i])) {
			(*counts[i])++;
			let_go(t, container_of(lists[i]->next, struct process, age));
		}
	}
}

struct process *table_add(struct table *t, const struct process_key *key,
			  const struct process_key *parent, struct image *image)
{
	struct process *p = calloc(1, sizeof(*p));

	if (!p) {
		image_unref(&image);
		return NULL;
	}
	p->key = *key;
	p->parent = *parent;
	p->image = image;
	list_add(bucket(t, key->pid), &p->hash);
	list_add_tail(&t->alive, &p->age);
	t->stats.entries++;
	t->stats.bytes += own_bytes(p) + image_bytes(image);
	link_parent(t, p);
	return p;
}

void table_kill(struct table *t, struct process *p)
{
	p->flags |= PROCESS_DEAD;
	if (is_done(p)) {
		let_go(t, p);
		return;
	}
	list_del(&p->age);
	list_add_tail(&t->dead, &p->age);
}

void table_release(struct table *t, struct process *p)
{
	if (!(p->flags & PROCESS_LINGERS))
		return;
	p->flags &= ~(uint32_t)PROCESS_LINGERS;
	if (is_done(p))
		let_go(t, p);
}

void table_set_parent(struct table *t, struct process *p, const struct process_key *parent)
{
	struct process *orphaned;

	if (key_equal(&p->parent, parent) && p->flags & PROCESS_LINKED)
		return;
	orphaned = unlink_parent(t, p);
	p->parent = *parent;
	link_parent(t, p);
	let_go(t, orphaned);
}

void table_set_image(struct table *t, struct process *p, struct image *image)
{
	t->stats.bytes -= image_bytes(p->image);
	image_unref(&p->image);
	p->image = image;
	t->stats.bytes += image_bytes(image);
}

void table_set_json(struct table *t, struct process *p, const struct process_json *json)
{
	static const struct process_json none;

	if (!json)
		json = &none;
	t->stats.bytes -= own_bytes(p);
	free(p->json);
	p->json = json->text;
	p->json_len = (uint32_t)json->len;
	p->json_refcnt = (uint32_t)json->refcnt;
	p->json_tid = (uint32_t)json->tid;
	t->stats.bytes += own_bytes(p);
}

void table_touch(struct table *t, struct process *p)
{
	struct list *list = p->flags & PROCESS_DEAD ? &t->dead : &t->alive;

	list_del(&p->age);
	list_add_tail(list, &p->age);
}

const struct table_stats *table_get_stats(const struct table *t)
{
	return &t->stats;
}

void table_each(struct table *t, void (*fn)(void *userdata, struct process *p), void *userdata)
{
	for (size_t i = 0; i < t->n_buckets; i++)
		list_for_each (item, &t->buckets[i])
			fn(userdata, container_of(item, struct process, hash));
}
