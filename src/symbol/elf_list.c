// SPDX-License-Identifier: Apache-2.0
#include "symbol/elf_list.h"
#include "base/cleanup.h"
#include "symbol/elf_read.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* <sys/sdt.h>: the type of a note, and the words before its strings: where it is, … */
#define NOTE_PROBE 3
#define PROBE_WORDS 3

/* All of a section, with a NUL behind it. */
static int read_section(const struct elf_image *image, const Elf64_Shdr *section, char **ret)
{
	_cleanup_free_ char *bytes = NULL;
	int r;

	if (section->sh_size > ELF_LIST_MAX)
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

static bool is_printable(const char *s)
{
	if (!*s)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

static size_t aligned(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* Two strings behind the words; the third is how its arguments are found. */
static int tell_probe(const char *bytes, size_t size,
		      int (*each)(const char *, const char *, void *), void *data)
{
	size_t at = PROBE_WORDS * sizeof(uint64_t), provider, name;

	if (size <= at || bytes[size - 1])
		return 0;
	provider = strlen(bytes + at);
	if (at + provider + 1 >= size)
		return 0;
	name = at + provider + 1;
	return is_printable(bytes + at) && is_printable(bytes + name)
		       ? each(bytes + at, bytes + name, data)
		       : 0;
}

static int list_notes(const char *notes, size_t size,
		      int (*each)(const char *, const char *, void *), void *data)
{
	static const char owner[] = "stapsdt";
	int r = 0;

	for (size_t at = 0; r >= 0 && size - at >= sizeof(Elf64_Nhdr);) {
		Elf64_Nhdr note;
		size_t name, bytes;

		memcpy(&note, notes + at, sizeof(note));
		name = at + sizeof(note);
		bytes = name + aligned(note.n_namesz);
		if (bytes > size || note.n_descsz > size - bytes)
			return 0;
		if (note.n_type == NOTE_PROBE && note.n_namesz == sizeof(owner) &&
		    !memcmp(notes + name, owner, sizeof(owner)))
			r = tell_probe(notes + bytes, note.n_descsz, each, data);
		at = bytes + aligned(note.n_descsz);
		if (at > size)
			break;
	}
	return r;
}

int elf_list_probes(const struct elf_image *image,
		    int (*each)(const char *provider, const char *name, void *data), void *data)
{
	uint64_t left = ELF_LIST_MAX;
	Elf64_Shdr section;
	int r = image->n_sections ? 0 : -ENODATA;

	for (unsigned i = 0; i < image->n_sections && r >= 0; i++) {
		_cleanup_free_ char *notes = NULL;

		r = elf_read_section(image, i, &section);
		if (r < 0 || section.sh_type != SHT_NOTE)
			continue;
		if (section.sh_size > left)
			return -EFBIG;
		left -= section.sh_size;
		r = read_section(image, &section, &notes);
		if (r >= 0)
			r = list_notes(notes, section.sh_size, each, data);
	}
	return r < 0 ? r : 0;
}
