/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_ELF_NOTE_H
#define OCELLI_SYMBOL_ELF_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One of the notes that a section or segment of an ELF file has, one behind the other. */
struct elf_note {
	uint32_t type;
	const char *owner; /* its last byte is NUL, unless it lies */
	size_t owner_size;
	const char *bytes;
	size_t size;
};

/* Takes the one that begins *at so far into @notes, and moves *at to the next. Returns false when
 * no whole one is left. */
bool elf_note_next(const char *notes, size_t size, size_t *at, struct elf_note *ret);

bool elf_note_is(const struct elf_note *note, uint32_t type, const char *owner);

#endif
