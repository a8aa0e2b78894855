// SPDX-License-Identifier: Apache-2.0
#include "config/string_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int reserve(struct strings *list, size_t n)
{
	char **v = reallocarray(list->v, list->n + n, sizeof(*v));

	if (!v)
		return -ENOMEM;
	list->v = v;
	return 0;
}

int strings_add(struct strings *list, const char *s, size_t len)
{
	char *copy = strndup(s, len);

	if (!copy || reserve(list, 1) < 0) {
		free(copy);
		return -ENOMEM;
	}
	list->v[list->n++] = copy;
	return 0;
}

int strings_move(struct strings *to, struct strings *from)
{
	if (from->n == 0)
		return 0;
	if (reserve(to, from->n) < 0)
		return -ENOMEM;
	memcpy(to->v + to->n, from->v, from->n * sizeof(*from->v));
	to->n += from->n;
	from->n = 0;
	strings_free(from);
	return 0;
}

bool strings_contain(const struct strings *list, const char *s)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->v[i], s))
			return true;
	return false;
}

bool strings_equal(const struct strings *a, const struct strings *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i], b->v[i]) != 0)
			return false;
	return true;
}

void strings_free(struct strings *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->v[i]);
	free(list->v);
	*list = (struct strings){0};
}
