// SPDX-License-Identifier: Apache-2.0
#include "symbol/elf_functions.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "symbol/cxx_name.h"
#include "symbol/elf_debugdata.h"
#include "symbol/elf_symbols.h"
#include "symbol/function_set.h"
#include "symbol/go_table.h"
#include "symbol/readable_name.h"
#include "symbol/readable_search.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

struct elf_functions {
	struct function_set set;
	struct arena results;
	struct readable_search readable;
	int debugdata, go; /* what reading them said, when that is no ordinary answer */
};

/* --- reading */

/* What else has names when the table of all symbols was taken out. What is wrong with it is no
 * reason to do without those that are exported. */
static int add_stripped(const struct elf_image *image, struct elf_functions *f)
{
	struct elf_image names;
	_cleanup_close_ int fd = elf_debugdata_unpack(image, &names);
	int r = fd < 0 ? fd : elf_symbols_add(image, &names, SHT_SYMTAB, &f->set);

	if (r == -ENOMEM)
		return r;
	f->debugdata = r == -ENODATA ? 0 : r;
	r = go_table_add(image, &f->set);
	f->go = r == -ENODATA ? 0 : r;
	return r == -ENOMEM ? r : 0;
}

static int add_all(const struct elf_image *image, struct elf_functions *f)
{
	int all = elf_symbols_add(image, image, SHT_SYMTAB, &f->set), exported;

	if (all < 0 && all != -ENODATA)
		return all;
	exported = elf_symbols_add(image, image, SHT_DYNSYM, &f->set);
	if (exported < 0 && exported != -ENODATA)
		return exported;
	return all < 0 ? add_stripped(image, f) : 0;
}

/* Why there are less names than the file has; NULL: there are not. */
static const char *lack_of(int debugdata, int go)
{
	return debugdata == -ELIBACC ? "unpacking its .gnu_debugdata needs " LZMA_LIBRARY
	       : debugdata == -EFBIG ? "its .gnu_debugdata is larger than the limit"
	       : debugdata < 0       ? "its .gnu_debugdata is broken"
	       : go == -EPROTONOSUPPORT
		       ? "its .gopclntab is of a version of Go that is not known, or does not say "
			 "where its code is"
	       : go == -EFBIG ? "its .gopclntab is larger than the limit"
	       : go < 0       ? "its .gopclntab is broken"
			      : NULL;
}

static int tell(const struct elf_functions *f, int r, struct error **reterr)
{
	const char *lack = f ? lack_of(f->debugdata, f->go) : NULL;

	if (r == -EFBIG)
		return error_set(reterr, r,
				 "it names more than %u functions, or its names take more than "
				 "%u MiB, which are the limits",
				 ELF_FUNCTIONS_MAX, ELF_NAMES_MAX >> 20);
	if (r != -ENODATA)
		return error_set(reterr, r, "its functions cannot be read: %s", strerror(-r));
	error_set(reterr, r, "it has no names of functions: %s", lack ? lack : "it is stripped");
	error_remedy(reterr, "say where the functions are, by offsets or addresses");
	return r;
}

int elf_functions_read(const struct elf_image *image, struct elf_functions **ret,
		       struct error **reterr)
{
	_cleanup_(elf_functions_free) struct elf_functions *f = NULL;
	int r;

	if (image->is_cut)
		return error_set(reterr, -EFBIG,
				 "it has more than %d segments of code, which is the limit",
				 ELF_SEGMENTS_MAX);
	f = calloc(1, sizeof(*f));
	r = f ? 0 : -ENOMEM;
	/* What is at 0 is none. */
	if (r >= 0)
		r = (int)function_set_text(&f->set, 1);
	if (r >= 0)
		f->set.text.data[0] = '\0';
	if (r >= 0)
		r = add_all(image, f);
	if (r >= 0 && !f->set.n)
		r = -ENODATA;
	if (r >= 0)
		r = function_set_index(&f->set);
	if (r < 0)
		return tell(f, r, reterr);
	*ret = TAKE_PTR(f);
	return 0;
}

void elf_functions_free(struct elf_functions **functions)
{
	struct elf_functions *f = *functions;

	if (!f)
		return;
	function_set_done(&f->set);
	arena_done(&f->results);
	readable_search_done(&f->readable);
	free(f);
	*functions = NULL;
}

/* --- finding */

/* What is asked for: "f", "f@V", "f@@V". */
struct wanted {
	const char *name, *version; /* the version: NULL: the default one */
	size_t len, version_len;
	bool is_default; /* only if that version is the default one */
};

static struct wanted parse(const char *name, size_t len)
{
	const char *at = len ? memchr(name + 1, '@', len - 1) : NULL;
	struct wanted w = {.name = name, .len = len};

	if (!at)
		return w;
	w.len = (size_t)(at - name);
	w.is_default = w.len + 1 < len && at[1] == '@';
	w.version = at + (w.is_default ? 2 : 1);
	w.version_len = (size_t)(name + len - w.version);
	return w;
}

/* What a file says of a name at a place, maybe several times. */
struct place {
	const struct function_entry *entry;
	bool is_wanted; /* by its version */
};

struct places {
	struct place *v;
	size_t n, cap;
};

static void places_done(struct places *p)
{
	free(p->v);
}

static bool is_version(const struct function_set *set, const struct function_entry *e,
		       const struct wanted *w)
{
	const char *version = set->text.data + e->version;

	if (!w->version)
		return e->version && !e->is_hidden;
	return e->version && !(w->is_default && e->is_hidden) &&
	       !strncmp(version, w->version, w->version_len) && !version[w->version_len];
}

static int add_place(struct places *p, const struct function_entry *entry, bool is_wanted)
{
	if (p->n == 4 * ELF_PLACES_MAX)
		return -E2BIG;
	if (p->n == p->cap) {
		size_t more = p->cap ? 2 * p->cap : 16;
		struct place *v = reallocarray(p->v, more, sizeof(*v));

		if (!v)
			return -ENOMEM;
		p->v = v;
		p->cap = more;
	}
	p->v[p->n++] = (struct place){entry, is_wanted};
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->entry->offset > y->entry->offset) - (x->entry->offset < y->entry->offset);
}

/*
 * Marks what of a place's entries makes it wanted: one of them has the version; or none has
 * any, and none is asked for (the table of all symbols may lack the version that the table of
 * exported ones has).
 */
static bool settle(struct places *p, const struct wanted *w)
{
	bool any = false;

	for (size_t i = 0, end; i < p->n; i = end) {
		bool is_wanted = false, has_version = false;

		for (end = i; end < p->n && !by_offset(&p->v[i], &p->v[end]); end++) {
			is_wanted |= p->v[end].is_wanted;
			has_version |= p->v[end].entry->version;
		}
		is_wanted |= !w->version && !has_version;
		for (size_t j = i; j < end; j++)
			p->v[j].is_wanted = is_wanted;
		any |= is_wanted;
	}
	return any;
}

/* Leaves the entries of places that are meant by the name. */
static void choose(struct places *p, const struct wanted *w)
{
	size_t n = 0;

	if (p->n)
		qsort(p->v, p->n, sizeof(*p->v), by_offset);
	/* With no default version, all are what is left to be meant by the bare name. */
	if (!settle(p, w) && !w->version)
		return;
	for (size_t i = 0; i < p->n; i++)
		if (p->v[i].is_wanted)
			p->v[n++] = p->v[i];
	p->n = n;
}

/* Adds those places that are meant of that very name. */
static int find(const struct function_set *set, const struct wanted *w, struct places *ret)
{
	_cleanup_(places_done) struct places all = {0};
	int r = 0;

	for (uint32_t i = 0; r >= 0 && (i = function_set_find(set, w->name, w->len, i));)
		r = add_place(&all, &set->v[i], is_version(set, &set->v[i], w));
	choose(&all, w);
	for (size_t i = 0; i < all.n && r >= 0; i++)
		r = add_place(ret, all.v[i].entry, true);
	return r;
}

struct meant {
	const struct function_set *set;
	const struct wanted *wanted;
	struct places *places;
};

static int find_meant(uint32_t entry, void *data)
{
	const struct meant *m = data;
	struct wanted one = *m->wanted;

	one.name = function_set_name(m->set, entry);
	one.len = function_name_len(one.name);
	return find(m->set, &one, m->places);
}

static int find_readable(struct elf_functions *f, const struct wanted *w, struct places *ret)
{
	struct meant meant = {&f->set, w, ret};

	return readable_search_find(&f->readable, &f->set, w->name, w->len, find_meant, &meant);
}

static const char *keep(struct elf_functions *f, const char *text, size_t len)
{
	char *copy = arena_alloc(&f->results, len + 1);

	if (!copy)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

/* Without the version that may be behind it. */
static const char *name_of(struct elf_functions *f, const struct function_entry *entry)
{
	const char *name = f->set.text.data + entry->name;
	size_t len = function_name_len(name);

	return name[len] ? keep(f, name, len) : name;
}

static ssize_t conclude(struct elf_functions *f, const struct places *p,
			const struct elf_function **ret)
{
	struct elf_function *v = arena_alloc(&f->results, p->n * sizeof(*v));
	size_t n = 0;

	if (!v)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		const struct function_entry *entry = p->v[i].entry;

		if (n && v[n - 1].offset == entry->offset) {
			v[n - 1].size = MAX(v[n - 1].size, entry->size);
			v[n - 1].is_resolver &= entry->is_resolver;
			continue;
		}
		v[n] = (struct elf_function){name_of(f, entry), entry->offset, entry->size,
					     entry->is_resolver};
		if (!v[n++].name)
			return -ENOMEM;
	}
	if (n > ELF_PLACES_MAX)
		return -E2BIG;
	*ret = v;
	return (ssize_t)n;
}

ssize_t elf_functions_find(struct elf_functions *f, const char *name, size_t len,
			   const struct elf_function **ret)
{
	_cleanup_(places_done) struct places places = {0};
	struct wanted wanted = parse(name, len);
	int r = len ? find(&f->set, &wanted, &places) : 0;

	f->readable.n_unreadable = 0;
	if (r >= 0 && !places.n && readable_name_is(name, len))
		r = find_readable(f, &wanted, &places);
	if (r < 0 || !places.n)
		return r;
	qsort(places.v, places.n, sizeof(*places.v), by_offset);
	return conclude(f, &places, ret);
}

int elf_functions_list(struct elf_functions *f,
		       int (*each)(const struct elf_function *function, void *data), void *data)
{
	struct str *text = &f->readable.text;
	int r = 0;

	for (uint32_t i = 1; i <= f->set.n && r >= 0; i++) {
		const struct function_entry *e = &f->set.v[i];
		const char *name = function_set_name(&f->set, i);
		size_t len = function_name_len(name);

		str_reset(text);
		str_append(text, name, len);
		r = str_cstr(text) ? each(&(struct elf_function){text->data, e->offset, e->size,
								 e->is_resolver},
					  data)
				   : -ENOMEM;
	}
	return r < 0 ? r : 0;
}

/* --- what may have been meant */

/* The function in another version, or the same in another way. */
static const char *suggest_version(struct elf_functions *f, const struct wanted *w)
{
	const struct wanted any = {w->name, w->version, w->len, w->version_len, false};
	const struct function_entry *e = NULL;
	_cleanup_free_ char *name = NULL;
	const char *version;

	if (!w->version)
		return NULL;
	for (uint32_t i = 0; (i = function_set_find(&f->set, w->name, w->len, i));)
		if (!e || !e->version || is_version(&f->set, &f->set.v[i], &any))
			e = &f->set.v[i];
	if (!e)
		return NULL;
	version = f->set.text.data + e->version;
	if (asprintf(&name, "%.*s%s%s", (int)w->len, w->name,
		     !e->version    ? ""
		     : e->is_hidden ? "@"
				    : "@@",
		     version) < 0)
		name = NULL;
	return name ? keep(f, name, strlen(name)) : NULL;
}

/* What the compiler made of a function, which no longer is called as its source has it. */
static const char *suggest_clone(struct elf_functions *f, const struct wanted *w)
{
	for (uint32_t i = 1; i <= f->set.n; i++) {
		const char *name = function_set_name(&f->set, i);

		if (!strncmp(name, w->name, w->len) && name[w->len] == '.')
			return keep(f, name, function_name_len(name));
	}
	return NULL;
}

static size_t common(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = 0;

	while (n < a_len && n < b_len && a[n] == b[n])
		n++;
	return n;
}

/* Of those with the same last identifier in C++ or Rust that which begins most like it, the
 * shortest. */
static const char *suggest_readable(struct elf_functions *f, const struct wanted *w)
{
	const char *wanted = NULL, *found = NULL;
	size_t len = readable_name_identifier(w->name, w->len, &wanted), most = 0;
	struct str *text = &f->readable.text;
	_cleanup_str_ struct str best = STR_INIT;

	for (uint32_t i = 1; i <= f->set.n && len; i++) {
		const char *name = function_set_name(&f->set, i);
		size_t name_len = function_name_len(name), n;

		if (!readable_name_is_mangled(name) || !memmem(name, name_len, wanted, len) ||
		    readable_name_read(name, name_len, false, text) < 0 ||
		    readable_name_identifier(text->data, text->len, &found) != len ||
		    memcmp(found, wanted, len) != 0)
			continue;
		n = common(text->data, text->len, w->name, w->len);
		if (best.len && (n < most || (n == most && text->len >= best.len)))
			continue;
		most = n;
		str_reset(&best);
		str_append(&best, text->data, text->len);
	}
	return best.len ? keep(f, best.data, best.len) : NULL;
}

void elf_functions_suggest(struct elf_functions *f, struct suggest *suggest)
{
	static const char *(*const ways[])(struct elf_functions *, const struct wanted *) = {
		suggest_version,
		suggest_clone,
		suggest_readable,
	};
	const struct wanted wanted = parse(suggest->wanted, suggest->len);
	const char *best = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(ways) && suggest->len && !best; i++)
		best = ways[i](f, &wanted);
	if (best) {
		suggest->best = best;
		suggest->distance = 0;
		return;
	}
	for (uint32_t i = 1; i <= f->set.n; i++)
		suggest_offer(suggest, function_set_name(&f->set, i));
}

/* How many letters may be wrong. */
#define MISTAKES 2

static int say_not_found(struct elf_functions *f, const char *name, size_t len,
			 struct error **reterr)
{
	const char *lack = lack_of(f->debugdata, f->go);
	struct suggest suggest;
	char more[96] = "";

	if (f->readable.n_unreadable)
		snprintf(more, sizeof(more), "; %zu of its names are too long to be compared with",
			 f->readable.n_unreadable);
	error_set(reterr, -ENOENT, "it has no function \"%.*s\"%s%s%s", (int)len, name, more,
		  lack ? "; " : "", lack ? lack : "");
	suggest_init(&suggest, name, len, MISTAKES);
	elf_functions_suggest(f, &suggest);
	suggest_remedy(&suggest, reterr);
	return -ENOENT;
}

int elf_functions_not_found(struct elf_functions *f, const char *name, size_t len, ssize_t found,
			    struct error **reterr)
{
	if (!found)
		return say_not_found(f, name, len, reterr);
	if (found == -E2BIG) {
		error_set(reterr, -E2BIG,
			  "\"%.*s\" is in more than %u places of it, which is the limit", (int)len,
			  name, ELF_PLACES_MAX);
	} else if (found == -ELIBACC) {
		error_set(reterr, -ELIBACC,
			  "it has names of C++, which cannot be compared with \"%.*s\" "
			  "without " CXX_LIBRARY,
			  (int)len, name);
		error_remedy(reterr, "Debian has it in the package libstdc++6; or give the name as "
				     "the file has it, mangled");
	} else {
		error_set(reterr, (int)found, "cannot look for \"%.*s\": %s", (int)len, name,
			  strerror((int)-found));
	}
	return (int)found;
}
