/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_USDT_H
#define OCELLI_SYMBOL_USDT_H

#include "base/error.h"
#include "symbol/elf_image.h"

#include <sys/types.h>

/*
 * The static probes (USDT) that an ELF file has: notes of <sys/sdt.h> (SystemTap)
 * say where each is, and where it has its arguments. Nothing in the file is
 * believed, as elf_image.h has it; names are of printable ASCII, others are passed
 * over.
 */

/* So much of a file's notes is read. */
#define USDT_NOTES_MAX (16U << 20)
/* Of one probe, those that notes tell of twice included. */
#define USDT_LOCATIONS_MAX 4096U

struct usdt_location {
	uint64_t offset;    /* in the file */
	uint64_t semaphore; /* likewise: 16 bits, the number of those who want to know; 0: none */
	const char *args;   /* as compiler and assembler wrote them: any bytes */
};

/*
 * Each place of the probe, by offset; those without code are none. Returns how
 * many, 0: there is no such probe; *ret is the caller's to free() in one piece.
 * Errors do not name the file.
 */
ssize_t usdt_find(const struct elf_image *image, const char *provider, const char *name,
		  struct usdt_location **ret, struct error **reterr);

/* Adds to the error, that there is no such probe, which may have been meant. */
void usdt_remedy(const struct elf_image *image, const char *provider, const char *name,
		 struct error **reterr);

/*
 * Calls @each with the names of each place of a probe. Returns 0; -ENODATA without a
 * table of sections; -EFBIG when its notes are larger than USDT_NOTES_MAX; what
 * reading fails with; or what @each returns below 0, which ends it.
 */
int usdt_list(const struct elf_image *image,
	      int (*each)(const char *provider, const char *name, void *data), void *data);

#endif
