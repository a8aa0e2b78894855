// SPDX-License-Identifier: Apache-2.0
/* Functions and static probes of its own, to be hooked: calls those that its arguments name, and
 * says what they returned. */
#include "support/hooked_function.h"
#include "support/probe_note.h"
#include "trigger.h"

PROBE_SEMAPHORE(shop, asked);

/* The compiler must not know that it could do without the call. */
static void seal(void)
{
	__asm__ volatile("" ::: "memory");
}

HOOKED static int add(int a, int b)
{
	seal();
	return a + b;
}

HOOKED static int measure(const char *s, const void *buf, size_t size)
{
	seal();
	return (int)(strlen(s) + size) + ((const char *)buf)[0];
}

HOOKED static const char *name_of(int number)
{
	static const char *const names[] = {"zero", "one", "two"};

	seal();
	return number >= 0 && number < 3 ? names[number] : "many";
}

HOOKED static int factorial(int n)
{
	int less = n < 2 ? 1 : factorial(n - 1);

	seal();
	return n < 2 ? 1 : n * less;
}

/* In memory that nobody has touched so far: what is hooked has to wait for it. */
static const char untouched[] __attribute__((aligned(65536))) = "untouched";
static const char end[65536] __attribute__((aligned(65536), unused)) = "";

HOOKED static int peek(const char *s)
{
	seal();
	return !!s;
}

HOOKED static int sell(int id, const char *what)
{
	volatile int price = 10 * id;

	PROBE_NOTE("shop", "sold", 0, "-8@%[id] -4@%[price] 8@%[what]", [id] "r"((long)id),
		   [price] "m"(price), [what] "r"(what));
	if (PROBE_IS_WANTED(shop, asked))
		PROBE_WITH_SEMAPHORE(shop, asked, what);
	seal();
	return price;
}

/* The probes that published policies are about. */
HOOKED static int publish(int a, int b)
{
	volatile int first = a;

	PROBE(test, usdt3, a, (long)b);
	PROBE_NOTE("tetragon", "test_4B", 0, "-4@%[first] -8@%[second] -4@%[third]",
		   [first] "m"(first), [second] "r"((long)b), [third] "n"(3));
	return first;
}

/* As fast as it can be. */
static int flood(int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += add(i, -i);
	return sum;
}

static int call(char **argv)
{
	const char *what = argv[0];

	if (!strcmp(what, "add"))
		say("{\"add\": %d}\n", add(atoi(argv[1]), atoi(argv[2])));
	else if (!strcmp(what, "measure"))
		say("{\"measure\": %d}\n", measure(argv[1], argv[2], strlen(argv[2])));
	else if (!strcmp(what, "name_of"))
		say("{\"name_of\": \"%s\"}\n", name_of(atoi(argv[1])));
	else if (!strcmp(what, "factorial"))
		say("{\"factorial\": %d}\n", factorial(atoi(argv[1])));
	else if (!strcmp(what, "flood"))
		say("{\"flood\": %d}\n", flood(atoi(argv[1])));
	else if (!strcmp(what, "peek"))
		say("{\"peek\": %d}\n", peek(untouched));
	else if (!strcmp(what, "sell"))
		say("{\"sell\": %d}\n", sell(atoi(argv[1]), argv[2]));
	else if (!strcmp(what, "publish"))
		say("{\"publish\": %d}\n", publish(atoi(argv[1]), atoi(argv[2])));
	else
		return 0;
	if (!strcmp(what, "peek"))
		return 1;
	return !strcmp(what, "name_of") || !strcmp(what, "factorial") || !strcmp(what, "flood") ? 2
												: 3;
}

int main(int argc, char **argv)
{
	argv++;
	while (*argv) {
		int n = call(argv);

		if (!n)
			die(*argv);
		argv += n;
	}
	return 0;
}
