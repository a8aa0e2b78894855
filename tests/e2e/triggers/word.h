/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_E2E_WORD_H
#define OCELLI_TESTS_E2E_WORD_H

/*
 * What calls are made with: a number, or a string after a colon; bytes in
 * hexadecimal after "="; "[a,b" is a vector of these strings (struct iovec); "end="
 * are bytes at the very end of what can be read; "#1000" so many bytes, counting.
 */
#include "trigger.h"

#include <sys/mman.h>
#include <sys/uio.h>

static inline size_t unhex(const char *from, unsigned char *to)
{
	size_t n = 0;

	for (; from[2 * n]; n++)
		if (sscanf(from + 2 * n, "%2hhx", &to[n]) != 1)
			die(from);
	return n;
}

static inline long bytes_of(const char *hex)
{
	unsigned char *to = malloc(strlen(hex) / 2 + 8);

	if (!to)
		die("malloc");
	unhex(hex, to);
	return (long)to;
}

static inline long bytes_at_the_end(const char *hex)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), n = strlen(hex) / 2;
	char *map =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED || munmap(map + page, page) < 0)
		die("mmap");
	unhex(hex, (unsigned char *)map + page - n);
	return (long)(map + page - n);
}

static inline long vector_of(char *texts)
{
	struct iovec *v = calloc(strlen(texts) + 1, sizeof(*v));
	size_t n = 0;

	if (!v)
		die("calloc");
	for (char *s = texts; s; n++) {
		v[n].iov_base = strsep(&s, ",");
		v[n].iov_len = strlen(v[n].iov_base);
	}
	return (long)v;
}

/* So many bytes, each one more than the one before. */
static inline long many_bytes(const char *count)
{
	size_t n = strtoull(count, NULL, 0);
	unsigned char *to = malloc(n + 1);

	if (!to)
		die("malloc");
	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)i;
	return (long)to;
}

static inline long word_of(char *arg)
{
	if (*arg == '#')
		return many_bytes(arg + 1);
	if (*arg == '=')
		return bytes_of(arg + 1);
	if (!strncmp(arg, "end=", 4))
		return bytes_at_the_end(arg + 4);
	if (*arg == '[')
		return vector_of(arg + 1);
	return *arg == ':' ? (long)(arg + 1) : (long)strtoull(arg, NULL, 0);
}

#endif
