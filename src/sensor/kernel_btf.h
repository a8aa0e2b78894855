/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_KERNEL_BTF_H
#define OCELLI_SENSOR_KERNEL_BTF_H

#include <stdbool.h>

/*
 * Whether something of the running kernel's types has this name: a type, a
 * member, a function. Looks at the names alone, in two milliseconds where libbpf
 * takes twenty to understand the types. False also when there is no BTF.
 */
bool kernel_btf_names(const char *name);

#endif
