/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_REGISTERS_H
#define OCELLI_COMPILE_REGISTERS_H

#include "base/suggest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The machine's registers by the names that assembly has for them and for parts of them. */
struct register_part {
	uint16_t offset; /* in the kernel's struct pt_regs */
	uint8_t shift, bits;
};

/* Returns whether there is one; else @suggest has which may have been meant. */
bool register_find(const char *name, size_t len, struct register_part *ret,
		   struct suggest *suggest);

#endif
