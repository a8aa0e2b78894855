/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_BTF_READ_H
#define OCELLI_SENSOR_BTF_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;
struct suggest;

/*
 * Types that somebody wrote into a file, which are checked, since libbpf does that
 * from 1.3 on only: what one refers to is there, and no name is one for itself.
 * What there is of structures may still make no sense.
 */

/* Whether they begin as BTF of this machine's byte order does. */
bool btf_is_raw(const void *bytes, size_t size);

/* The structure or union of that name, or a name for one; 0: there is none. */
uint32_t btf_structure(const struct btf *btf, const char *name);

/* Offers the names of all that btf_structure() may find. */
void btf_suggest_structures(const struct btf *btf, struct suggest *suggest);

/* *ret is freed by btf__free(). Returns 0; -EINVAL for what is no such BTF; -ENOMEM. */
int btf_read(const void *bytes, size_t size, struct btf **ret);

#endif
