// SPDX-License-Identifier: Apache-2.0
#include "symbol/usdt.h"
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "symbol/elf_note.h"
#include "symbol/elf_read.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* <sys/sdt.h> */
#define NOTE_OWNER "stapsdt"
#define NOTE_PROBE 3
#define BASE_SECTION ".stapsdt.base"

#define SUGGESTION_MAX 128
#define MISTAKES_MAX 3

/* What a note has: three addresses, as the linker knew them, and three strings. */
struct probe {
	uint64_t pc, base, semaphore;
	const char *provider, *name, *args;
};

typedef int probe_fn(const struct probe *probe, void *data);

/* The string behind this one, or an empty one. */
static const char *string_after(const char *s, const char *end)
{
	s += strlen(s);
	return s + 1 < end ? s + 1 : s;
}

static bool read_probe(const struct elf_note *note, struct probe *ret)
{
	const size_t words = offsetof(struct probe, provider);
	const char *end = note->bytes + note->size;

	if (!elf_note_is(note, NOTE_PROBE, NOTE_OWNER) || note->size <= words || end[-1])
		return false;
	memcpy(ret, note->bytes, words);
	ret->provider = note->bytes + words;
	ret->name = string_after(ret->provider, end);
	ret->args = string_after(ret->name, end);
	return elf_is_name(ret->provider) && elf_is_name(ret->name);
}

static int each_of(const char *notes, size_t size, probe_fn *each, void *data)
{
	struct elf_note note;
	struct probe probe;
	int r = 0;

	for (size_t at = 0; r >= 0 && elf_note_next(notes, size, &at, &note);)
		if (read_probe(&note, &probe))
			r = each(&probe, data);
	return r;
}

static int each_probe(const struct elf_image *image, probe_fn *each, void *data)
{
	uint64_t left = USDT_NOTES_MAX;
	Elf64_Shdr section;
	int r = image->n_sections ? 0 : -ENODATA;

	for (unsigned i = 0; i < image->n_sections && r >= 0; i++) {
		_cleanup_free_ char *notes = NULL;

		r = elf_read_section(image, i, &section);
		if (r < 0 || section.sh_type != SHT_NOTE)
			continue;
		r = elf_read_whole(image, &section, left, &notes);
		if (r < 0)
			continue;
		left -= section.sh_size;
		r = each_of(notes, section.sh_size, each, data);
	}
	return r < 0 ? r : 0;
}

/* --- names */

struct list {
	int (*each)(const char *provider, const char *name, void *data);
	void *data;
};

static int list_one(const struct probe *probe, void *data)
{
	const struct list *list = data;

	return list->each(probe->provider, probe->name, list->data);
}

int usdt_list(const struct elf_image *image,
	      int (*each)(const char *provider, const char *name, void *data), void *data)
{
	return each_probe(image, list_one, &(struct list){each, data});
}

struct wanted {
	const char *provider, *name;
	bool has_any, has_provider;
	struct suggest of_providers, of_names;
	char provider_meant[SUGGESTION_MAX], name_meant[SUGGESTION_MAX];
};

/* What is read goes away, so the best so far is kept. */
static void offer(struct suggest *suggest, const char *name, char meant[SUGGESTION_MAX])
{
	size_t len = strlen(name);

	if (len < SUGGESTION_MAX && suggest_offer(suggest, name))
		suggest->best = memcpy(meant, name, len + 1);
}

static int offer_one(const struct probe *probe, void *data)
{
	struct wanted *wanted = data;

	wanted->has_any = true;
	offer(&wanted->of_providers, probe->provider, wanted->provider_meant);
	if (!strcmp(probe->provider, wanted->provider)) {
		wanted->has_provider = true;
		offer(&wanted->of_names, probe->name, wanted->name_meant);
	}
	return 0;
}

void usdt_remedy(const struct elf_image *image, const char *provider, const char *name,
		 struct error **reterr)
{
	struct wanted wanted = {.provider = provider, .name = name};

	suggest_init(&wanted.of_providers, provider, strlen(provider), MISTAKES_MAX);
	suggest_init(&wanted.of_names, name, strlen(name), MISTAKES_MAX);
	if (each_probe(image, offer_one, &wanted) < 0 || !wanted.has_any)
		error_remedy(reterr, "it has no static probes at all");
	else if (wanted.has_provider && wanted.of_names.best)
		suggest_remedy(&wanted.of_names, reterr);
	else if (!wanted.has_provider && wanted.of_providers.best)
		error_remedy(reterr, "did you mean the provider \"%s\"?", wanted.provider_meant);
	else
		error_remedy(reterr, "\"ocelli policy generate usdts\" lists those that it has");
}

/* --- places */

struct range {
	uint64_t address, size;
};

struct search {
	const struct elf_image *image;
	const char *provider, *name;
	struct range *code; /* the sections with code in them */
	size_t n_code;
	bool has_base;
	uint64_t base; /* where BASE_SECTION is, wherever the linker had put it */
	struct usdt_location *v;
	size_t n, size;   /* of all, in one piece */
	uint64_t dropped; /* where the last of those is that are nowhere */
	size_t n_dropped;
	struct arena args;
	struct error **reterr;
};

static void search_done(struct search *search)
{
	arena_done(&search->args);
	free(search->code);
	free(search->v);
}

/* Of @size bytes at @address. */
static bool offset_of(const struct elf_segment *v, size_t n, uint64_t address, uint64_t size,
		      uint64_t *ret)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t into = address - v[i].address;

		if (address < v[i].address || into >= v[i].size || size > v[i].size - into)
			continue;
		*ret = into + v[i].offset;
		return *ret <= INT64_MAX;
	}
	return false;
}

static int refuse(const struct search *search, int code, const char *what, uint64_t where)
{
	error_set(search->reterr, code, "its probe \"%s:%s\" %s %#llx", search->provider,
		  search->name, what, (unsigned long long)where);
	return code;
}

/*
 * Code that a linker drops leaves its notes, with what is left of their addresses,
 * small numbers: nothing can be executed there, unless headers are in a segment
 * with code, and those must not be hooked.
 */
static bool is_dropped(struct search *search, uint64_t pc, uint64_t *ret)
{
	for (size_t i = 0; i < search->n_code; i++)
		if (pc >= search->code[i].address &&
		    pc - search->code[i].address < search->code[i].size)
			return !offset_of(search->image->code, search->image->n_code, pc, 1, ret);
	return true;
}

/*
 * The kernel counts in the first mapping that has that page of the file to write to
 * (kernel/events/uprobes.c: find_ref_ctr_vma()). Linkers that make two segments of
 * data of one page, the first of them read-only later, have it count elsewhere.
 */
static bool is_mapped_before(const struct elf_image *image, uint64_t address, uint64_t offset)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), at = offset - offset % page;

	for (size_t i = 0; i < image->n_data; i++) {
		const struct elf_segment *s = &image->data[i];

		if (at >= s->offset - s->offset % page && at < s->offset + s->size)
			return address - s->address >= s->size;
	}
	return false;
}

static int find_semaphore(const struct search *search, uint64_t address, uint64_t *ret)
{
	const struct elf_image *image = search->image;
	const size_t size = sizeof(uint16_t);

	/* Memory of no file, which is zeros when a program begins, the kernel does not count in:
	 * nor in the rest of a last page, which it clears when it has counted already. */
	if (!offset_of(image->data, image->n_data, address, size, ret) || !*ret)
		return refuse(search, -ENOEXEC,
			      "has its semaphore where the file has no data to write to, at "
			      "address",
			      address);
	/* uprobe_register() refuses it (kernel/events/uprobes.c, 4.20) */
	if (*ret % size)
		return refuse(search, -ENOEXEC, "has a semaphore that is not aligned, at address",
			      address);
	if (is_mapped_before(image, address, *ret))
		return refuse(search, -EOPNOTSUPP,
			      "has its semaphore in a page that is mapped twice, of which the "
			      "kernel would count in the other (link it with -z norelro), at "
			      "address",
			      address);
	return 0;
}

static int keep(struct search *search, const struct usdt_location *location)
{
	size_t size = strlen(location->args) + 1;
	struct usdt_location *v;
	char *args;

	if (search->n == USDT_LOCATIONS_MAX)
		return error_set(search->reterr, -E2BIG,
				 "its probe \"%s:%s\" is in more than %u places, which is the "
				 "limit",
				 search->provider, search->name, USDT_LOCATIONS_MAX);
	v = reallocarray(search->v, search->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	search->v = v;
	args = arena_alloc(&search->args, size);
	if (!args)
		return -ENOMEM;
	v[search->n] = *location;
	v[search->n++].args = memcpy(args, location->args, size);
	search->size += sizeof(*v) + size;
	return 0;
}

static int find_one(const struct probe *probe, void *data)
{
	struct search *search = data;
	uint64_t moved = search->has_base && probe->base ? search->base - probe->base : 0;
	struct usdt_location location = {.args = probe->args};
	int r = 0;

	if (strcmp(probe->provider, search->provider) != 0 ||
	    strcmp(probe->name, search->name) != 0)
		return 0;
	if (is_dropped(search, probe->pc + moved, &location.offset)) {
		search->dropped = probe->pc + moved;
		search->n_dropped++;
		return 0;
	}
	if (probe->semaphore)
		r = find_semaphore(search, probe->semaphore + moved, &location.semaphore);
	return r < 0 ? r : keep(search, &location);
}

static int add_code(struct search *search, const Elf64_Shdr *section)
{
	struct range *v = reallocarray(search->code, search->n_code + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	search->code = v;
	v[search->n_code++] = (struct range){section->sh_addr, section->sh_size};
	return 0;
}

static int find_code(struct search *search)
{
	const struct elf_image *image = search->image;
	Elf64_Shdr section;
	int r = 0;

	for (unsigned i = 0; i < image->n_sections && r >= 0; i++) {
		r = elf_read_section(image, i, &section);
		if (r >= 0 && section.sh_type == SHT_PROGBITS && section.sh_flags & SHF_EXECINSTR)
			r = add_code(search, &section);
	}
	return r;
}

/* What moves a file (prelink) moves that section, but not what notes say. */
static int find_base(struct search *search)
{
	Elf64_Shdr section;
	int r = elf_find_section(search->image, BASE_SECTION, &section);

	if (r < 0)
		return r == -ENODATA ? 0 : r;
	if (section.sh_type == SHT_PROGBITS) {
		search->has_base = true;
		search->base = section.sh_addr;
	}
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct usdt_location *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Linkers that merge functions that are the same leave the notes of each. */
static int settle(struct search *search)
{
	size_t n = 0;

	if (search->n)
		qsort(search->v, search->n, sizeof(*search->v), by_offset);
	for (size_t i = 0; i < search->n; i++) {
		const struct usdt_location *one = &search->v[i], *last = &search->v[n - !!n];

		if (!n || one->offset != last->offset)
			search->v[n++] = *one;
		else if (one->semaphore != last->semaphore || strcmp(one->args, last->args) != 0)
			return refuse(search, -EINVAL,
				      "has two notes with different arguments or semaphores for "
				      "one place, at offset",
				      one->offset);
	}
	search->n = n;
	return 0;
}

/* One piece, with what the locations point to behind them. */
static struct usdt_location *pack(const struct search *search)
{
	struct usdt_location *v = malloc(search->size);
	char *at = v ? (char *)(v + search->n) : NULL;

	for (size_t i = 0; v && i < search->n; i++) {
		size_t size = strlen(search->v[i].args) + 1;

		v[i] = search->v[i];
		v[i].args = memcpy(at, search->v[i].args, size);
		at += size;
	}
	return v;
}

static int explain(int r, struct error **reterr)
{
	/* There was a reason. */
	if (reterr && *reterr)
		return r;
	if (r == -EFBIG)
		return error_set(reterr, r, "its notes are larger than %u MiB, which is the limit",
				 USDT_NOTES_MAX >> 20);
	return error_set(reterr, r, "its notes cannot be read: %s", strerror(-r));
}

ssize_t usdt_find(const struct elf_image *image, const char *provider, const char *name,
		  struct usdt_location **ret, struct error **reterr)
{
	_cleanup_(search_done) struct search search = {
		.image = image, .provider = provider, .name = name, .reterr = reterr};
	struct usdt_location *v;
	int r = find_code(&search);

	if (r >= 0)
		r = find_base(&search);
	if (r >= 0)
		r = each_probe(image, find_one, &search);
	if (r >= 0)
		r = settle(&search);
	if (r >= 0 && !search.n && search.n_dropped)
		r = refuse(&search, -ENOEXEC, "is where the file has no code, at address",
			   search.dropped);
	if (r == -ENODATA || (r >= 0 && !search.n))
		return 0;
	v = r >= 0 ? pack(&search) : NULL;
	if (!v)
		return explain(r < 0 ? r : -ENOMEM, reterr);
	*ret = v;
	return (ssize_t)search.n;
}
