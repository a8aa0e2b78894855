/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_SECURITY_MODULES_H
#define OCELLI_SENSOR_SECURITY_MODULES_H

#include <stdbool.h>
#include <stddef.h>

/* Those that are active, as the kernel lists them. */
#define SECURITY_MODULES "/sys/kernel/security/lsm"

/* Whether @name is in a list of names with commas between them. */
bool security_modules_list(const char *modules, const char *name);

/* The list. Returns 0 or negative errno: it may not be there to be read. */
int security_modules_read(char *ret, size_t size);

#endif
