// SPDX-License-Identifier: Apache-2.0
/*
 * What hits.c calls, and monitors hook: a file of which each of them has a copy of its own, so
 * that none sees another's probes. work() begins as most functions do, by making a frame.
 */
/* The place of the probe has a name, for who hooks it by hand. */
#define PROBE_INSTRUCTION                 \
	".globl probe_place\n"            \
	".type probe_place, %%function\n" \
	"probe_place: nop\n"              \
	".size probe_place, . - probe_place"
#include "support/hooked_function.h"
#include "support/probe_note.h"

/* The compiler must not know that it could do without. */
#define SEAL() __asm__ volatile("" ::: "memory")

/* So that what calls it has a frame. */
static HOOKED int rest(int number)
{
	SEAL();
	return number;
}

HOOKED int work(int number, const char *text)
{
	return rest(number) + !text;
}

HOOKED int probed(int number, const char *text)
{
	PROBE(bench, hit, number, text, 3L);
	return number + !text;
}

/* clang-format off */
/* 5,000 functions: many_0000 to many_4999. */
#define MANY_1(n) HOOKED int many_##n(int x) { SEAL(); return x; }
#define MANY_10(n) \
	MANY_1(n##0) MANY_1(n##1) MANY_1(n##2) MANY_1(n##3) MANY_1(n##4) \
	MANY_1(n##5) MANY_1(n##6) MANY_1(n##7) MANY_1(n##8) MANY_1(n##9)
#define MANY_100(n) \
	MANY_10(n##0) MANY_10(n##1) MANY_10(n##2) MANY_10(n##3) MANY_10(n##4) \
	MANY_10(n##5) MANY_10(n##6) MANY_10(n##7) MANY_10(n##8) MANY_10(n##9)
#define MANY_1000(n) \
	MANY_100(n##0) MANY_100(n##1) MANY_100(n##2) MANY_100(n##3) MANY_100(n##4) \
	MANY_100(n##5) MANY_100(n##6) MANY_100(n##7) MANY_100(n##8) MANY_100(n##9)

MANY_1000(0) MANY_1000(1) MANY_1000(2) MANY_1000(3) MANY_1000(4)
