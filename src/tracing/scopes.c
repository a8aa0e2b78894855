// SPDX-License-Identifier: Apache-2.0
#include "tracing/scopes.h"
#include "abi/hook.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/str.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A scope in use, with a copy of all that it asks for. */
struct held {
	struct workload_scope scope;
	struct policy_labels pods, containers;
	struct arena arena;
	struct str words; /* all of it: equal scopes have equal ones */
	size_t refs;      /* 0: nobody has the number */
};

struct scopes {
	struct pods *pods;
	int containers, rows, generation; /* maps; -1: none yet */
	uint32_t changes;
	size_t n;
	uint64_t failed;
	struct held v[HOOK_SCOPES];
};

/* --- the tables */

static void set_row_word(struct scopes *s, uint32_t number, uint32_t word, uint64_t bits)
{
	uint32_t at = number * HOOK_SCOPE_WORDS + word;

	if (bpf_map_update_elem(s->rows, &at, &bits, BPF_ANY) < 0)
		s->failed++;
}

static uint64_t word_of(const struct scopes *s, const struct pod_container *c, uint32_t word)
{
	uint64_t bits = 0;

	for (uint32_t i = 0; i < 64; i++) {
		const struct held *h = &s->v[word * 64 + i];

		if (h->refs && workload_scope_has(&h->scope, c))
			bits |= 1ULL << i;
	}
	return bits;
}

/* What programs have found before is looked for anew. */
static void announce(struct scopes *s)
{
	uint32_t zero = 0, changes = ++s->changes;

	if (bpf_map_update_elem(s->generation, &zero, &changes, BPF_ANY) < 0)
		s->failed++;
}

static void on_changed(void *userdata, const struct pod_container *c, uint32_t number)
{
	struct scopes *s = userdata;

	if (s->containers < 0)
		return;
	/* The row before the number: who has that sees all of it. */
	for (uint32_t word = 0; word < HOOK_SCOPE_WORDS; word++)
		set_row_word(s, number, word, word_of(s, c, word));
	if (bpf_map_update_elem(s->containers, &c->cgroup_id, &number, BPF_ANY) < 0)
		s->failed++;
	announce(s);
}

static void on_ended(void *userdata, const struct pod_container *c, uint32_t number)
{
	struct scopes *s = userdata;

	if (s->containers < 0)
		return;
	bpf_map_delete_elem(s->containers, &c->cgroup_id);
	announce(s);
}

int scopes_new(struct pods *pods, struct scopes **ret)
{
	struct scopes *s = calloc(1, sizeof(*s));
	const struct pods_watcher watcher = {on_changed, on_ended, s};

	if (!s)
		return -ENOMEM;
	s->pods = pods;
	s->containers = s->rows = s->generation = -1;
	pods_watch(pods, &watcher);
	*ret = s;
	return 0;
}

static void forget(struct held *h)
{
	arena_done(&h->arena);
	str_free(&h->words);
	*h = (struct held){0};
}

void scopes_free(struct scopes **scopes)
{
	struct scopes *s = *scopes;

	if (!s)
		return;
	pods_watch(s->pods, NULL);
	for (size_t i = 0; i < HOOK_SCOPES; i++)
		forget(&s->v[i]);
	free(s);
	*scopes = NULL;
}

int scopes_use(struct scopes *s, const struct library *library, struct error **reterr)
{
	int containers = library_map(library, "hook_containers");
	int rows = library_map(library, "hook_scopes");
	int generation = library_map(library, "hook_generation");

	if (containers < 0 || rows < 0 || generation < 0)
		return error_set(reterr, -ENOENT, "the library of policies knows no containers");
	pods_lock(s->pods);
	s->containers = containers;
	s->rows = rows;
	s->generation = generation;
	pods_each(s->pods, on_changed, s);
	pods_unlock(s->pods);
	return 0;
}

/* --- scopes */

static void put_text(struct str *to, const struct policy_text *text)
{
	str_append_u64(to, text->len);
	str_append_char(to, ':');
	str_append(to, text->s, text->len);
}

static void put_labels(struct str *to, const struct policy_labels *labels)
{
	if (!labels) {
		str_append_char(to, '-');
		return;
	}
	str_append_char(to, '{');
	for (size_t i = 0; i < labels->match_labels.n; i++) {
		put_text(to, &labels->match_labels.v[i].key);
		str_append_char(to, '=');
		put_text(to, &labels->match_labels.v[i].value);
	}
	for (size_t i = 0; i < labels->match_expressions.n; i++) {
		const struct policy_label_match *m = &labels->match_expressions.v[i];

		str_append_char(to, '(');
		str_append_u64(to, (uint64_t)m->operator.v);
		put_text(to, &m->key);
		for (size_t j = 0; j < m->values.n; j++)
			put_text(to, &m->values.v[j]);
		str_append_char(to, ')');
	}
	str_append_char(to, '}');
}

/* Who is in no container is asked for beside it. */
static void put_words(struct str *to, const struct workload_scope *scope)
{
	const struct policy_text namespace = {
		.s = scope->namespace,
		.len = scope->namespace ? strlen(scope->namespace) : 0,
	};

	if (scope->namespace)
		put_text(to, &namespace);
	put_labels(to, scope->pods);
	put_labels(to, scope->containers);
}

static void *copy(struct held *h, const void *from, size_t size)
{
	void *to = arena_alloc(&h->arena, size + 1);

	if (to && size)
		memcpy(to, from, size);
	if (to)
		((char *)to)[size] = '\0';
	return to;
}

static void copy_text(struct held *h, struct policy_text *text)
{
	text->s = copy(h, text->s, text->len);
}

static const struct policy_labels *copy_labels(struct held *h, struct policy_labels *to,
					       const struct policy_labels *from)
{
	if (!from)
		return NULL;
	*to = *from;
	to->match_labels.v =
		copy(h, from->match_labels.v, from->match_labels.n * sizeof(*from->match_labels.v));
	to->match_expressions.v =
		copy(h, from->match_expressions.v,
		     from->match_expressions.n * sizeof(*from->match_expressions.v));
	for (size_t i = 0; to->match_labels.v && i < to->match_labels.n; i++) {
		copy_text(h, &to->match_labels.v[i].key);
		copy_text(h, &to->match_labels.v[i].value);
	}
	for (size_t i = 0; to->match_expressions.v && i < to->match_expressions.n; i++) {
		struct policy_label_match *m = &to->match_expressions.v[i];

		copy_text(h, &m->key);
		m->values.v = copy(h, m->values.v, m->values.n * sizeof(*m->values.v));
		for (size_t j = 0; m->values.v && j < m->values.n; j++)
			copy_text(h, &m->values.v[j]);
	}
	return to;
}

static int hold(struct held *h, const struct workload_scope *scope, struct str *words)
{
	h->scope = *scope;
	h->scope.namespace =
		scope->namespace ? copy(h, scope->namespace, strlen(scope->namespace)) : NULL;
	h->scope.pods = copy_labels(h, &h->pods, scope->pods);
	h->scope.containers = copy_labels(h, &h->containers, scope->containers);
	if (h->arena.failed) {
		forget(h);
		return -ENOMEM;
	}
	h->words = *words;
	*words = (struct str)STR_INIT;
	h->refs = 1;
	return 0;
}

struct adding {
	struct scopes *scopes;
	uint32_t scope;
};

static void add_to_row(void *userdata, const struct pod_container *c, uint32_t number)
{
	const struct adding *a = userdata;

	set_row_word(a->scopes, number, a->scope / 64, word_of(a->scopes, c, a->scope / 64));
}

/* The number of an equal one, or the first that is free; HOOK_SCOPES: there is none. */
static uint32_t find(const struct scopes *s, const struct str *words)
{
	uint32_t number = HOOK_SCOPES;

	for (uint32_t i = HOOK_SCOPES; i-- > 0;) {
		const struct held *h = &s->v[i];

		if (!h->refs)
			number = i;
		else if (h->words.len == words->len &&
			 !memcmp(h->words.data, words->data, words->len))
			return i;
	}
	return number;
}

static int take(struct scopes *s, const struct workload_scope *scope, struct str *words,
		uint32_t *ret)
{
	struct adding adding = {s, find(s, words)};
	int r;

	if (adding.scope == HOOK_SCOPES)
		return -ENOSPC;
	*ret = adding.scope;
	if (s->v[adding.scope].refs++)
		return 0;
	r = hold(&s->v[adding.scope], scope, words);
	if (r < 0)
		return r;
	s->n++;
	if (s->containers >= 0)
		pods_each(s->pods, add_to_row, &adding);
	return 0;
}

int scopes_take(struct scopes *s, const struct workload_scope *scope, uint32_t *ret)
{
	_cleanup_str_ struct str words = STR_INIT;
	int r;

	put_words(&words, scope);
	if (words.failed)
		return -ENOMEM;
	pods_lock(s->pods);
	r = take(s, scope, &words, ret);
	pods_unlock(s->pods);
	return r;
}

void scopes_drop(struct scopes *s, uint32_t number)
{
	pods_lock(s->pods);
	if (!--s->v[number].refs) {
		forget(&s->v[number]);
		s->n--;
	}
	pods_unlock(s->pods);
}

bool scopes_know_any(struct scopes *s)
{
	bool any;

	pods_lock(s->pods);
	any = pods_get_stats(s->pods)->containers > 0;
	pods_unlock(s->pods);
	return any;
}

size_t scopes_count(struct scopes *s)
{
	size_t n;

	pods_lock(s->pods);
	n = s->n;
	pods_unlock(s->pods);
	return n;
}

uint64_t scopes_failed(struct scopes *s)
{
	uint64_t n;

	pods_lock(s->pods);
	n = s->failed;
	pods_unlock(s->pods);
	return n;
}
