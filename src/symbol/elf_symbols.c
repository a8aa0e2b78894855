// SPDX-License-Identifier: Apache-2.0
#include "symbol/elf_symbols.h"
#include "base/cleanup.h"
#include "symbol/elf_functions.h"
#include "symbol/elf_read.h"

#include <errno.h>
#include <sys/types.h>

/* Symbols that are read at once. */
#define PIECE 1024
/* Of a symbol's version: which, and whether others do not link with it. */
#define VERSION_MASK 0x7fff
#define VERSION_HIDDEN 0x8000

struct table {
	const struct elf_image *image, *names;
	struct function_set *set;
	Elf64_Shdr symbols, strings;
	uint32_t text;      /* where the strings are in the set's */
	Elf64_Shdr numbers; /* the version of each symbol, by number; of size 0: none have */
	uint32_t *versions; /* where their names are in the set's text; 0: none */
};

/* All of it, with a NUL behind it. */
static int read_text(struct table *t)
{
	ssize_t at;
	int r = elf_read_section(t->names, t->symbols.sh_link, &t->strings);

	if (r < 0)
		return r;
	at = t->strings.sh_size < UINT64_MAX ? function_set_text(t->set, t->strings.sh_size + 1)
					     : -EFBIG;
	if (at < 0)
		return (int)at;
	t->text = (uint32_t)at;
	t->set->text.data[at + (ssize_t)t->strings.sh_size] = '\0';
	return elf_read_at(t->names->fd, t->strings.sh_offset, t->set->text.data + at,
			   t->strings.sh_size);
}

static uint32_t text_at(const struct table *t, uint32_t name)
{
	return name < t->strings.sh_size ? t->text + name : 0;
}

/* They follow each other by what each says, always forwards. */
static void take_versions(struct table *t, const char *bytes, size_t size)
{
	Elf64_Verdef version;
	Elf64_Verdaux name;

	for (size_t at = 0; at + sizeof(version) <= size; at += version.vd_next) {
		size_t aux;

		memcpy(&version, bytes + at, sizeof(version));
		aux = at + version.vd_aux;
		if (aux + sizeof(name) > size)
			return;
		memcpy(&name, bytes + aux, sizeof(name));
		/* That of the file as a whole is no version of anything. */
		if (version.vd_ndx <= VERSION_MASK && !(version.vd_flags & VER_FLG_BASE))
			t->versions[version.vd_ndx] = text_at(t, name.vda_name);
		if (!version.vd_next)
			return;
	}
}

static int read_versions(struct table *t)
{
	_cleanup_free_ char *bytes = NULL;
	Elf64_Shdr section;
	int r = elf_find_type(t->names, SHT_GNU_versym, &t->numbers);

	if (r >= 0)
		r = elf_find_type(t->names, SHT_GNU_verdef, &section);
	if (r < 0) {
		t->numbers.sh_size = 0;
		return r == -ENODATA ? 0 : r;
	}
	if (section.sh_size > ELF_NAMES_MAX)
		return -EFBIG;
	t->versions = calloc(VERSION_MASK + 1, sizeof(*t->versions));
	bytes = malloc(section.sh_size + 1);
	if (!t->versions || !bytes)
		return -ENOMEM;
	r = elf_read_at(t->names->fd, section.sh_offset, bytes, section.sh_size);
	if (r >= 0)
		take_versions(t, bytes, section.sh_size);
	return r;
}

/* Linkers write the version into names of SHT_SYMTAB: "f@V", "f@@V" for the default one. */
static void split_name(const struct table *t, struct function_entry *entry)
{
	const char *name = t->set->text.data + entry->name;
	size_t len = function_name_len(name);

	if (!name[len])
		return;
	entry->is_hidden = name[len + 1] != '@';
	entry->version = (uint32_t)(entry->name + len + (entry->is_hidden ? 1 : 2));
}

static int add_symbol(struct table *t, const Elf64_Sym *symbol, uint16_t version)
{
	unsigned type = ELF64_ST_TYPE(symbol->st_info);
	struct function_entry entry = {
		.size = symbol->st_size <= UINT32_MAX ? (uint32_t)symbol->st_size : 0,
		.name = text_at(t, symbol->st_name),
		.is_resolver = type == STT_GNU_IFUNC,
	};

	if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol->st_shndx == SHN_UNDEF ||
	    !entry.name || !t->set->text.data[entry.name] ||
	    elf_image_offset(t->image, symbol->st_value, &entry.offset) < 0)
		return 0;
	split_name(t, &entry);
	if (t->versions && t->versions[version & VERSION_MASK]) {
		entry.version = t->versions[version & VERSION_MASK];
		entry.is_hidden = version & VERSION_HIDDEN;
	}
	return function_set_add(t->set, &entry);
}

static int add_symbols(struct table *t)
{
	const uint64_t n = t->symbols.sh_size / sizeof(Elf64_Sym);
	int r = 0;

	if (t->symbols.sh_size > ELF_NAMES_MAX)
		return -EFBIG;
	for (uint64_t at = 0; at < n && r >= 0; at += PIECE) {
		uint16_t versions[PIECE] = {0};
		Elf64_Sym symbols[PIECE];
		size_t count = MIN(n - at, (uint64_t)PIECE);

		r = elf_read_at(t->names->fd, t->symbols.sh_offset + at * sizeof(*symbols), symbols,
				count * sizeof(*symbols));
		if (r >= 0 && (at + count) * sizeof(*versions) <= t->numbers.sh_size)
			r = elf_read_at(t->names->fd, t->numbers.sh_offset + at * sizeof(*versions),
					versions, count * sizeof(*versions));
		for (size_t i = 0; i < count && r >= 0; i++)
			r = add_symbol(t, &symbols[i], versions[i]);
	}
	return r;
}

int elf_symbols_add(const struct elf_image *image, const struct elf_image *names, uint32_t type,
		    struct function_set *set)
{
	struct table t = {.image = image, .names = names, .set = set};
	int r = elf_find_table(names, type, &t.symbols);

	if (r >= 0)
		r = read_text(&t);
	if (r >= 0 && type == SHT_DYNSYM)
		r = read_versions(&t);
	if (r >= 0)
		r = add_symbols(&t);
	free(t.versions);
	return r;
}
