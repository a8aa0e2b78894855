// SPDX-License-Identifier: Apache-2.0
#include "symbol/kallsyms.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* No function of the kernel is longer, by far: what is behind is of something that came later. */
#define FUNCTION_MAX (1U << 20)

void kallsyms_done(struct kallsyms *s)
{
	free(s->v);
	free(s->names);
	*s = KALLSYMS_INIT;
}

static int put_name(struct kallsyms *s, const char *name, uint32_t *ret)
{
	size_t size = strlen(name) + 1;

	if (s->names_len + size > s->names_cap) {
		size_t cap = 2 * s->names_cap + (64 << 10);
		char *names = realloc(s->names, cap);

		if (!names)
			return -ENOMEM;
		s->names = names;
		s->names_cap = cap;
	}
	*ret = (uint32_t)s->names_len;
	memcpy(s->names + s->names_len, name, size);
	s->names_len += size;
	return 0;
}

/* Those of one module come one after the other. */
static int put_module(struct kallsyms *s, const char *name, uint32_t *ret)
{
	uint32_t last = s->n ? s->v[s->n - 1].module : 0;

	if (!name[0]) {
		*ret = 0;
		return 0;
	}
	if (last && !strcmp(s->names + last, name)) {
		*ret = last;
		return 0;
	}
	return put_name(s, name, ret);
}

static int add(struct kallsyms *s, uint64_t address, const char *name, const char *module)
{
	struct kernel_function f = {.address = address};
	int r;

	if (s->n == KALLSYMS_MAX)
		return -EFBIG;
	if (s->n == s->cap) {
		size_t cap = 2 * s->cap + 4096;
		struct kernel_function *v = reallocarray(s->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		s->v = v;
		s->cap = cap;
	}
	r = put_module(s, module, &f.module);
	if (r >= 0)
		r = put_name(s, name, &f.name);
	if (r >= 0)
		s->v[s->n++] = f;
	return r;
}

/* "ffffffff81000000 T _stext", "ffffffffc0000000 t init\t[module]" */
static int add_line(struct kallsyms *s, char *line)
{
	char *end, *name, *module;
	uint64_t address = strtoull(line, &end, 16);

	if (end[0] != ' ' || !end[1] || !strchr("tTwW", end[1]) || end[2] != ' ')
		return 0;
	name = end + 3;
	name[strcspn(name, "\n")] = '\0';
	module = name + strcspn(name, "\t ");
	if (*module) {
		*module++ = '\0';
		module += *module == '[';
		module[strcspn(module, "]")] = '\0';
	}
	return add(s, address, name, module);
}

static int by_address(const void *a, const void *b)
{
	const struct kernel_function *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->name > y->name) - (x->name < y->name);
}

static int check(const struct kallsyms *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].address)
			return 0;
	return -EACCES;
}

int kallsyms_read(struct kallsyms *s, const char *path)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	uint32_t none;
	size_t cap = 0;
	int r;

	kallsyms_done(s);
	if (!f)
		return -errno;
	/* What has no module. */
	r = put_name(s, "", &none);
	while (r >= 0 && getline(&line, &cap, f) >= 0)
		r = add_line(s, line);
	if (r >= 0)
		r = check(s);
	if (r < 0) {
		kallsyms_done(s);
		return r;
	}
	qsort(s->v, s->n, sizeof(*s->v), by_address);
	return 0;
}

const struct kernel_function *kallsyms_find(const struct kallsyms *s, uint64_t address)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->v[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || address - s->v[low - 1].address > FUNCTION_MAX)
		return NULL;
	/* Of several names the first that the kernel has. */
	while (low > 1 && s->v[low - 2].address == s->v[low - 1].address)
		low--;
	return &s->v[low - 1];
}
