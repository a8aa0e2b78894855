// SPDX-License-Identifier: Apache-2.0
/*
 * probed WORD...: passes static probes of the provider "test", that which each word
 * is the name of. All have the same values each time:
 *
 *	none     no arguments
 *	numbers  one of each size and sign: -1, 254, -3, 65532, -5, 4294967290, -7, 8
 *	text     the word behind it, its length
 *	memory   a number in an array, -3; one that a pointer of a struct leads to, 77
 *	places   1 at the first place, 2 and 20 at the second, 3 at the third
 *	many     1 to 12
 *	float    1.5, 42: the first is in a register that hooks do not see
 *	wanted   how many want to know; says that, and is passed only if somebody does
 *	set      a number in memory, 7; says what it is behind the probe
 */
#include "support/probe_note.h"
#include "trigger.h"

PROBE_SEMAPHORE(test, wanted);

/* What no compiler foresees. */
static volatile int zero;

#define SOME(type, value) ((type)((value) + (type)zero))

static const char *none(const char *next)
{
	PROBE(test, none);
	return next;
}

static const char *numbers(const char *next)
{
	PROBE(test, numbers, SOME(signed char, -1), SOME(unsigned char, 254), SOME(short, -3),
	      SOME(unsigned short, 65532), SOME(int, -5), SOME(unsigned, 4294967290),
	      SOME(long, -7), SOME(unsigned long, 8));
	return next;
}

static const char *text(const char *next)
{
	PROBE(test, text, next, strlen(next));
	return NULL;
}

static const char *memory(const char *next)
{
	struct node {
		struct node *next;
		long value;
	} second = {NULL, 77}, first = {&second, 7}, *node = &first + zero;
	int array[] = {-1, -2, -3, -4}, *from = array + zero;
	long i = 2 + zero;

	PROBE_NOTE("test", "memory", 0, PROBE_TEXT_2, PROBE_OPERAND_IN(1, "m", from[i]),
		   PROBE_OPERAND_IN(2, "m", node->next->value));
	return next;
}

static const char *places(const char *next)
{
	volatile long third = 3 + zero;

	PROBE(test, places, 1);
	PROBE(test, places, SOME(unsigned short, 2), 20);
	PROBE(test, places, third);
	return next;
}

static const char *many(const char *next)
{
	long z = zero;

	PROBE(test, many, z + 1, z + 2, z + 3, 4, z + 5, 6, 7, z + 8, 9, 10, 11, 12);
	return next;
}

#if defined(__x86_64__)
#define FLOAT_REGISTER "8f@%[a1]"
#define IN_FLOAT_REGISTER "x"
#elif defined(__aarch64__)
#define FLOAT_REGISTER "8f@%d[a1]"
#define IN_FLOAT_REGISTER "w"
#endif

static const char *of_float(const char *next)
{
	PROBE_NOTE("test", "float", 0,
		   FLOAT_REGISTER " " PROBE_TEXT(2), [a1] IN_FLOAT_REGISTER(1.5 + zero),
		   PROBE_OPERAND(2, 42 + zero));
	return next;
}

static const char *wanted(const char *next)
{
	say("%u\n", test_wanted_semaphore);
	if (PROBE_IS_WANTED(test, wanted))
		PROBE_WITH_SEMAPHORE(test, wanted, SOME(unsigned, test_wanted_semaphore));
	return next;
}

static const char *set(const char *next)
{
	volatile int number = 7;

	PROBE_NOTE("test", "set", 0, PROBE_TEXT(1), PROBE_OPERAND_IN(1, "m", number));
	say("%d\n", number);
	return next;
}

static const struct {
	const char *name;
	const char *(*pass)(const char *next); /* returns NULL if it took the word behind it */
} probes[] = {
	{"none", none},      {"numbers", numbers}, {"text", text},
	{"memory", memory},  {"places", places},   {"many", many},
	{"float", of_float}, {"wanted", wanted},   {"set", set},
};

/* Returns the word to go on with. */
static char **pass(char **words)
{
	const char *next = words[1] ? words[1] : "";

	for (size_t i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(words[0], probes[i].name))
			return probes[i].pass(next) || !words[1] ? words + 1 : words + 2;
	errno = EINVAL;
	die(words[0]);
}

int main(int argc, char **argv)
{
	for (char **word = argv + 1; *word;)
		word = pass(word);
	return 0;
}
