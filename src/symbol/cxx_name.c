// SPDX-License-Identifier: Apache-2.0
#include "symbol/cxx_name.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* The C++ ABI, 3.4. */
typedef char *demangle_function(const char *name, char *to, size_t *size, int *status);

static demangle_function *library(void)
{
	static demangle_function *demangle;
	static bool tried;
	void *handle = tried ? NULL : dlopen(CXX_LIBRARY, RTLD_NOW | RTLD_LOCAL);

	if (handle)
		*(void **)&demangle = dlsym(handle, "__cxa_demangle");
	tried = true;
	return demangle;
}

/* What a letter stands for is no longer, … */
#define LETTER_MAX 20
/* … but for what the ABI abbreviates: std::basic_string<char, …> as "Ss". */
#define ABBREVIATION_MAX 100
/* Of "S_", "S0_", …: one for each of two digits to the base of 36; and one for others. */
#define REFERENCES (36 * 36 + 2)

/* How long a name may become. */
struct estimate {
	const char *at, *end;
	uint64_t total;
	uint64_t known[REFERENCES]; /* what was referred to before */
	uint64_t parameter;         /* 0: to be told anew */
	uint64_t weight;            /* how often what follows is told */
	size_t identifier;          /* letters of one that are left */
	bool has_expressions;
};

static void add(struct estimate *e, uint64_t n, uint64_t weight)
{
	uint64_t more;

	if (__builtin_mul_overflow(n, weight, &more) ||
	    __builtin_add_overflow(e->total, more, &e->total))
		e->total = UINT64_MAX;
}

static bool is_digit(char c)
{
	return isdigit((unsigned char)c) || isupper((unsigned char)c);
}

/* Which is referred to, behind the 'S'. */
static size_t number_of(const char *s, const char *end)
{
	size_t n = 0, digits = 0;

	for (; s < end && digits < 2 && is_digit(*s); s++, digits++)
		n = n * 36 + (size_t)(isdigit((unsigned char)*s) ? *s - '0' : *s - 'A' + 10);
	return s == end || *s != '_' ? REFERENCES - 1 : digits ? n + 1 : 0;
}

/* It is at most what there was before it was referred to first. */
static void add_reference(struct estimate *e)
{
	size_t n = number_of(e->at + 1, e->end);

	if (!e->known[n] || n == REFERENCES - 1)
		e->known[n] = e->total;
	add(e, e->known[n], e->weight);
}

/* It is in the lists of arguments that there are; one of a pack is told once for each. */
static void add_parameter(struct estimate *e, uint64_t members)
{
	if (!e->parameter)
		e->parameter = e->total;
	add(e, e->parameter, e->weight > members ? e->weight / members : 1);
}

/* Of expressions only where there are any: "sp" is part of many words. */
static bool is_pack(const struct estimate *e, char c, char next)
{
	return next == 'p' && (c == 'D' || (c == 's' && (!e->identifier || e->has_expressions)));
}

static void add_letter(struct estimate *e, uint64_t members)
{
	char c = *e->at, next = e->at + 1 < e->end ? e->at[1] : '\0';

	if (c == 'I' || c == 'J' || c == 'E')
		e->parameter = 0;
	if (c == 'S' && (next == '_' || is_digit(next)))
		add_reference(e);
	else if (c == 'S' && islower((unsigned char)next))
		add(e, ABBREVIATION_MAX, e->weight);
	else if (c == 'T' && (next == '_' || isdigit((unsigned char)next)))
		add_parameter(e, members);
	else if (is_pack(e, c, next) && __builtin_mul_overflow(e->weight, members, &e->weight))
		e->weight = UINT64_MAX;
	add(e, e->identifier ? 1 : LETTER_MAX, e->weight);
}

/* What is spelt out, behind its length: it is as long as it is. Numbers that are none are few. */
static void enter_identifier(struct estimate *e)
{
	size_t n = 0;

	if (e->identifier) {
		e->identifier--;
		return;
	}
	for (const char *s = e->at; s < e->end && isdigit((unsigned char)*s) && n < CXX_MANGLED_MAX;
	     s++)
		n = n * 10 + (size_t)(*s - '0');
	if (n && (size_t)(e->end - e->at) > n)
		e->identifier = n + 1;
}

/* How many a pack can have: what is no identifier behind the first, or 1 without any. */
static uint64_t members_of(const char *name, size_t len)
{
	struct estimate e = {.at = memchr(name, 'J', len), .end = name + len};
	uint64_t n = 1;

	for (; e.at && e.at < e.end; e.at++) {
		enter_identifier(&e);
		n += !e.identifier;
	}
	return n;
}

/*
 * A thousand letters can stand for more than there is memory: what was named is referred to
 * again ("S_", "T_"), and what is told for each member of a pack is told many times ("Dp", "sp").
 */
static uint64_t longest(const char *name, size_t len)
{
	struct estimate e = {.at = name,
			     .end = name + len,
			     .total = 1,
			     .weight = 1,
			     .has_expressions = memchr(name, 'X', len)};
	const uint64_t members = members_of(name, len);

	for (; e.at < e.end && e.total <= CXX_NAME_MAX; e.at++) {
		enter_identifier(&e);
		add_letter(&e, members);
	}
	/* A conversion's type may have parameters that are only named behind it. */
	if (memmem(name, len, "cv", 2) && memmem(name, len, "T_", 2))
		add(&e, e.total, len);
	return e.total;
}

int cxx_name_read(const char *name, size_t len, struct str *ret)
{
	char mangled[CXX_MANGLED_MAX + 1], *text;
	demangle_function *demangle;
	int status;

	if (len < 3 || memcmp(name, "_Z", 2) != 0)
		return -EINVAL;
	if (len > CXX_MANGLED_MAX || longest(name, len) > CXX_NAME_MAX)
		return -E2BIG;
	demangle = library();
	if (!demangle)
		return -ELIBACC;
	memcpy(mangled, name, len);
	mangled[len] = '\0';
	text = demangle(mangled, NULL, NULL, &status);
	if (!text)
		return status == -1 ? -ENOMEM : -EINVAL;
	str_reset(ret);
	str_append_z(ret, text);
	free(text);
	return str_cstr(ret) ? 0 : -ENOMEM;
}
