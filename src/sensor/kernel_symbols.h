/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_KERNEL_SYMBOLS_H
#define OCELLI_SENSOR_KERNEL_SYMBOLS_H

#include <stdbool.h>

/* Whether the kernel or a module has a symbol of that name, by /proc/kallsyms, all of which is read
 * for it: 50 ms. */
bool kernel_symbols_has(const char *name);

#endif
