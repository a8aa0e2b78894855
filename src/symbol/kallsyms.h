/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_KALLSYMS_H
#define OCELLI_SYMBOL_KALLSYMS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The functions of the kernel, as /proc/kallsyms has them: some 5 MB for the
 * 120,000 of a usual kernel.
 */
struct kallsyms {
	struct kernel_function *v; /* by address */
	size_t n, cap;
	char *names; /* each with its NUL */
	size_t names_len, names_cap;
};

struct kernel_function {
	uint64_t address;
	uint32_t name, module; /* in ->names */
};

#define KALLSYMS_INIT ((struct kallsyms){0})

/* So many are read. */
#define KALLSYMS_MAX (1U << 20)

/*
 * Reads them, in place of what there was. Returns 0; -EACCES when the kernel
 * hides its addresses (kernel.kptr_restrict); -EFBIG after KALLSYMS_MAX; -ENOMEM,
 * or what reading fails with. On error there is nothing.
 */
int kallsyms_read(struct kallsyms *symbols, const char *path);
void kallsyms_done(struct kallsyms *symbols);

/* The function that the address is in, going by where functions begin; NULL: it is before all of
 * them, or too far behind the last that can be meant. */
const struct kernel_function *kallsyms_find(const struct kallsyms *symbols, uint64_t address);

static inline const char *kallsyms_text(const struct kallsyms *symbols, uint32_t at)
{
	return symbols->names + at;
}

#endif
