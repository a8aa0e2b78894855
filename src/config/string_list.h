/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CONFIG_STRING_LIST_H
#define OCELLI_CONFIG_STRING_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A list of strings, each of its own allocation. All zero is the empty list. */
struct strings {
	char **v;
	size_t n;
};

/* Adds a copy of @len bytes of @s. Returns 0 or -ENOMEM. */
int strings_add(struct strings *list, const char *s, size_t len);

/* Moves everything in @from to the end of @to. Returns 0, or -ENOMEM with both as they were. */
int strings_move(struct strings *to, struct strings *from);

bool strings_contain(const struct strings *list, const char *s);
bool strings_equal(const struct strings *a, const struct strings *b);

/* Frees the content; the list is empty after. */
void strings_free(struct strings *list);

#define _cleanup_strings_ __attribute__((cleanup(strings_free)))

#endif
