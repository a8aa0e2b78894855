// SPDX-License-Identifier: Apache-2.0
#include "symbol/elf_note.h"

#include <elf.h>
#include <string.h>

static size_t aligned(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

bool elf_note_next(const char *notes, size_t size, size_t *at, struct elf_note *ret)
{
	Elf64_Nhdr header;
	size_t owner, bytes;

	if (*at > size || size - *at < sizeof(header))
		return false;
	memcpy(&header, notes + *at, sizeof(header));
	owner = *at + sizeof(header);
	bytes = owner + aligned(header.n_namesz);
	if (bytes > size || header.n_descsz > size - bytes)
		return false;
	*ret = (struct elf_note){header.n_type, notes + owner, header.n_namesz, notes + bytes,
				 header.n_descsz};
	*at = bytes + aligned(header.n_descsz);
	return true;
}

bool elf_note_is(const struct elf_note *note, uint32_t type, const char *owner)
{
	return note->type == type && note->owner_size == strlen(owner) + 1 &&
	       !memcmp(note->owner, owner, note->owner_size);
}
