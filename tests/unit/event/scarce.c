// SPDX-License-Identifier: Apache-2.0
#include "scarce.h"

#include <stdbool.h>
#include <stddef.h>

static bool counting;
static unsigned left;

void scarce_after(unsigned n)
{
	left = n + 1;
	counting = true;
}

int scarce_end(void)
{
	counting = false;
	return left == 0;
}

/* Only one allocation fails: what has to go on without it may allocate again. */
static bool fails(void)
{
	return counting && left > 0 && --left == 0;
}

/* The linker sends calls of malloc() to __wrap_malloc(), and so on. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}
