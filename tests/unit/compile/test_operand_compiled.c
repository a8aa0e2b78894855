// SPDX-License-Identifier: Apache-2.0

/*
 * What a compiler makes of arguments, run: each probe traps, and what its operands
 * are worth there has to be what the program says. Built at several levels of
 * optimization, which put things in different places.
 */

#if defined(__x86_64__)
#define PROBE_INSTRUCTION "int3"
#elif defined(__aarch64__)
#define PROBE_INSTRUCTION "brk #0"
#endif

#include "base/cleanup.h"
#include "base/macro.h"
#include "compile/operand.h"
#include "support/probe_note.h"
#include "symbol/usdt.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/user.h>
#include <ucontext.h>
#include <unistd.h>

#define VALUES_MAX 16
#define PLACES_MAX 64

/* What each operand of the next probe has to be. */
static struct {
	uint64_t v[VALUES_MAX];
	size_t n;
	unsigned hits, unknown;
	char wrong[256];
} expected;

struct place {
	uint64_t pc;
	const struct operand *v;
	size_t n;
};

static struct {
	struct arena arena;
	struct place v[PLACES_MAX];
	size_t n;
	uint64_t moved; /* the program, from where it was linked to be */
} places;

static int through[2]; /* a pipe */

/* --- in the handler */

static void read_registers(const ucontext_t *from, struct user_regs_struct *to)
{
#if defined(__x86_64__)
	const greg_t *g = from->uc_mcontext.gregs;

	*to = (struct user_regs_struct){.r8 = g[REG_R8],
					.r9 = g[REG_R9],
					.r10 = g[REG_R10],
					.r11 = g[REG_R11],
					.r12 = g[REG_R12],
					.r13 = g[REG_R13],
					.r14 = g[REG_R14],
					.r15 = g[REG_R15],
					.rdi = g[REG_RDI],
					.rsi = g[REG_RSI],
					.rbp = g[REG_RBP],
					.rbx = g[REG_RBX],
					.rdx = g[REG_RDX],
					.rax = g[REG_RAX],
					.rcx = g[REG_RCX],
					.rsp = g[REG_RSP],
					.rip = g[REG_RIP] - 1 /* it was executed */};
#elif defined(__aarch64__)
	memcpy(to->regs, from->uc_mcontext.regs, sizeof(to->regs));
	to->sp = from->uc_mcontext.sp;
	to->pc = from->uc_mcontext.pc;
#endif
}

static uint64_t begin_of(const struct user_regs_struct *regs)
{
#if defined(__x86_64__)
	return regs->rip;
#elif defined(__aarch64__)
	return regs->pc;
#endif
}

static void go_on(ucontext_t *to)
{
#if defined(__aarch64__)
	to->uc_mcontext.pc += 4;
#endif
}

/* What cannot be read must not end the test: the kernel looks at the address. */
static bool read_own(void *context, void *to, size_t size, uint64_t from)
{
	return write(through[1], (const void *)from, size) == (ssize_t)size &&
	       read(through[0], to, size) == (ssize_t)size;
}

static void check(const struct place *place, const struct user_regs_struct *regs)
{
	if (place->n != expected.n)
		snprintf(expected.wrong, sizeof(expected.wrong), "%zu operands, not %zu", place->n,
			 expected.n);
	for (size_t i = 0; i < MIN(place->n, expected.n); i++) {
		const struct operand *op = &place->v[i];
		uint64_t value = 0;
		int r = operand_value(op, regs, read_own, NULL, &value);

		expected.unknown += op->kind == OPERAND_UNKNOWN;
		if (op->kind != OPERAND_UNKNOWN && (r < 0 || value != expected.v[i]))
			snprintf(expected.wrong, sizeof(expected.wrong),
				 "%.*s: %d, %#llx, not %#llx", (int)op->len, op->text, r,
				 (unsigned long long)value, (unsigned long long)expected.v[i]);
	}
}

static void trapped(int signal, siginfo_t *info, void *context)
{
	struct user_regs_struct regs;

	read_registers(context, &regs);
	for (size_t i = 0; i < places.n; i++)
		if (places.v[i].pc == begin_of(&regs))
			check(&places.v[i], &regs);
	expected.hits++;
	go_on(context);
}

/* --- probes */

#define EXPECT(...)                                         \
	do {                                                \
		const uint64_t values[] = {__VA_ARGS__};    \
		memcpy(expected.v, values, sizeof(values)); \
		expected.n = ARRAY_SIZE(values);            \
		expected.hits = expected.unknown = 0;       \
		expected.wrong[0] = '\0';                   \
	} while (0)

#define WAS_HIT(times)                                   \
	do {                                             \
		assert_string_equal(expected.wrong, ""); \
		assert_int_equal(expected.hits, times);  \
	} while (0)

/* What no compiler foresees. */
static volatile int zero;

#define S(x) ((uint64_t)(int64_t)(x))

static __attribute__((noinline)) void of_all_sizes(signed char a, unsigned char b, short c,
						   unsigned short d, int e, unsigned f, long g,
						   unsigned long h, const void *i)
{
	PROBE(test, sizes, a, b, c, d, e, f, g, h, i);
	PROBE(test, sizes, a, b, c, d, e, f, g, h, i);
}

static void test_sizes(void **state)
{
	EXPECT(S(-1), 0xfe, S(-3), 0xfffc, S(-5), 0xfffffffa, S(-7), S(-8), S(&expected));
	of_all_sizes(-1, 0xfe, -3, 0xfffc, -5 + zero, 0xfffffffa, -7 + zero, -8UL, &expected);
	WAS_HIT(2);
	assert_int_equal(expected.unknown, 0);
	EXPECT(127, 1, 32767, 2, 0x7fffffff, 3, INT64_MAX, 4, 0);
	of_all_sizes(127, 1, 32767, 2, 0x7fffffff, 3, INT64_MAX, 4, NULL);
	WAS_HIT(2);
}

static __attribute__((noinline)) void of_constants(void)
{
	PROBE(test, constants, 5, -5, 4000000000U, (unsigned char)255, (signed char)-1, INT64_MIN,
	      UINT64_MAX, (short)-2);
}

static void test_constants(void **state)
{
	EXPECT(5, S(-5), 4000000000, 255, S(-1), S(INT64_MIN), UINT64_MAX, S(-2));
	of_constants();
	WAS_HIT(1);
	assert_int_equal(expected.unknown, 0);
}

struct thing {
	long first;
	int numbers[8];
	signed char bytes[4];
	struct thing *next;
};

/* Addresses with an index, with something added, with both. */
static __attribute__((noinline)) void of_memory(const struct thing *t, const long *longs,
						const unsigned short *shorts, long i, int j)
{
	PROBE_NOTE(
		"test", "memory", 0, PROBE_TEXT_8, PROBE_OPERAND_IN(1, "m", longs[i]),
		PROBE_OPERAND_IN(2, "m", longs[i - 2]), PROBE_OPERAND_IN(3, "m", t->numbers[i]),
		PROBE_OPERAND_IN(4, "m", t->bytes[i - 1]), PROBE_OPERAND_IN(5, "m", t->next->first),
		PROBE_OPERAND_IN(6, "m", shorts[(unsigned)j]),
		PROBE_OPERAND_IN(7, "m", t->numbers[j]), PROBE_OPERAND_IN(8, "m", shorts[j + 1]));
}

static void test_memory(void **state)
{
	struct thing next = {.first = -77},
		     t = {.numbers = {0, 1, 2, -3}, .bytes = {0, 0, -9}, .next = &next};
	const long longs[] = {10, 11, 12, INT64_MIN};
	const unsigned short shorts[] = {0x8000, 0x8001, 0x8002, 0x8003};

	EXPECT(S(INT64_MIN), 11, S(-3), S(-9), S(-77), 0x8002, 2, 0x8003);
	of_memory(&t + zero, longs + zero, shorts + zero, 3 + zero, 2 + zero);
	WAS_HIT(1);
	assert_int_equal(expected.unknown, 0);
}

/* More than there are registers. */
static __attribute__((noinline)) long of_twelve(long a, long b, long c, long d, long e, long f,
						long g, int h)
{
	volatile long on_stack = a + b;
	long x = a * b, y = c * d, z = e * f;

	PROBE(test, twelve, a, b, c, d, e, f, g, h, x, y, z, on_stack);
	return x + y + z + a + b + c + d + e + f + g + h;
}

static void test_twelve(void **state)
{
	EXPECT(1, 2, 3, 4, 5, 6, S(-7), S(-8), 2, 12, 30, 3);
	assert_int_equal(of_twelve(1 + zero, 2 + zero, 3 + zero, 4 + zero, 5 + zero, 6 + zero,
				   -7 + zero, -8 + zero),
			 50);
	WAS_HIT(1);
	assert_int_equal(expected.unknown, 0);
}

static void test_more_than_headers_have(void **state)
{
	EXPECT(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13);
	PROBE_NOTE("test", "thirteen", 0, PROBE_TEXT_12 " 8@%[a13]",
		   PROBE_OPERANDS_12(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), [a13] "n"(13));
	WAS_HIT(1);
	assert_int_equal(expected.unknown, 0);
}

/* What compilers would write if they thought it better. */
#if defined(__x86_64__)
#define WRITTEN "8@(%[base],%[index],8) 8@-8(%[base],%[index],8) 1@%h[high] -4@%k[high]"
#define WRITTEN_OPERAND [high] "Q"(0x80fe01L + zero)
#elif defined(__aarch64__)
#define WRITTEN                                                                        \
	"8@[%[base], %[index], lsl 3] 8@[%[base], 16] 8@[%[base], %w[index], sxtw 3] " \
	"-4@%w[high] 8@xzr"
#define WRITTEN_OPERAND [high] "r"(0x80fe01L + zero)
#endif

static void test_written(void **state)
{
	const long longs[] = {10, 11, 12, 13};

#if defined(__x86_64__)
	EXPECT(13, 12, 0xfe, 0x80fe01);
#elif defined(__aarch64__)
	EXPECT(13, 12, 13, 0x80fe01, 0);
#endif
	PROBE_NOTE("test", "written", 0, WRITTEN, [base] "r"(longs + zero), [index] "r"(3L + zero),
		   WRITTEN_OPERAND, "m"(longs));
	WAS_HIT(1);
}

/* --- */

static int find_moved(struct dl_phdr_info *info, size_t size, void *data)
{
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && segment->p_flags & PF_X)
			places.moved = info->dlpi_addr + segment->p_vaddr - segment->p_offset;
	}
	/* The first is the program. */
	return 1;
}

static void add_places(const struct elf_image *image, const char *name)
{
	_cleanup_free_ struct usdt_location *v = NULL;
	ssize_t n = usdt_find(image, "test", name, &v, NULL);

	assert_true(n > 0);
	for (ssize_t i = 0; i < n; i++) {
		struct place *place = &places.v[places.n++];
		ssize_t operands = operands_parse(v[i].args, &places.arena, &place->v);

		assert_true(operands > 0);
		place->n = (size_t)operands;
		place->pc = v[i].offset + places.moved;
		if (getenv("VERBOSE"))
			printf("%s: %s\n", name, v[i].args);
	}
}

static int setup(void **state)
{
	static const char *const names[] = {"sizes",  "constants", "memory",
					    "twelve", "thirteen",  "written"};
	const struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
	_cleanup_close_ int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct elf_image image;

	assert_int_equal(pipe2(through, O_CLOEXEC), 0);
	assert_int_equal(elf_image_open(fd, &image), 0);
	dl_iterate_phdr(find_moved, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		add_places(&image, names[i]);
	return sigaction(SIGTRAP, &action, NULL);
}

static int teardown(void **state)
{
	arena_done(&places.arena);
	close(through[0]);
	close(through[1]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_twelve),
		cmocka_unit_test(test_more_than_headers_have),
		cmocka_unit_test(test_written),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
