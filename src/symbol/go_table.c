// SPDX-License-Identifier: Apache-2.0
#include "symbol/go_table.h"
#include "base/cleanup.h"
#include "symbol/elf_functions.h"
#include "symbol/elf_read.h"

#include <errno.h>

/*
 * Go's src/runtime/symtab.go (pcHeader, functab) and src/debug/gosym/pclntab.go: a magic number,
 * two zeros, what instructions are multiples of, the size of a pointer; then words of that size,
 * the first of which is how many functions there are. For each there is a pair in a table: where it
 * begins, and where it is described; the name follows the same beginning there.
 */
#define HEADER 8
#define WORD 8

static const struct layout {
	uint32_t magic;
	/* Which words: the address that places count from, where names begin, where the pairs
	 * do. 0: places are addresses; from 0; right behind the words. */
	uint8_t text, names, pairs;
	uint8_t place; /* its size, and that of its fellow in the pair */
} layouts[] = {
	{0xfffffffb, 0, 0, 0, 8}, /* Go 1.2 */
	{0xfffffffa, 0, 2, 6, 8}, /* 1.16 */
	{0xfffffff0, 2, 3, 7, 4}, /* 1.18 */
	{0xfffffff1, 2, 3, 7, 4}, /* 1.20 */
};

struct table {
	const struct elf_image *image;
	const struct layout *layout;
	Elf64_Shdr section;
	uint8_t *memory, *bytes; /* what was read, with a NUL behind it; where the table is in it */
	uint64_t n, text, names, pairs;
};

static bool get(const struct table *t, uint64_t at, unsigned size, uint64_t *ret)
{
	uint64_t v = 0;

	if (at > t->section.sh_size || size > t->section.sh_size - at)
		return false;
	memcpy(&v, t->bytes + at, size);
	*ret = v;
	return true;
}

static bool get_word(const struct table *t, unsigned word, uint64_t *ret)
{
	return get(t, HEADER + word * WORD, WORD, ret);
}

static const struct layout *layout_of(const uint8_t *header)
{
	uint32_t magic;

	memcpy(&magic, header, sizeof(magic));
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		if (layouts[i].magic == magic && !header[4] && !header[5] && header[7] == WORD)
			return &layouts[i];
	return NULL;
}

static int read_header(struct table *t)
{
	t->layout = t->section.sh_size >= HEADER ? layout_of(t->bytes) : NULL;
	if (!t->layout)
		return -EPROTONOSUPPORT;
	t->names = 0;
	t->pairs = HEADER + WORD;
	if (!get_word(t, 0, &t->n) ||
	    (t->layout->names && !get_word(t, t->layout->names, &t->names)) ||
	    (t->layout->pairs && !get_word(t, t->layout->pairs, &t->pairs)) ||
	    t->names > t->section.sh_size || t->pairs > t->section.sh_size ||
	    t->n > (t->section.sh_size - t->pairs) / (2U * t->layout->place))
		return -ENOEXEC;
	return 0;
}

static int read_section(struct table *t, const char *name)
{
	int r = elf_find_section(t->image, name, &t->section);

	if (r < 0)
		return r;
	if (t->section.sh_type == SHT_NOBITS)
		return -ENODATA;
	if (t->section.sh_size > ELF_NAMES_MAX)
		return -EFBIG;
	free(t->memory);
	t->bytes = t->memory = malloc(t->section.sh_size + 1);
	if (!t->memory)
		return -ENOMEM;
	t->memory[t->section.sh_size] = '\0';
	return elf_read_at(t->image->fd, t->section.sh_offset, t->memory, t->section.sh_size);
}

/* Somewhere in a section. */
static int search_table(struct table *t)
{
	while (t->section.sh_size >= HEADER) {
		if (layout_of(t->bytes) && read_header(t) >= 0 && t->n)
			return 0;
		t->bytes += WORD;
		t->section.sh_addr += WORD;
		t->section.sh_size -= MIN(t->section.sh_size, WORD);
	}
	return -ENODATA;
}

/* Where the C compiler links a program that can be anywhere, it has put the table among others. */
static int read_table(struct table *t)
{
	int r = read_section(t, ".gopclntab");

	if (r == -ENODATA)
		r = read_section(t, ".data.rel.ro.gopclntab");
	if (r != -ENODATA)
		return r < 0 ? r : read_header(t);
	r = read_section(t, ".data.rel.ro");
	return r < 0 ? r : search_table(t);
}

/* --- where the code is that places count from */

/* What the dynamic loader would write at that address. */
static uint64_t relocated(const struct elf_image *image, uint64_t address)
{
	Elf64_Rela v[512];
	Elf64_Shdr section;

	for (unsigned i = 0; elf_read_section(image, i, &section) >= 0; i++) {
		uint64_t n = section.sh_size / sizeof(*v);

		if (section.sh_type != SHT_RELA || section.sh_size > ELF_NAMES_MAX)
			continue;
		for (uint64_t at = 0; at < n; at += ARRAY_SIZE(v)) {
			size_t count = MIN(n - at, ARRAY_SIZE(v));

			if (elf_read_at(image->fd, section.sh_offset + at * sizeof(*v), v,
					count * sizeof(*v)) < 0)
				break;
			for (size_t j = 0; j < count; j++)
				if (v[j].r_offset == address)
					return (uint64_t)v[j].r_addend;
		}
	}
	return 0;
}

/* The name of what is described at that place. */
static const char *name_of(const struct table *t, uint64_t described)
{
	const uint64_t base = t->layout->pairs ? t->pairs : 0;
	uint64_t name;

	if (described > t->section.sh_size ||
	    !get(t, base + described + t->layout->place, 4, &name) ||
	    t->names + name >= t->section.sh_size || !t->bytes[t->names + name])
		return NULL;
	return (const char *)t->bytes + t->names + name;
}

/* How all programs begin that have not been linked with C's. */
static bool is_start(const struct table *t, uint64_t address)
{
	const unsigned size = t->layout->place;

	for (uint64_t i = 0; i < t->n; i++) {
		uint64_t at = t->pairs + i * 2 * size, place, described;
		const char *name;

		if (!get(t, at, size, &place) || t->text + place != address ||
		    !get(t, at + size, size, &described))
			continue;
		name = name_of(t, described);
		if (name && !strncmp(name, "_rt0_", 5))
			return true;
	}
	return false;
}

/*
 * The word is 0 where the dynamic loader writes it, and where a linker says it nowhere. Then,
 * where all the code is Go's, it begins with the section: so it is if the program begins with Go's
 * own start. Else C's comes first, and every place would be a wrong one.
 */
static int find_text(struct table *t)
{
	unsigned word = t->layout->text;
	Elf64_Ehdr header;
	Elf64_Shdr section;

	if (!word)
		return 0;
	if (!get_word(t, word, &t->text))
		return -ENOEXEC;
	if (!t->text)
		t->text = relocated(t->image, t->section.sh_addr + HEADER + word * WORD);
	if (t->text)
		return 0;
	if (elf_find_section(t->image, ".text", &section) < 0 ||
	    elf_read_at(t->image->fd, 0, &header, sizeof(header)) < 0)
		return -EPROTONOSUPPORT;
	t->text = section.sh_addr;
	return is_start(t, header.e_entry) ? 0 : -EPROTONOSUPPORT;
}

/* --- functions */

static int add_name(const char *name, struct function_set *set)
{
	size_t size = strlen(name) + 1;
	ssize_t to = function_set_text(set, size);

	if (to >= 0)
		memcpy(set->text.data + to, name, size);
	return (int)to;
}

/* What a broken pair says is passed over. */
static int add_function(const struct table *t, uint64_t i, struct function_set *set)
{
	const unsigned size = t->layout->place;
	const uint64_t at = t->pairs + i * 2 * size;
	struct function_entry entry = {0};
	uint64_t place, next, described;
	const char *name;
	int r;

	if (!get(t, at, size, &place) || !get(t, at + size, size, &described) ||
	    elf_image_offset(t->image, t->text + place, &entry.offset) < 0)
		return 0;
	name = name_of(t, described);
	if (!name)
		return 0;
	/* Behind the last is where it ends. */
	if (get(t, at + 2UL * size, size, &next) && next > place && next - place <= UINT32_MAX)
		entry.size = (uint32_t)(next - place);
	r = add_name(name, set);
	if (r < 0)
		return r;
	entry.name = (uint32_t)r;
	return function_set_add(set, &entry);
}

int go_table_add(const struct elf_image *image, struct function_set *set)
{
	struct table t = {.image = image};
	int r = read_table(&t);

	if (r >= 0)
		r = find_text(&t);
	for (uint64_t i = 0; r >= 0 && i < t.n; i++)
		r = add_function(&t, i, set);
	free(t.memory);
	return r < 0 ? r : 0;
}
