// SPDX-License-Identifier: Apache-2.0
/*
 * call32 [-r] [x32] NUMBER ARG... [-- NUMBER ARG...]...: makes system calls as 32-bit
 * programs do, by their numbers in the table of i386, or in that of x32. An argument
 * is a number, or a string after a colon; bytes in hexadecimal after "="; "[a,b" is a vector of
 * these strings (struct compat_iovec). With -r it says what each returned. Ends with 77 where there
 * are no such calls.
 */
#include "trigger.h"

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define NO_CALLS 77

struct compat_iovec {
	uint32_t base, len;
};

/* arch/x86/include/uapi/asm/unistd.h: __X32_SYSCALL_BIT */
#define X32_BIT 0x40000000L

static char *room; /* whose addresses have 32 bits */
static int no_x32;

static void *take(size_t n)
{
	char *at = room;

	room += (n + 7) & ~7UL;
	return at;
}

static uint32_t string_of(const char *text)
{
	return (uint32_t)(uintptr_t)strcpy(take(strlen(text) + 1), text);
}

static uint32_t vector_of(char *texts)
{
	struct compat_iovec *v = take((strlen(texts) + 1) * sizeof(*v));
	size_t n = 0;

	for (char *s = texts, *part; s; n++) {
		part = strsep(&s, ",");
		v[n].base = string_of(part);
		v[n].len = (uint32_t)strlen(part);
	}
	return (uint32_t)(uintptr_t)v;
}

static uint32_t bytes_of(const char *hex)
{
	unsigned char *to = take(strlen(hex) / 2 + 1);

	for (size_t n = 0; hex[2 * n]; n++)
		if (sscanf(hex + 2 * n, "%2hhx", &to[n]) != 1)
			die(hex);
	return (uint32_t)(uintptr_t)to;
}

static uint32_t value_of(char *arg)
{
	if (*arg == '=')
		return bytes_of(arg + 1);
	if (*arg == '[')
		return vector_of(arg + 1);
	return *arg == ':' ? string_of(arg + 1) : (uint32_t)strtoull(arg, NULL, 0);
}

static int call_x32(uint32_t number, const uint32_t *v)
{
	int r = (int)syscall(X32_BIT | number, v[0], v[1], v[2], v[3], v[4]);

	no_x32 |= r < 0 && errno == ENOSYS;
	return r < 0 ? -errno : r;
}

static int call_i386(uint32_t number, const uint32_t *v)
{
	long r;

	asm volatile("int $0x80"
		     : "=a"(r)
		     : "a"(number), "b"(v[0]), "c"(v[1]), "d"(v[2]), "S"(v[3]), "D"(v[4])
		     : "memory", "r8", "r9", "r10", "r11");
	return (int)r;
}

static void no_calls(int signal)
{
	_exit(NO_CALLS);
}

int main(int argc, char **argv)
{
	int (*call)(uint32_t, const uint32_t *) = call_i386;
	bool tells = argc > 1 && !strcmp(argv[1], "-r");

	argc -= tells;
	argv += tells;
	if (argc > 1 && !strcmp(argv[1], "x32")) {
		call = call_x32;
		argc--;
		argv++;
	}
	signal(SIGSEGV, no_calls);
	room = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		    -1, 0);
	if (room == MAP_FAILED)
		die("mmap");
	for (int i = 1; i < argc; i++) {
		uint32_t number = value_of(argv[i]), v[5] = {0};
		int r;

		for (int n = 0; ++i < argc && strcmp(argv[i], "--") != 0 && n < 5; n++)
			v[n] = value_of(argv[i]);
		r = call(number, v);
		if (tells)
			say("%d\n", r);
	}
	return no_x32 ? NO_CALLS : 0;
}
