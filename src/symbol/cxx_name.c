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

/* What a letter stands for is no longer, std::basic_string<char, …> included. */
#define LETTER_MAX 80
/* Of "S_", "S0_", …: one for each of two digits to the base of 36. */
#define SUBSTITUTIONS (36 * 36 + 1)

static unsigned digit_of(char c)
{
	return (unsigned)(isdigit((unsigned char)c) ? c - '0' : c - 'A' + 10);
}

/* Which that is, behind its 'S'; SUBSTITUTIONS: none of a length that is met with. */
static unsigned number_of(const char *s, const char *end)
{
	unsigned n = 0, digits = 0;

	for (; s < end && digits < 2 && (isdigit((unsigned char)*s) || isupper((unsigned char)*s));
	     s++, digits++)
		n = n * 36 + digit_of(*s);
	return s == end || *s != '_' ? SUBSTITUTIONS : digits ? n + 1 : 0;
}

static uint64_t times(uint64_t v, uint64_t n)
{
	return v > CXX_NAME_MAX ? v : v * n;
}

/*
 * How long it may become: a thousand letters can stand for more than there is memory, as what
 * was named once is referred to by "S_". That is at most all there was before it was first
 * referred to; a parameter "T_" is at most all there is; and what is told for each of a pack's
 * members ("Dp", "sp") is told once for each letter.
 */
static uint64_t longest(const char *name, size_t len)
{
	uint64_t known[SUBSTITUTIONS + 1] = {0}, total = LETTER_MAX, parameters = 1;
	bool forwards = false;

	for (size_t i = 0; i < len && total <= CXX_NAME_MAX; i++) {
		char c = name[i], next = i + 1 < len ? name[i + 1] : '\0';

		if (c == 'S' &&
		    (next == '_' || isdigit((unsigned char)next) || isupper((unsigned char)next))) {
			uint64_t *k = &known[number_of(name + i + 1, name + len)];

			if (!*k || k == &known[SUBSTITUTIONS])
				*k = total;
			total += *k;
		} else if (c == 'T' && (next == '_' || isdigit((unsigned char)next))) {
			total *= 2;
			parameters++;
		} else if ((c == 'D' || c == 's') && next == 'p') {
			total = times(total, len);
		}
		/* A conversion's type may have parameters that are only named behind it. */
		forwards |= c == 'c' && next == 'v';
		total += LETTER_MAX;
	}
	return forwards ? times(total, parameters) : total;
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
