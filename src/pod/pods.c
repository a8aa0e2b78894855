// SPDX-License-Identifier: Apache-2.0
#include "pod/pods.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/macro.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024
/* Asked after in each tick: all of them within a minute or so. */
#define ASKED_EACH_TICK 64
/* A name of a directory may have cut off an id; so much of it is enough. */
#define ID_ENOUGH 31

/* What is known, in one allocation, so that equal ones are equal bytes. */
struct facts {
	struct pod_container container; /* of ->text, but for what are numbers */
	size_t size, text_len;
	char *text;
	struct pod_label labels[];
};

struct entry {
	struct list by_id, by_cgroup, age;
	struct facts *facts;
	uint64_t seen;  /* when it was told of last */
	uint64_t ended; /* when; 0: it lives */
	uint32_t number;
};

struct pods {
	pthread_mutex_t lock;
	struct list by_id[BUCKETS], by_cgroup[BUCKETS];
	struct list age; /* those that were asked after longest ago first */
	struct pods_watcher watcher;
	struct pods_stats stats;
	uint64_t generation;
	/* Numbers that nobody has, the one that was given back first to be taken first. */
	uint32_t numbers[PODS_CONTAINERS_MAX];
	size_t next_number;
};

int pods_new(struct pods **ret)
{
	struct pods *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	pthread_mutex_init(&p->lock, NULL);
	for (size_t i = 0; i < BUCKETS; i++) {
		list_init(&p->by_id[i]);
		list_init(&p->by_cgroup[i]);
	}
	list_init(&p->age);
	for (uint32_t i = 0; i < PODS_CONTAINERS_MAX; i++)
		p->numbers[i] = i;
	*ret = p;
	return 0;
}

void pods_lock(struct pods *pods)
{
	pthread_mutex_lock(&pods->lock);
}

void pods_unlock(struct pods *pods)
{
	pthread_mutex_unlock(&pods->lock);
}

static void unlock(struct pods **pods)
{
	pods_unlock(*pods);
}

#define LOCKED(p) \
	__attribute__((cleanup(unlock), unused)) struct pods *_locked = (pods_lock(p), (p))

void pods_watch(struct pods *p, const struct pods_watcher *watcher)
{
	LOCKED(p);
	p->watcher = watcher ? *watcher : (struct pods_watcher){0};
}

/* --- what is known of one */

/* All texts of a container. */
static const size_t texts[] = {
	offsetof(struct pod_container, id),      offsetof(struct pod_container, name),
	offsetof(struct pod_container, image),   offsetof(struct pod_container, image_id),
	offsetof(struct pod_container, runtime), offsetof(struct pod_container, pod_name),
	offsetof(struct pod_container, pod_uid), offsetof(struct pod_container, pod_namespace),
	offsetof(struct pod_container, cgroup),
};

static const char **text_at(struct pod_container *c, size_t i)
{
	return (const char **)(void *)((char *)c + texts[i]);
}

static bool is_known(const char *text)
{
	return text && *text;
}

/* What @more leaves open is as in @old, which may be NULL. */
static struct pod_container merge(const struct pod_container *old, const struct pod_container *more)
{
	struct pod_container all = *more;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const char **text = text_at(&all, i);

		if (!is_known(*text))
			*text = old ? *text_at((struct pod_container *)(uintptr_t)old, i) : "";
	}
	if (!old)
		return all;
	if (!all.n_labels) {
		all.labels = old->labels;
		all.n_labels = old->n_labels;
	}
	all.started = all.started ? all.started : old->started;
	all.cgroup_id = all.cgroup_id ? all.cgroup_id : old->cgroup_id;
	return all;
}

static size_t text_len(struct pod_container *c)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		n += strlen(*text_at(c, i)) + 1;
	for (size_t i = 0; i < c->n_labels; i++)
		n += strlen(c->labels[i].key) + strlen(c->labels[i].value) + 2;
	return n;
}

static const char *put_text(char **at, const char *text)
{
	char *to = *at;
	size_t n = strlen(text) + 1;

	memcpy(to, text, n);
	*at += n;
	return to;
}

static int facts_new(struct pod_container *from, struct facts **ret, struct error **reterr)
{
	size_t len = text_len(from), size = len + from->n_labels * sizeof(struct pod_label);
	struct facts *f;
	char *at;

	if (size > PODS_CONTAINER_BYTES_MAX) {
		error_set(reterr, -E2BIG,
			  "of container %.64s %zu bytes are to be known; the limit is %zu",
			  from->id, size, PODS_CONTAINER_BYTES_MAX);
		return -E2BIG;
	}
	size += sizeof(*f);
	f = malloc(size);
	if (!f) {
		error_set(reterr, -ENOMEM, "out of memory");
		return -ENOMEM;
	}
	f->container = *from;
	f->size = size;
	f->text_len = len;
	at = f->text = (char *)&f->labels[from->n_labels];
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		*text_at(&f->container, i) = put_text(&at, *text_at(from, i));
	for (size_t i = 0; i < from->n_labels; i++) {
		f->labels[i].key = put_text(&at, from->labels[i].key);
		f->labels[i].value = put_text(&at, from->labels[i].value);
	}
	f->container.labels = f->labels;
	*ret = f;
	return 0;
}

static bool is_equal(const struct facts *a, const struct facts *b)
{
	return a->text_len == b->text_len && !memcmp(a->text, b->text, a->text_len) &&
	       a->container.n_labels == b->container.n_labels &&
	       a->container.started == b->container.started &&
	       a->container.cgroup_id == b->container.cgroup_id;
}

/* --- where it is found */

static struct list *bucket_of_id(const struct pods *p, const char *id)
{
	uint64_t hash = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < ID_ENOUGH && id[i]; i++)
		hash = (hash ^ (unsigned char)id[i]) * 0x100000001b3ULL;
	return (struct list *)(uintptr_t)&p->by_id[hash % BUCKETS];
}

static struct list *bucket_of_cgroup(const struct pods *p, uint64_t id)
{
	return (struct list *)(uintptr_t)&p->by_cgroup[id % BUCKETS];
}

static bool is_id(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] && a[n] == b[n])
		n++;
	return a[n] == b[n] || (n >= ID_ENOUGH && (!a[n] || !b[n]));
}

static struct entry *find(const struct pods *p, const char *id)
{
	list_for_each (item, bucket_of_id(p, id)) {
		struct entry *e = container_of(item, struct entry, by_id);

		if (is_id(e->facts->container.id, id))
			return e;
	}
	return NULL;
}

const struct pod_container *pods_find(const struct pods *p, const char *id)
{
	const struct entry *e = find(p, id);

	return e ? &e->facts->container : NULL;
}

const struct pod_container *pods_find_cgroup(const struct pods *p, uint64_t cgroup_id)
{
	list_for_each (item, bucket_of_cgroup(p, cgroup_id)) {
		struct entry *e = container_of(item, struct entry, by_cgroup);

		if (e->facts->container.cgroup_id == cgroup_id)
			return &e->facts->container;
	}
	return NULL;
}

/* --- its life */

static bool works(const struct entry *e)
{
	return !e->ended && e->facts->container.cgroup_id;
}

static void count(struct pods *p, const struct entry *e, size_t by)
{
	p->stats.containers += by;
	p->stats.bytes += by * e->facts->size;
	p->stats.ended += e->ended ? by : 0;
	p->stats.awaited += !e->ended && !e->facts->container.cgroup_id ? by : 0;
}

static void tell(struct pods *p, const struct entry *e)
{
	p->generation++;
	if (works(e) && p->watcher.changed)
		p->watcher.changed(p->watcher.userdata, &e->facts->container, e->number);
}

static void tell_end(struct pods *p, const struct entry *e)
{
	if (works(e) && p->watcher.ended)
		p->watcher.ended(p->watcher.userdata, &e->facts->container, e->number);
}

static void end(struct pods *p, struct entry *e, uint64_t now)
{
	if (e->ended)
		return;
	tell_end(p, e);
	count(p, e, (size_t)-1);
	e->ended = now;
	count(p, e, 1);
}

static void drop(struct pods *p, struct entry *e)
{
	tell_end(p, e);
	count(p, e, (size_t)-1);
	list_del(&e->by_id);
	list_del(&e->by_cgroup);
	list_del(&e->age);
	p->numbers[(p->next_number + PODS_CONTAINERS_MAX - p->stats.containers - 1) %
		   PODS_CONTAINERS_MAX] = e->number;
	free(e->facts);
	free(e);
}

void pods_free(struct pods **pods)
{
	struct pods *p = *pods;

	if (!p)
		return;
	p->watcher = (struct pods_watcher){0};
	list_for_each (item, &p->age)
		drop(p, container_of(item, struct entry, age));
	pthread_mutex_destroy(&p->lock);
	free(p);
	*pods = NULL;
}

/* The one that ended first; NULL: none did. */
static struct entry *first_ended(struct pods *p)
{
	struct entry *first = NULL;

	list_for_each (item, &p->age) {
		struct entry *e = container_of(item, struct entry, age);

		if (e->ended && (!first || e->ended < first->ended))
			first = e;
	}
	return first;
}

/* For @bytes more, and for one more container. */
static int make_room(struct pods *p, size_t bytes, bool is_new, const struct entry *but,
		     struct error **reterr)
{
	while (p->stats.bytes + bytes > PODS_BYTES_MAX ||
	       p->stats.containers + is_new > PODS_CONTAINERS_MAX) {
		struct entry *e = p->stats.ended ? first_ended(p) : NULL;

		if (!e || e == but) {
			p->stats.refused++;
			error_set(reterr, -ENOSPC,
				  "no more than %d containers are known, nor more than %zu "
				  "MiB of them: there are %zu with %zu bytes",
				  PODS_CONTAINERS_MAX, PODS_BYTES_MAX >> 20, p->stats.containers,
				  p->stats.bytes);
			return -ENOSPC;
		}
		drop(p, e);
	}
	return 0;
}

static struct entry *add(struct pods *p, struct facts *facts)
{
	struct entry *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->facts = facts;
	e->number = p->numbers[p->next_number];
	p->next_number = (p->next_number + 1) % PODS_CONTAINERS_MAX;
	list_add(bucket_of_id(p, facts->container.id), &e->by_id);
	list_init(&e->by_cgroup);
	list_add_tail(&p->age, &e->age);
	count(p, e, 1);
	return e;
}

/* A container that is told of again lives. */
static void set_facts(struct pods *p, struct entry *e, struct facts *facts)
{
	if (facts->container.cgroup_id != e->facts->container.cgroup_id)
		tell_end(p, e);
	count(p, e, (size_t)-1);
	e->ended = 0;
	free(e->facts);
	e->facts = facts;
	count(p, e, 1);
}

static int put(struct pods *p, enum pod_source source, const struct pod_container *more,
	       uint64_t now, struct error **reterr)
{
	struct entry *e = is_known(more->id) ? find(p, more->id) : NULL;
	struct pod_container all = merge(e ? &e->facts->container : NULL, more);
	struct facts *facts;
	int r;

	if (!*all.id)
		return error_set(reterr, -EINVAL, "a container without an id");
	r = facts_new(&all, &facts, reterr);
	if (r < 0)
		return r;
	if (e && !e->ended && is_equal(e->facts, facts)) {
		e->seen = now;
		free(facts);
		return 0;
	}
	r = make_room(p, facts->size, !e, e, reterr);
	if (r < 0) {
		free(facts);
		return r;
	}
	if (e) {
		set_facts(p, e, facts);
	} else {
		e = add(p, facts);
		if (!e) {
			free(facts);
			return error_set(reterr, -ENOMEM, "out of memory");
		}
		p->stats.told[source]++;
	}
	e->seen = now;
	list_del(&e->by_cgroup);
	if (facts->container.cgroup_id)
		list_add(bucket_of_cgroup(p, facts->container.cgroup_id), &e->by_cgroup);
	tell(p, e);
	return 0;
}

int pods_put(struct pods *p, enum pod_source source, const struct pod_container *container,
	     uint64_t now, struct error **reterr)
{
	LOCKED(p);
	return put(p, source, container, now, reterr);
}

int pods_bind(struct pods *p, const char *id, uint64_t cgroup_id, const char *cgroup, uint64_t now)
{
	const struct entry *e = find(p, id);
	struct pod_container more = {.cgroup_id = cgroup_id, .cgroup = cgroup};

	if (!e || e->ended)
		return -ENOENT;
	more.id = e->facts->container.id;
	LOCKED(p);
	return put(p, POD_FROM_HOOK, &more, now, NULL);
}

void pods_end(struct pods *p, const char *id, uint64_t now)
{
	struct entry *e = find(p, id);

	LOCKED(p);
	if (e)
		end(p, e, now);
}

static bool is_forgotten(const struct entry *e, uint64_t now)
{
	if (e->ended)
		return now - e->ended >= PODS_ENDED_KEPT_S * NSEC_PER_SEC;
	return !e->facts->container.cgroup_id && now - e->seen >= PODS_AWAITED_S * NSEC_PER_SEC;
}

void pods_tick(struct pods *p, uint64_t now,
	       bool (*lives)(void *userdata, const struct pod_container *container), void *userdata)
{
	size_t n = MIN(p->stats.containers, (size_t)ASKED_EACH_TICK);

	for (size_t i = 0; i < n; i++) {
		struct entry *e = container_of(p->age.next, struct entry, age);
		bool gone = works(e) && !lives(userdata, &e->facts->container);

		LOCKED(p);
		list_del(&e->age);
		list_add_tail(&p->age, &e->age);
		if (gone)
			end(p, e, now);
		else if (is_forgotten(e, now))
			drop(p, e);
	}
}

/* --- all of them */

uint64_t pods_generation(const struct pods *p)
{
	return p->generation;
}

const struct pods_stats *pods_get_stats(const struct pods *p)
{
	return &p->stats;
}

static bool is_same_pod(const struct pod_container *a, const struct pod_container *b)
{
	return !strcmp(a->pod_name, b->pod_name) && !strcmp(a->pod_namespace, b->pod_namespace) &&
	       !strcmp(a->pod_uid, b->pod_uid);
}

static int compare_pods(const void *a, const void *b)
{
	const struct pod_container *x = *(const struct pod_container *const *)a,
				   *y = *(const struct pod_container *const *)b;
	int r = strcmp(x->pod_namespace, y->pod_namespace);

	if (!r)
		r = strcmp(x->pod_name, y->pod_name);
	return r ? r : strcmp(x->pod_uid, y->pod_uid);
}

size_t pods_count(const struct pods *p)
{
	const struct pod_container **v = calloc(p->stats.containers + 1, sizeof(*v));
	size_t n = 0, pods = 0;

	if (!v)
		return 0;
	list_for_each (item, &p->age) {
		const struct entry *e = container_of(item, struct entry, age);

		if (!e->ended && *e->facts->container.pod_name)
			v[n++] = &e->facts->container;
	}
	qsort(v, n, sizeof(*v), compare_pods);
	for (size_t i = 0; i < n; i++)
		pods += !i || !is_same_pod(v[i - 1], v[i]);
	free(v);
	return pods;
}

void pods_each(struct pods *p,
	       void (*fn)(void *userdata, const struct pod_container *container, uint32_t number),
	       void *userdata)
{
	list_for_each (item, &p->age) {
		const struct entry *e = container_of(item, struct entry, age);

		if (works(e))
			fn(userdata, &e->facts->container, e->number);
	}
}
