// SPDX-License-Identifier: Apache-2.0
#include "symbol/readable_search.h"
#include "base/cleanup.h"
#include "symbol/readable_name.h"

#include <errno.h>

/* So many names are looked at in the time that it takes to read one. */
#define LOOKS 32

struct readable_hash {
	uint64_t hash;
	uint32_t entry;
};

struct asking {
	struct readable_search *search;
	const struct function_set *set;
	const char *name;
	size_t len;
	int (*each)(uint32_t entry, void *data);
	void *data;
	bool has_found;
	int lack; /* what kept names from being read */
};

/* Each name once, however often the file has it. */
static bool is_mangled(const struct function_set *set, uint32_t entry)
{
	const char *name = function_set_name(set, entry);

	return readable_name_is_mangled(name) &&
	       function_set_find(set, name, function_name_len(name), 0) == entry;
}

/* What cannot be read is taken note of. Returns whether it was read, or -ENOMEM. */
static int note(struct asking *a, int r)
{
	a->search->read++;
	a->search->n_unreadable += r == -E2BIG;
	if (r == -ELIBACC)
		a->lack = r;
	return r == -ENOMEM ? r : r >= 0;
}

static int try(struct asking *a, uint32_t entry)
{
	const char *name = function_set_name(a->set, entry);
	int match = readable_name_matches(a->name, a->len, name, function_name_len(name),
					  &a->search->text);
	int r = note(a, match);

	if (r < 0 || match <= 0)
		return r < 0 ? r : 0;
	a->has_found = true;
	return a->each(entry, a->data);
}

/* --- a few */

static int look_at_all(struct asking *a)
{
	_cleanup_free_ char *identifier = NULL;
	const char *found = "";
	size_t len = readable_name_identifier(a->name, a->len, &found);
	int r = 0;

	identifier = strndup(found, len);
	if (!identifier)
		return -ENOMEM;
	for (uint32_t i = 1; i <= a->set->n && r >= 0; i++)
		if (strstr(function_set_name(a->set, i), identifier) && is_mangled(a->set, i))
			r = try(a, i);
	a->search->read += a->set->n / LOOKS;
	return r;
}

/* --- many */

struct building {
	struct readable_hash *v;
	size_t n, cap;
	uint32_t entry;
	bool failed;
};

/* Several ways to write a name may be the same. */
static bool has_hash(const struct building *b, uint64_t hash)
{
	for (size_t i = b->n; i-- && b->v[i].entry == b->entry;)
		if (b->v[i].hash == hash)
			return true;
	return false;
}

static bool add_hash(const char *s, size_t len, void *data)
{
	struct building *b = data;
	uint64_t hash = readable_name_hash(s, len);

	if (has_hash(b, hash))
		return false;
	if (b->n == b->cap) {
		size_t more = b->cap ? 2 * b->cap : 1024;
		struct readable_hash *v = reallocarray(b->v, more, sizeof(*v));

		b->failed = !v;
		if (!v)
			return true;
		b->v = v;
		b->cap = more;
	}
	b->v[b->n++] = (struct readable_hash){hash, b->entry};
	return false;
}

static int by_hash(const void *a, const void *b)
{
	const struct readable_hash *x = a, *y = b;

	return x->hash != y->hash ? (x->hash > y->hash) - (x->hash < y->hash)
				  : (x->entry > y->entry) - (x->entry < y->entry);
}

static int read_all(struct asking *a, struct building *b)
{
	struct readable_search *search = a->search;

	for (uint32_t i = 1; i <= a->set->n; i++) {
		const char *name = function_set_name(a->set, i);
		int r;

		if (!is_mangled(a->set, i))
			continue;
		b->entry = i;
		r = note(a,
			 readable_name_read(name, function_name_len(name), false, &search->text));
		if (r > 0)
			readable_name_forms(name, &search->text, add_hash, b);
		if (r < 0 || b->failed)
			return -ENOMEM;
	}
	return 0;
}

static int keep_all(struct asking *a)
{
	struct readable_search *search = a->search;
	struct building b = {0};
	int r = read_all(a, &b);

	if (r < 0) {
		free(b.v);
		return r;
	}
	if (b.n)
		qsort(b.v, b.n, sizeof(*b.v), by_hash);
	search->hashes = b.v;
	search->n = b.n;
	search->lack = a->lack;
	search->n_left_out = search->n_unreadable;
	search->n_unreadable = 0;
	search->is_kept = true;
	return 0;
}

static int look_up(struct asking *a)
{
	const struct readable_search *search = a->search;
	uint64_t hash = readable_name_hash(a->name, a->len);
	size_t from = 0, to = search->n;
	int r = 0;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (search->hashes[middle].hash < hash)
			from = middle + 1;
		else
			to = middle;
	}
	for (; r >= 0 && from < search->n && search->hashes[from].hash == hash; from++)
		r = try(a, search->hashes[from].entry);
	a->lack = search->lack;
	return r;
}

int readable_search_find(struct readable_search *search, const struct function_set *set,
			 const char *name, size_t len, int (*each)(uint32_t entry, void *data),
			 void *data)
{
	struct asking a = {
		.search = search, .set = set, .name = name, .len = len, .each = each, .data = data};
	/* Those with hashes that Rust puts into names are not kept. */
	bool is_plain = !readable_name_has_hash(name, len);
	int r = 0;

	search->n_unreadable = 0;
	if (is_plain && !search->is_kept && search->read > set->n)
		r = keep_all(&a);
	if (r >= 0)
		r = is_plain && search->is_kept ? look_up(&a) : look_at_all(&a);
	/* Which of those that are not kept it could have been. */
	if (r >= 0 && is_plain && search->is_kept && !a.has_found && search->n_left_out)
		r = look_at_all(&a);
	return r < 0 ? r : a.has_found ? 0 : a.lack;
}

void readable_search_done(struct readable_search *search)
{
	free(search->hashes);
	str_free(&search->text);
}
