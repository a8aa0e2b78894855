/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_PROBE_NOTE_H
#define OCELLI_TESTS_PROBE_NOTE_H

/*
 * Static probes (USDT) for programs of tests, as <sys/sdt.h> of SystemTap makes
 * them, so that building them takes no package:
 *
 *	PROBE(shop, sold, id, price);             up to 12 arguments, or none
 *	PROBE_SEMAPHORE(shop, asked);             once, outside of functions
 *	if (PROBE_IS_WANTED(shop, asked))
 *		PROBE_WITH_SEMAPHORE(shop, asked, id);
 *	PROBE_NOTE("shop", "raw", 0, "8@$%c[x]", [x] "n"(5));
 *
 * The note's format: https://sourceware.org/systemtap/wiki/UserSpaceProbeImplementation
 */

/* What is executed where a probe is. */
#ifndef PROBE_INSTRUCTION
#define PROBE_INSTRUCTION "nop"
#endif

/* @semaphore: a symbol, or 0. @args and operands as of asm(). */
#define PROBE_NOTE(provider, name, semaphore, args, ...)                      \
	__asm__ volatile("990: " PROBE_INSTRUCTION "\n"                       \
			 ".pushsection .note.stapsdt,\"?\",%%note\n"          \
			 ".balign 4\n"                                        \
			 ".4byte 992f-991f, 994f-993f, 3\n"                   \
			 "991: .asciz \"stapsdt\"\n"                          \
			 "992: .balign 4\n"                                   \
			 "993: .8byte 990b, _.stapsdt.base, " #semaphore "\n" \
			 ".asciz \"" provider "\"\n"                          \
			 ".asciz \"" name "\"\n"                              \
			 ".asciz \"" args "\"\n"                              \
			 "994: .balign 4\n"                                   \
			 ".popsection\n"                                      \
			 ".ifndef _.stapsdt.base\n"                           \
			 ".pushsection .stapsdt.base,\"aG\",%%progbits,"      \
			 ".stapsdt.base,comdat\n"                             \
			 ".weak _.stapsdt.base\n"                             \
			 ".hidden _.stapsdt.base\n"                           \
			 "_.stapsdt.base: .space 1\n"                         \
			 ".size _.stapsdt.base, 1\n"                          \
			 ".popsection\n"                                      \
			 ".endif\n" ::__VA_ARGS__)

#define PROBE_SEMAPHORE(provider, name)                      \
	extern unsigned short provider##_##name##_semaphore; \
	__attribute__((used, visibility("hidden"),           \
		       section(".probes"))) unsigned short provider##_##name##_semaphore

#define PROBE_IS_WANTED(provider, name) \
	__builtin_expect(*(volatile unsigned short *)&provider##_##name##_semaphore, 0)

#define PROBE(provider, name, ...) PROBE_MADE(provider, name, 0, ##__VA_ARGS__)
#define PROBE_WITH_SEMAPHORE(provider, name, ...) \
	PROBE_MADE(provider, name, provider##_##name##_semaphore, ##__VA_ARGS__)

/* A size is negative if the argument is signed; %n turns a sign round. */
#define PROBE_SIZE(x)                                   \
	_Generic((x),                                   \
		signed char: 1,                         \
		char: (char)-1 < 0 ? 1 : -1,            \
		short: 2,                               \
		int: 4,                                 \
		long: 8,                                \
		long long: 8,                           \
		default: -(int)sizeof(__extension__({   \
			 __auto_type probe_value = (x); \
			 probe_value;                   \
		 })))

/* One operand, by its number, and where it may be: a constant, in memory, in a register. */
#define PROBE_OPERAND(i, x) PROBE_OPERAND_IN(i, "nor", x)
#define PROBE_OPERAND_IN(i, where, x) [s##i] "n"(PROBE_SIZE(x)), [a##i] where(x)
#define PROBE_TEXT(i) "%n[s" #i "]@%[a" #i "]"

#define PROBE_TEXT_0 ""
#define PROBE_TEXT_1 PROBE_TEXT(1)
#define PROBE_TEXT_2 PROBE_TEXT_1 " " PROBE_TEXT(2)
#define PROBE_TEXT_3 PROBE_TEXT_2 " " PROBE_TEXT(3)
#define PROBE_TEXT_4 PROBE_TEXT_3 " " PROBE_TEXT(4)
#define PROBE_TEXT_5 PROBE_TEXT_4 " " PROBE_TEXT(5)
#define PROBE_TEXT_6 PROBE_TEXT_5 " " PROBE_TEXT(6)
#define PROBE_TEXT_7 PROBE_TEXT_6 " " PROBE_TEXT(7)
#define PROBE_TEXT_8 PROBE_TEXT_7 " " PROBE_TEXT(8)
#define PROBE_TEXT_9 PROBE_TEXT_8 " " PROBE_TEXT(9)
#define PROBE_TEXT_10 PROBE_TEXT_9 " " PROBE_TEXT(10)
#define PROBE_TEXT_11 PROBE_TEXT_10 " " PROBE_TEXT(11)
#define PROBE_TEXT_12 PROBE_TEXT_11 " " PROBE_TEXT(12)

#define PROBE_OPERANDS_0()
#define PROBE_OPERANDS_1(a) PROBE_OPERAND(1, a)
#define PROBE_OPERANDS_2(a, b) PROBE_OPERANDS_1(a), PROBE_OPERAND(2, b)
#define PROBE_OPERANDS_3(a, b, c) PROBE_OPERANDS_2(a, b), PROBE_OPERAND(3, c)
#define PROBE_OPERANDS_4(a, b, c, d) PROBE_OPERANDS_3(a, b, c), PROBE_OPERAND(4, d)
#define PROBE_OPERANDS_5(a, b, c, d, e) PROBE_OPERANDS_4(a, b, c, d), PROBE_OPERAND(5, e)
#define PROBE_OPERANDS_6(a, b, c, d, e, f) PROBE_OPERANDS_5(a, b, c, d, e), PROBE_OPERAND(6, f)
#define PROBE_OPERANDS_7(a, b, c, d, e, f, g) \
	PROBE_OPERANDS_6(a, b, c, d, e, f), PROBE_OPERAND(7, g)
#define PROBE_OPERANDS_8(a, b, c, d, e, f, g, h) \
	PROBE_OPERANDS_7(a, b, c, d, e, f, g), PROBE_OPERAND(8, h)
#define PROBE_OPERANDS_9(a, b, c, d, e, f, g, h, i) \
	PROBE_OPERANDS_8(a, b, c, d, e, f, g, h), PROBE_OPERAND(9, i)
#define PROBE_OPERANDS_10(a, b, c, d, e, f, g, h, i, j) \
	PROBE_OPERANDS_9(a, b, c, d, e, f, g, h, i), PROBE_OPERAND(10, j)
#define PROBE_OPERANDS_11(a, b, c, d, e, f, g, h, i, j, k) \
	PROBE_OPERANDS_10(a, b, c, d, e, f, g, h, i, j), PROBE_OPERAND(11, k)
#define PROBE_OPERANDS_12(a, b, c, d, e, f, g, h, i, j, k, l) \
	PROBE_OPERANDS_11(a, b, c, d, e, f, g, h, i, j, k), PROBE_OPERAND(12, l)

#define PROBE_COUNT(...) PROBE_COUNT_(_, ##__VA_ARGS__, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define PROBE_COUNT_(_, a, b, c, d, e, f, g, h, i, j, k, l, n, ...) n
#define PROBE_MADE(provider, name, semaphore, ...) \
	PROBE_MADE_(PROBE_COUNT(__VA_ARGS__), provider, name, semaphore, ##__VA_ARGS__)
#define PROBE_MADE_(n, ...) PROBE_MADE_N(n, __VA_ARGS__)
#define PROBE_MADE_N(n, provider, name, semaphore, ...) \
	PROBE_NOTE(#provider, #name, semaphore, PROBE_TEXT_##n, PROBE_OPERANDS_##n(__VA_ARGS__))

#endif
