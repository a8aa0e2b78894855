// SPDX-License-Identifier: Apache-2.0
#include "symbol/function_set.h"
#include "base/macro.h"
#include "base/siphash.h"
#include "symbol/elf_functions.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static_assert(sizeof(struct function_entry) == 24, "there are many");
static_assert(ELF_NAMES_MAX < 1U << 30, "places of names have 30 bits");

ssize_t function_set_text(struct function_set *set, uint64_t size)
{
	size_t at;

	if (size > ELF_NAMES_MAX - set->text.len)
		return -EFBIG;
	at = set->text.len;
	if (!str_reserve(&set->text, size))
		return -ENOMEM;
	set->text.len += size;
	return (ssize_t)at;
}

int function_set_add(struct function_set *set, const struct function_entry *entry)
{
	if (set->n == ELF_FUNCTIONS_MAX)
		return -EFBIG;
	if (set->n + 1 >= set->cap) {
		size_t more = set->cap ? 2 * set->cap : 1024;
		struct function_entry *v = reallocarray(set->v, more, sizeof(*v));

		if (!v)
			return -ENOMEM;
		set->v = v;
		set->cap = more;
	}
	set->v[++set->n] = *entry;
	return 0;
}

static size_t place_of(const struct function_set *set, const char *name, size_t len)
{
	return siphash(set->key, name, len) & set->mask;
}

int function_set_index(struct function_set *set)
{
	size_t places = 1024;

	while (places < set->n)
		places *= 2;
	set->heads = calloc(places, sizeof(*set->heads));
	if (!set->heads)
		return -ENOMEM;
	set->mask = places - 1;
	if (getrandom(set->key, sizeof(set->key), 0) != sizeof(set->key))
		return -errno;
	for (uint32_t i = (uint32_t)set->n; i; i--) {
		const char *name = function_set_name(set, i);
		uint32_t *head = &set->heads[place_of(set, name, function_name_len(name))];

		set->v[i].next = *head;
		*head = i;
	}
	return 0;
}

uint32_t function_set_find(const struct function_set *set, const char *name, size_t len,
			   uint32_t after)
{
	uint32_t i = after ? set->v[after].next : set->heads[place_of(set, name, len)];

	for (; i; i = set->v[i].next) {
		const char *found = function_set_name(set, i);

		if (!strncmp(found, name, len) && function_name_len(found) == len)
			return i;
	}
	return 0;
}

void function_set_done(struct function_set *set)
{
	str_free(&set->text);
	free(set->v);
	free(set->heads);
}
