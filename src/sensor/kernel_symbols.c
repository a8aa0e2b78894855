// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel_symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "ffffffff81000000 T name\t[module]"; ends the name. NULL: the line is none of these. */
static char *name_in(char *line)
{
	char *type = strchr(line, ' ');

	if (!type || !type[1] || type[2] != ' ')
		return NULL;
	type[3 + strcspn(type + 3, "\t\n")] = '\0';
	return type + 3;
}

static int add(struct kernel_symbols *s, const char *name)
{
	size_t size = strlen(name) + 1;
	char *copy = arena_alloc(&s->names, size);

	if (s->n == s->cap) {
		size_t cap = s->cap * 2 + 4096;
		const char **v = reallocarray(s->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->v = v;
		s->cap = cap;
	}
	if (!copy)
		return -ENOMEM;
	s->v[s->n++] = memcpy(copy, name, size);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int kernel_symbols_read(struct kernel_symbols *ret, FILE *file)
{
	struct kernel_symbols s = {0};
	char line[1024];
	int r = 0;

	while (r >= 0 && fgets(line, sizeof(line), file)) {
		const char *name = name_in(line);

		if (name)
			r = add(&s, name);
	}
	if (r < 0) {
		kernel_symbols_done(&s);
		return r;
	}
	if (s.n)
		qsort(s.v, s.n, sizeof(*s.v), by_name);
	*ret = s;
	return 0;
}

bool kernel_symbols_has(const struct kernel_symbols *symbols, const char *name)
{
	return symbols->n && bsearch(&name, symbols->v, symbols->n, sizeof(*symbols->v), by_name);
}

void kernel_symbols_done(struct kernel_symbols *symbols)
{
	free(symbols->v);
	arena_done(&symbols->names);
	*symbols = (struct kernel_symbols){0};
}
