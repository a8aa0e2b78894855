// SPDX-License-Identifier: Apache-2.0
#include "core/hook.h"
#include "core/decode.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* By their numbers, which come one after the other and so fill the buckets evenly. */
struct hooks {
	pthread_mutex_t lock;
	struct entry **buckets;
	size_t n_buckets; /* a power of two */
	size_t n;
	uint32_t last; /* number that was given */
};

/* One allocation: what the hook points to lies behind. */
struct entry {
	struct hook hook;
	struct entry *next;
	uint32_t number;
	bool ends;
};

#define BUCKETS_MIN 64

int hooks_new(struct hooks **ret)
{
	struct hooks *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	pthread_mutex_init(&h->lock, NULL);
	h->n_buckets = BUCKETS_MIN;
	h->buckets = calloc(h->n_buckets, sizeof(*h->buckets));
	if (!h->buckets) {
		free(h);
		return -ENOMEM;
	}
	*ret = h;
	return 0;
}

void hooks_free(struct hooks **hooks)
{
	struct hooks *h = *hooks;

	if (!h)
		return;
	for (size_t i = 0; i < h->n_buckets; i++)
		for (struct entry *e = h->buckets[i], *next; e; e = next) {
			next = e->next;
			free(e);
		}
	free(h->buckets);
	pthread_mutex_destroy(&h->lock);
	free(h);
	*hooks = NULL;
}

static struct entry **bucket(const struct hooks *h, uint32_t number)
{
	return &h->buckets[number & (h->n_buckets - 1)];
}

/* Where the entry of that number is linked in, or would be. */
static struct entry **find(const struct hooks *h, uint32_t number)
{
	struct entry **at = bucket(h, number);

	while (*at && (*at)->number != number)
		at = &(*at)->next;
	return at;
}

/* Without memory the chains get longer. */
static void grow(struct hooks *h)
{
	struct hooks more = {.n_buckets = 2 * h->n_buckets};

	more.buckets = calloc(more.n_buckets, sizeof(*more.buckets));
	if (!more.buckets)
		return;
	for (size_t i = 0; i < h->n_buckets; i++)
		for (struct entry *e = h->buckets[i], *next; e; e = next) {
			struct entry **at = bucket(&more, e->number);

			next = e->next;
			e->next = *at;
			*at = e;
		}
	free(h->buckets);
	h->buckets = more.buckets;
	h->n_buckets = more.n_buckets;
}

static size_t text_size(const char *s)
{
	return s ? strlen(s) + 1 : 1;
}

static const char *put_text(char **at, const char *s)
{
	char *to = *at;

	*at = memcpy(to, s ? s : "", text_size(s));
	*at += text_size(s);
	return to;
}

/* What is copied lies one behind the other: what has pointers, and behind all of that the texts. */
struct copier {
	char *objects, *texts;
};

static void *put_objects(struct copier *c, const void *from, size_t n, size_t size)
{
	void *to = c->objects;

	if (n)
		memcpy(to, from, n * size);
	c->objects += n * size;
	return to;
}

static void put_requests(struct copier *c, struct hook_actions *actions)
{
	struct hook_request *v = put_objects(c, actions->requests, actions->n_requests, sizeof(*v));

	for (size_t i = 0; i < actions->n_requests; i++)
		v[i].what = put_text(&c->texts, v[i].what);
	actions->requests = v;
}

static void put_selectors(struct copier *c, struct hook *to)
{
	struct hook_selector *v = put_objects(c, to->selectors, to->n_selectors, sizeof(*v));

	for (size_t i = 0; i < to->n_selectors; i++) {
		put_requests(c, &v[i].call);
		put_requests(c, &v[i].returned);
	}
	to->selectors = v;
}

static size_t n_posts(const struct hook *hook)
{
	return hook->n_selectors ? hook->n_selectors : 1;
}

static size_t posts_size(const struct hook *hook)
{
	return n_posts(hook) * sizeof(*hook->posts);
}

static void put_all(struct copier *c, struct hook *to)
{
	const char **tags = put_objects(c, to->tags, to->n_tags, sizeof(*tags));
	struct hook_param *params = put_objects(c, to->params, to->n_params, sizeof(*params));

	to->function = put_text(&c->texts, to->function);
	to->subsystem = put_text(&c->texts, to->subsystem);
	to->path = put_text(&c->texts, to->path);
	to->policy = put_text(&c->texts, to->policy);
	to->namespace = put_text(&c->texts, to->namespace);
	to->message = put_text(&c->texts, to->message);
	for (size_t i = 0; i < to->n_tags; i++)
		tags[i] = put_text(&c->texts, tags[i]);
	to->tags = tags;
	to->posts = memset(c->objects, 0, posts_size(to));
	c->objects += posts_size(to);
	for (size_t i = 0; i < to->n_params; i++)
		params[i].label = put_text(&c->texts, params[i].label);
	to->params = params;
	to->returned.label = put_text(&c->texts, to->returned.label);
	put_selectors(c, to);
}

static size_t requests_size(const struct hook_actions *actions, size_t *texts)
{
	for (size_t i = 0; i < actions->n_requests; i++)
		*texts += text_size(actions->requests[i].what);
	return actions->n_requests * sizeof(*actions->requests);
}

/* Returns the size of what has pointers. */
static size_t sizes(const struct hook *hook, size_t *texts)
{
	size_t objects = hook->n_tags * sizeof(*hook->tags) +
			 hook->n_params * sizeof(*hook->params) +
			 hook->n_selectors * sizeof(*hook->selectors) + posts_size(hook);

	*texts = text_size(hook->function) + text_size(hook->subsystem) + text_size(hook->path) +
		 text_size(hook->policy) + text_size(hook->namespace) + text_size(hook->message) +
		 text_size(hook->returned.label);
	for (size_t i = 0; i < hook->n_tags; i++)
		*texts += text_size(hook->tags[i]);
	for (size_t i = 0; i < hook->n_params; i++)
		*texts += text_size(hook->params[i].label);
	for (size_t i = 0; i < hook->n_selectors; i++)
		objects += requests_size(&hook->selectors[i].call, texts) +
			   requests_size(&hook->selectors[i].returned, texts);
	return objects;
}

static struct entry *copy(const struct hook *hook)
{
	size_t texts, objects = sizes(hook, &texts);
	struct entry *e = malloc(sizeof(*e) + objects + texts);
	struct copier c;

	if (!e)
		return NULL;
	c.objects = (char *)(e + 1);
	c.texts = c.objects + objects;
	e->hook = *hook;
	e->hook.ends = &e->ends;
	e->ends = false;
	put_all(&c, &e->hook);
	return e;
}

static bool is_width(unsigned width)
{
	return width == 1 || width == 2 || width == 4 || width == 8;
}

static bool param_valid(const struct hook_param *param)
{
	return (unsigned)param->value < _HOOK_VALUE_MAX &&
	       (param->value > HOOK_VALUE_SIZE || is_width(param->width));
}

static bool params_valid(const struct hook *hook)
{
	for (size_t i = 0; i < hook->n_params; i++)
		if (!param_valid(&hook->params[i]))
			return false;
	return !hook->tells_value || param_valid(&hook->returned);
}

static void put(struct hooks *h, struct entry *e)
{
	struct entry **at;

	if (h->n == h->n_buckets)
		grow(h);
	e->number = ++h->last;
	at = bucket(h, e->number);
	e->next = *at;
	*at = e;
	h->n++;
}

int hooks_add(struct hooks *h, const struct hook *hook, uint32_t *ret)
{
	struct entry *e;
	int r = 0;

	if (!params_valid(hook))
		return -EINVAL;
	e = copy(hook);
	if (!e)
		return -ENOMEM;
	pthread_mutex_lock(&h->lock);
	if (h->last == UINT32_MAX)
		r = -EOVERFLOW;
	else
		put(h, e);
	pthread_mutex_unlock(&h->lock);
	if (r < 0)
		free(e);
	else
		*ret = e->number;
	return r;
}

void hooks_remove(struct hooks *h, uint32_t number)
{
	struct entry **at, *e;

	pthread_mutex_lock(&h->lock);
	at = find(h, number);
	e = *at;
	if (e) {
		*at = e->next;
		h->n--;
	}
	pthread_mutex_unlock(&h->lock);
	free(e);
}

const struct hook *hooks_find(struct hooks *h, uint32_t number)
{
	struct entry *e;

	pthread_mutex_lock(&h->lock);
	e = *find(h, number);
	pthread_mutex_unlock(&h->lock);
	return e ? &e->hook : NULL;
}

void hooks_end(struct hooks *h, uint32_t number)
{
	const struct hook *hook = hooks_find(h, number);

	if (hook)
		*hook->ends = true;
}

size_t hooks_count(struct hooks *h)
{
	size_t n;

	pthread_mutex_lock(&h->lock);
	n = h->n;
	pthread_mutex_unlock(&h->lock);
	return n;
}

bool hooks_gone(struct hooks *h, uint32_t number)
{
	bool gone;

	pthread_mutex_lock(&h->lock);
	gone = number > 0 && number <= h->last && !*find(h, number);
	pthread_mutex_unlock(&h->lock);
	return gone;
}

const struct hook_actions *hook_actions_of(const struct hook *hook,
					   const struct record_hook *record)
{
	const struct hook_selector *selector;

	if (hook->n_selectors == 0)
		return NULL;
	selector = &hook->selectors[record->selector];
	return record->flags & HOOK_RETURNED ? &selector->returned : &selector->call;
}

void hook_count_post(const struct hook *hook, const struct record_hook *record)
{
	if (record->flags & HOOK_WITHDRAWN)
		hook->posts[record->selector]--;
	else if (!(record->flags & (HOOK_SILENT | HOOK_RETURNED)))
		hook->posts[record->selector]++;
}

static bool value_fits(const struct hook_param *param, const struct hook_bytes *v)
{
	bool read = v->status == HOOK_ARG_READ || v->status == HOOK_ARG_TRUNCATED;

	return !read || hook_value_fits(param->value, v->size);
}

static bool call_fits(const struct hook *hook, const struct record_hook *record)
{
	struct hook_args args;
	struct hook_bytes v;

	if (record->args != hook->n_params + hook_n_behind(record))
		return false;
	hook_args_init(&args, record);
	for (size_t i = 0; i < hook->n_params && hook_args_next(&args, &v); i++)
		if (!value_fits(&hook->params[i], &v) ||
		    (v.status == HOOK_ARG_LATER && !hook->params[i].later))
			return false;
	return true;
}

static bool return_fits(const struct hook *hook, const struct record_hook *record)
{
	size_t n = (hook->tells_value ? 1 : 0) + hook_n_behind(record);
	struct hook_args args;
	struct hook_bytes v;

	hook_args_init(&args, record);
	if (hook->tells_value && (!hook_args_next(&args, &v) || !value_fits(&hook->returned, &v)))
		return false;
	for (size_t i = 0; i < hook->n_params; i++) {
		if (!hook->params[i].later)
			continue;
		if (!hook_args_next(&args, &v) || !value_fits(&hook->params[i], &v))
			return false;
		n++;
	}
	return hook->tells_return && record->args == n;
}

bool hook_fits(const struct hook *hook, const struct record_hook *record)
{
	bool returned = record->flags & HOOK_RETURNED;

	if (record->selector >= n_posts(hook))
		return false;
	/* What was withdrawn is not told any more of. */
	if (record->flags & HOOK_WITHDRAWN)
		return returned && record->args == 0;
	return returned ? return_fits(hook, record) : call_fits(hook, record);
}
