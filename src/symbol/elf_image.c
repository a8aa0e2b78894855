// SPDX-License-Identifier: Apache-2.0
#include "symbol/elf_image.h"
#include "base/cleanup.h"
#include "symbol/elf_note.h"
#include "symbol/elf_read.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define NOTES_MAX (16U << 10)
#define SECTIONS_MAX 65536U
/* A name that is looked for. */
#define SECTION_NAME_MAX 31
/* Symbols that are read at once. */
#define PIECE 1024

int elf_read_at(int fd, uint64_t offset, void *to, size_t size)
{
	size_t done = 0;

	if (offset > INT64_MAX - size)
		return -ENOEXEC;
	while (done < size) {
		ssize_t n = pread(fd, (char *)to + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENOEXEC;
		done += (size_t)n;
	}
	return 0;
}

/* Returns whether there is room for it. */
static bool add_segment(struct elf_segment *v, size_t *n, const Elf64_Phdr *header)
{
	if (*n == ELF_SEGMENTS_MAX)
		return false;
	v[(*n)++] = (struct elf_segment){header->p_offset, header->p_vaddr, header->p_filesz};
	return true;
}

int elf_image_open(int fd, struct elf_image *ret)
{
	Elf64_Ehdr header;
	int r = elf_read_at(fd, 0, &header, sizeof(header));

	if (r < 0)
		return r;
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    (header.e_phnum && header.e_phentsize != sizeof(Elf64_Phdr)))
		return -ENOEXEC;
	*ret = (struct elf_image){.fd = fd};
	for (unsigned i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr segment;

		r = elf_read_at(fd, header.e_phoff + i * sizeof(segment), &segment,
				sizeof(segment));
		if (r < 0)
			return r;
		if (segment.p_type == PT_LOAD && segment.p_flags & PF_X)
			ret->is_cut |= !add_segment(ret->code, &ret->n_code, &segment);
		if (segment.p_type == PT_LOAD && segment.p_flags & PF_W)
			add_segment(ret->data, &ret->n_data, &segment);
		if (segment.p_type == PT_NOTE)
			add_segment(ret->notes, &ret->n_notes, &segment);
	}
	if (header.e_shentsize == sizeof(Elf64_Shdr)) {
		ret->sections = header.e_shoff;
		ret->n_sections = header.e_shnum;
		ret->section_names = header.e_shstrndx;
	}
	return 0;
}

int elf_image_open_named(int fd, const char *path, struct elf_image *ret, struct error **reterr)
{
	int r = elf_image_open(fd, ret);
	uint8_t ident[EI_NIDENT] = {0};

	if (r == 0)
		return 0;
	if (r != -ENOEXEC && r != -ESPIPE)
		return error_set(reterr, r, "cannot read %s: %s", path, strerror(-r));
	if (elf_read_at(fd, 0, ident, sizeof(ident)) < 0 || memcmp(ident, ELFMAG, SELFMAG) != 0) {
		error_set(reterr, -ENOEXEC, "%s is no ELF file", path);
		if (ident[0] == '#' && ident[1] == '!')
			error_remedy(reterr, "it is a script; name its interpreter");
	} else if (ident[EI_CLASS] != ELFCLASS64) {
		/* It would run here, but has its arguments on the stack, of four bytes each, where
		 * nothing that is told of a call would be what it is. */
		error_set(reterr, -ENOEXEC,
			  "%s is a 32-bit program; only 64-bit ones are supported", path);
	} else if (ident[EI_DATA] != ELFDATA2LSB) {
		error_set(reterr, -ENOEXEC, "%s is for a big-endian machine", path);
	} else {
		error_set(reterr, -ENOEXEC, "%s is a broken ELF file", path);
	}
	return -ENOEXEC;
}

static size_t find_build_id(const char *notes, size_t size, uint8_t *ret)
{
	struct elf_note note;

	for (size_t at = 0; elf_note_next(notes, size, &at, &note);) {
		if (elf_note_is(&note, NT_GNU_BUILD_ID, ELF_NOTE_GNU) && note.size &&
		    note.size <= BUILD_ID_SIZE) {
			memset(ret, 0, BUILD_ID_SIZE);
			memcpy(ret, note.bytes, note.size);
			return note.size;
		}
	}
	return 0;
}

ssize_t elf_image_build_id(const struct elf_image *image, uint8_t *ret)
{
	char notes[NOTES_MAX];

	for (size_t i = 0; i < image->n_notes; i++) {
		const struct elf_segment *segment = &image->notes[i];
		size_t size = MIN(segment->size, sizeof(notes));

		size_t found = 0;

		if (elf_read_at(image->fd, segment->offset, notes, size) >= 0)
			found = find_build_id(notes, size, ret);
		if (found)
			return (ssize_t)found;
	}
	return -ENOENT;
}

int elf_image_address(const struct elf_image *image, uint64_t offset, uint64_t *ret)
{
	for (size_t i = 0; i < image->n_code; i++) {
		const struct elf_segment *segment = &image->code[i];

		if (offset >= segment->offset && offset - segment->offset < segment->size) {
			*ret = offset - segment->offset + segment->address;
			return 0;
		}
	}
	return -ENOENT;
}

int elf_image_offset(const struct elf_image *image, uint64_t address, uint64_t *ret)
{
	for (size_t i = 0; i < image->n_code; i++) {
		const struct elf_segment *segment = &image->code[i];
		uint64_t in = address - segment->address;

		if (address < segment->address || in >= segment->size ||
		    segment->offset > (uint64_t)INT64_MAX - in)
			continue;
		*ret = segment->offset + in;
		return 0;
	}
	return -ENOENT;
}

int elf_read_section(const struct elf_image *image, unsigned section, Elf64_Shdr *ret)
{
	if (section >= image->n_sections)
		return -ENOEXEC;
	return elf_read_at(image->fd, image->sections + section * sizeof(*ret), ret, sizeof(*ret));
}

int elf_find_type(const struct elf_image *image, uint32_t type, Elf64_Shdr *ret)
{
	for (unsigned i = 0; i < image->n_sections; i++) {
		int r = elf_read_section(image, i, ret);

		if (r < 0 || ret->sh_type == type)
			return r;
	}
	return -ENODATA;
}

int elf_find_section(const struct elf_image *image, const char *name, Elf64_Shdr *ret)
{
	char found[SECTION_NAME_MAX + 1];
	size_t size = strlen(name) + 1;
	Elf64_Shdr names;

	if (!image->section_names || size > sizeof(found) ||
	    elf_read_section(image, image->section_names, &names) < 0)
		return -ENODATA;
	for (unsigned i = 0; i < image->n_sections; i++) {
		int r = elf_read_section(image, i, ret);

		if (r < 0)
			return r;
		if (ret->sh_name < names.sh_size && size <= names.sh_size - ret->sh_name &&
		    elf_read_at(image->fd, names.sh_offset + ret->sh_name, found, size) >= 0 &&
		    !memcmp(found, name, size))
			return 0;
	}
	return -ENODATA;
}

int elf_read_whole(const struct elf_image *image, const Elf64_Shdr *section, uint64_t max,
		   char **ret)
{
	_cleanup_free_ char *bytes = NULL;
	int r;

	if (section->sh_size > max)
		return -EFBIG;
	bytes = malloc(section->sh_size + 1);
	if (!bytes)
		return -ENOMEM;
	r = elf_read_at(image->fd, section->sh_offset, bytes, section->sh_size);
	if (r < 0)
		return r;
	bytes[section->sh_size] = '\0';
	*ret = TAKE_PTR(bytes);
	return 0;
}

bool elf_is_name(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

int elf_find_table(const struct elf_image *image, uint32_t type, Elf64_Shdr *ret)
{
	for (unsigned i = 0; i < MIN(image->n_sections, SECTIONS_MAX); i++) {
		int r = elf_read_section(image, i, ret);

		if (r < 0)
			return r;
		if (ret->sh_type == type && ret->sh_entsize == sizeof(Elf64_Sym))
			return 0;
	}
	return -ENODATA;
}

struct search {
	uint64_t address;
	Elf64_Sym best;
	bool found;
};

/* That begins last of those that it can be in. */
static void offer(struct search *search, const Elf64_Sym *symbol)
{
	unsigned type = ELF64_ST_TYPE(symbol->st_info);

	if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol->st_shndx == SHN_UNDEF ||
	    symbol->st_value > search->address ||
	    (symbol->st_size && search->address - symbol->st_value >= symbol->st_size) ||
	    (search->found && symbol->st_value <= search->best.st_value))
		return;
	search->best = *symbol;
	search->found = true;
}

static int search_table(int fd, const Elf64_Shdr *table, uint64_t *left, struct search *search)
{
	Elf64_Sym symbols[PIECE];

	if (table->sh_size > *left)
		return -EDQUOT;
	*left -= table->sh_size;
	for (uint64_t at = 0; at + sizeof(*symbols) <= table->sh_size;) {
		size_t size = MIN(table->sh_size - at, sizeof(symbols));
		int r;

		size -= size % sizeof(*symbols);
		r = elf_read_at(fd, table->sh_offset + at, symbols, size);
		if (r < 0)
			return r;
		for (size_t i = 0; i < size / sizeof(*symbols); i++)
			offer(search, &symbols[i]);
		at += size;
	}
	return search->found ? 0 : -ENODATA;
}

static int read_name(const struct elf_image *image, const Elf64_Shdr *table, uint32_t name,
		     char ret[SYMBOL_NAME_MAX])
{
	Elf64_Shdr strings;
	ssize_t n;
	int r;

	r = elf_read_section(image, table->sh_link, &strings);
	if (r < 0)
		return r;
	if (name >= strings.sh_size || strings.sh_offset > INT64_MAX - strings.sh_size)
		return -ENOEXEC;
	n = pread(image->fd, ret, MIN(strings.sh_size - name, SYMBOL_NAME_MAX - 1),
		  (off_t)(strings.sh_offset + name));
	if (n <= 0)
		return n < 0 ? -errno : -ENOEXEC;
	ret[n] = '\0';
	return ret[0] ? 0 : -ENODATA;
}

int elf_image_symbol(const struct elf_image *image, uint64_t offset, uint64_t *left,
		     char ret[SYMBOL_NAME_MAX])
{
	static const uint32_t types[] = {SHT_SYMTAB, SHT_DYNSYM};
	struct search search = {0};
	Elf64_Shdr table;
	int r = -ENODATA;

	if (elf_image_address(image, offset, &search.address) < 0)
		return -ENODATA;
	for (size_t i = 0; i < ARRAY_SIZE(types) && r == -ENODATA; i++) {
		r = elf_find_table(image, types[i], &table);
		if (r >= 0)
			r = search_table(image->fd, &table, left, &search);
	}
	return r < 0 ? r : read_name(image, &table, search.best.st_name, ret);
}
