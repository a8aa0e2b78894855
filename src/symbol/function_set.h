/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SYMBOL_FUNCTION_SET_H
#define OCELLI_SYMBOL_FUNCTION_SET_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Names and places as they are collected from a file: 24 bytes each and the names, which
 * are found by hashes that nobody can make collide.
 */
struct function_entry {
	uint64_t offset;
	uint32_t size;    /* 0: not known */
	uint32_t version; /* in the text; 0: none */
	uint32_t next;    /* of the same hash, 0: none */
	uint32_t name : 30;
	bool is_resolver : 1;
	bool is_hidden : 1; /* the version is not the one that others link with */
};

struct function_set {
	struct str text;
	struct function_entry *v; /* from 1 */
	size_t n, cap;
	uint32_t *heads;
	size_t mask;
	uint64_t key[2];
};

/* Takes that many bytes more, which the caller writes. Returns where they are in the text; -EFBIG
 * above ELF_NAMES_MAX; or -ENOMEM. */
ssize_t function_set_text(struct function_set *set, uint64_t size);

/* ->next is filled in. A name ends at '@', too. Returns 0, -EFBIG above ELF_FUNCTIONS_MAX, or
 * -ENOMEM. */
int function_set_add(struct function_set *set, const struct function_entry *entry);

/* After all were added. Returns 0 or -ENOMEM. */
int function_set_index(struct function_set *set);

/* The first of that name behind @after; 0: none. To begin with, @after is 0. */
uint32_t function_set_find(const struct function_set *set, const char *name, size_t len,
			   uint32_t after);

void function_set_done(struct function_set *set);

static inline const char *function_set_name(const struct function_set *set, uint32_t i)
{
	return set->text.data + set->v[i].name;
}

/* Without the version that may be behind it. */
static inline size_t function_name_len(const char *name)
{
	return *name ? 1 + strcspn(name + 1, "@") : 0;
}

#endif
