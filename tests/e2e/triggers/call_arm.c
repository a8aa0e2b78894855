// SPDX-License-Identifier: Apache-2.0
/*
 * call32 for kernels of arm64: a program for 32-bit Arm, which knows no library.
 * call32 NUMBER ARG... [-- NUMBER ARG...]...: makes these system calls. An argument
 * is a decimal number, or a string after a colon; "[a,b" is a vector of these
 * strings (struct iovec).
 */
typedef unsigned int u32;

struct iovec {
	u32 base, len;
};

static struct iovec vectors[64];
static u32 n_vectors;

static u32 call(u32 number, const u32 *v)
{
	register u32 r0 asm("r0") = v[0], r1 asm("r1") = v[1], r2 asm("r2") = v[2];
	register u32 r3 asm("r3") = v[3], r4 asm("r4") = v[4], r7 asm("r7") = number;

	asm volatile("svc #0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r7) : "memory");
	return r0;
}

static u32 number_of(const char *s)
{
	u32 v = 0, negative = *s == '-';

	for (s += negative; *s; s++)
		v = 10 * v + (u32)(*s - '0');
	return negative ? -v : v;
}

static u32 vector_of(char *s)
{
	struct iovec *v = &vectors[n_vectors];

	for (;;) {
		struct iovec *part = &vectors[n_vectors++];

		part->base = (u32)s;
		for (part->len = 0; *s && *s != ','; s++)
			part->len++;
		if (!*s++)
			return (u32)v;
	}
}

static u32 value_of(char *arg)
{
	if (*arg == '[')
		return vector_of(arg + 1);
	return *arg == ':' ? (u32)(arg + 1) : number_of(arg);
}

static int ends_call(const char *arg)
{
	return arg[0] == '-' && arg[1] == '-';
}

/* What the kernel has put on the stack: the number of arguments, and they. */
__attribute__((used, noreturn)) static void run(u32 *stack)
{
	static u32 v[5];
	char **argv = (char **)(stack + 1);
	u32 argc = stack[0];

	for (u32 i = 1; i < argc; i++) {
		u32 number = value_of(argv[i]);

		for (u32 n = 0; n < 5; n++)
			v[n] = 0;
		for (u32 n = 0; ++i < argc && !ends_call(argv[i]) && n < 5; n++)
			v[n] = value_of(argv[i]);
		call(number, v);
	}
	for (u32 n = 0; n < 5; n++)
		v[n] = 0;
	for (;;)
		call(248, v); /* exit_group */
}

__attribute__((naked)) void _start(void)
{
	asm volatile("mov r0, sp\n"
		     "bl run");
}
