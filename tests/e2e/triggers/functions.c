// SPDX-License-Identifier: Apache-2.0
/*
 * functions NAME ARG... [-- NAME ARG...]...: calls these functions, with up to ten
 * arguments as word.h has them; "@thing" is a structure, "@lost" one that leads
 * nowhere. All are passed with 64 bits, also where a function takes fewer.
 */
#include "functions.h"
#include "hooked_function.h"
#include "probe_note.h"
#include "word.h"

#include <stdint.h>

/* As somebody else's would be: called by its address, with all that its type says. */
#define FUNCTION(result, name, ...) \
	result name(__VA_ARGS__);   \
	HOOKED result name(__VA_ARGS__)
#define USE(x) __asm__ volatile("" ::"r"(x))

FUNCTION(void, small, int8_t a, uint8_t b, int16_t c, uint16_t d, int32_t e, uint32_t f)
{
	USE(a + b + c + d + e + (int)f);
}

FUNCTION(void, large, int64_t a, uint64_t b, size_t c)
{
	USE((uint64_t)a + b + c);
}

FUNCTION(void, ten, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int8_t g,
	 uint16_t h, const char *i, uint64_t j)
{
	USE(a + b + c + d + e + f + g + h);
	USE(i);
	USE(j);
}

FUNCTION(void, take, const void *p, size_t n)
{
	USE(p);
	USE(n);
}

/* As read() has it. */
FUNCTION(size_t, fill, char *p, size_t n)
{
	memset(p, 'x', n);
	return n;
}

FUNCTION(int8_t, give_s8, long v)
{
	return (int8_t)v;
}

FUNCTION(uint8_t, give_u8, long v)
{
	return (uint8_t)v;
}

FUNCTION(int16_t, give_s16, long v)
{
	return (int16_t)v;
}

FUNCTION(uint16_t, give_u16, long v)
{
	return (uint16_t)v;
}

FUNCTION(int32_t, give_s32, long v)
{
	return (int32_t)v;
}

FUNCTION(uint32_t, give_u32, long v)
{
	return (uint32_t)v;
}

FUNCTION(int64_t, give_s64, long v)
{
	return v;
}

FUNCTION(uint64_t, give_u64, long v)
{
	return (uint64_t)v;
}

/* A static probe whose argument is in memory. */
FUNCTION(void, probe, const void *p)
{
	const void *volatile held = p;

	PROBE_NOTE("functions", "held", 0, "8@%[p]", [p] "m"(held));
}

FUNCTION(const char *, give_text, const char *v)
{
	return v;
}

typedef long function(long, long, long, long, long, long, long, long, long, long);

#define NAMED(f) {#f, (function *)(void *)(f)}

static const struct {
	const char *name;
	function *f;
} functions[] = {
	NAMED(probe),    NAMED(small),    NAMED(large),    NAMED(ten),      NAMED(take),
	NAMED(fill),     NAMED(give_s8),  NAMED(give_u8),  NAMED(give_s16), NAMED(give_u16),
	NAMED(give_s32), NAMED(give_u32), NAMED(give_s64), NAMED(give_u64), NAMED(give_text),
};

static struct leaf leaf = {"a leaf", 5, -9, 0xabcdef0123, {1, -2, 3, -4}};
static struct leaf other = {"another", 1, 1, 1, {0}};
static struct thing next = {.s8 = 1, .words = {"next"}, .text = "sixteen letters!"};
static struct thing thing = {
	.s8 = -8,
	.u64 = UINT64_MAX - 1,
	.point = {-1, 2},
	.inner = 4000000000,
	.leaf = &leaf,
	.leaves = {&leaf, &other},
	.held = {{.low = 1}, {"held", 6, 15, 1ULL << 39, {10, 20, 30, 40}}},
	.next = &next,
	.either = {.text = "either"},
	.kind = KIND_SOME,
	.text = "text",
	.words = {"one", "two"},
};
/* What would be of the kernel, and what is of nobody. */
static struct thing lost = {.leaf = (struct leaf *)UINT64_MAX, .words = {(const char *)8}};

static function *function_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (!strcmp(functions[i].name, name))
			return functions[i].f;
	errno = ENOSYS;
	die(name);
}

static long argument_of(char *arg)
{
	if (!strcmp(arg, "@thing"))
		return (long)&thing;
	return !strcmp(arg, "@lost") ? (long)&lost : word_of(arg);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		function *f = function_of(argv[i]);
		long v[10] = {0};

		for (int n = 0; ++i < argc && strcmp(argv[i], "--") != 0 && n < 10; n++)
			v[n] = argument_of(argv[i]);
		f(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9]);
	}
	return 0;
}
