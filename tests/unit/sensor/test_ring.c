// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/macro.h"
#include "base/str.h"
#include "fake_ring.h"
#include "sensor/ring.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/syscall.h>

#define SIZE ((size_t)64 * 1024)
#define RECORD_MAX ((size_t)8 * 1024)

/* A reader on a ring that we write to ourselves, and what it has read. */
struct scene {
	struct fake_ring fake;
	struct ring *ring;
	struct str seen;
	size_t n;
	void (*also)(struct scene *scene);
	unsigned long released; /* the reader's position when the last record was seen */
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	*state = s;
	fake_ring_open(&s->fake, SIZE);
	return ring_new(s->fake.fd, SIZE, RECORD_MAX, &s->ring);
}

static int teardown(void **state)
{
	struct scene *s = *state;

	ring_free(&s->ring);
	assert_null(s->ring);
	ring_free(&s->ring);
	fake_ring_close(&s->fake);
	str_free(&s->seen);
	free(s);
	return 0;
}

static void see(void *userdata, const void *record, size_t len)
{
	struct scene *s = userdata;

	assert_int_equal((uintptr_t)record % 8, 0);
	str_append(&s->seen, record, len);
	s->n++;
	s->released = *s->fake.consumer;
	if (s->also)
		s->also(s);
}

static size_t drain(struct scene *s)
{
	str_reset(&s->seen);
	s->n = 0;
	return ring_drain(s->ring, SIZE_MAX, RING_ALL, see, s);
}

static void put(struct scene *s, const char *text)
{
	fake_ring_put(&s->fake, text, strlen(text), 0);
}

static void assert_seen(struct scene *s, const char *text)
{
	assert_string_equal(str_cstr(&s->seen), text);
}

/* Both sides go on from the same place, as after some time. */
static void go_to(struct scene *s, unsigned long pos)
{
	*s->fake.consumer = *s->fake.producer = pos;
}

static void an_empty_ring(void **state)
{
	struct scene *s = *state;

	assert_false(ring_pending(s->ring));
	assert_int_equal(drain(s), 0);
}

static void records_in_their_order(void **state)
{
	struct scene *s = *state;

	put(s, "one");
	put(s, "twotwotwo");
	put(s, "");
	put(s, "three!!!");
	assert_true(ring_pending(s->ring));
	assert_int_equal(drain(s), 4);
	assert_seen(s, "onetwotwotwothree!!!");
	assert_false(ring_pending(s->ring));
	/* The space is given back. */
	assert_int_equal(*s->fake.consumer, *s->fake.producer);
	assert_int_equal(drain(s), 0);
}

static void no_more_than_asked_for(void **state)
{
	struct scene *s = *state;

	for (int i = 0; i < 5; i++)
		put(s, "x");
	assert_int_equal(ring_drain(s->ring, 2, RING_ALL, see, s), 2);
	assert_true(ring_pending(s->ring));
	assert_int_equal(ring_drain(s->ring, 0, RING_ALL, see, s), 0);
	assert_int_equal(ring_drain(s->ring, 2, RING_ALL, see, s), 2);
	assert_int_equal(ring_drain(s->ring, 2, RING_ALL, see, s), 1);
	assert_int_equal(s->n, 5);
}

/* At each place where the end of the ring can be within a record. */
static void records_that_wrap_round(void **state)
{
	struct scene *s = *state;
	char text[256];

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = (char)('a' + i % 26);
	text[sizeof(text) - 1] = '\0';
	for (unsigned long back = 8; back <= sizeof(text) + 16; back += 8) {
		go_to(s, 3 * SIZE - back);
		put(s, text);
		put(s, "next");
		assert_int_equal(drain(s), 2);
		assert_int_equal(s->seen.len, sizeof(text) - 1 + 4);
		assert_memory_equal(s->seen.data, text, sizeof(text) - 1);
	}
}

static void the_longest_record_wraps_round(void **state)
{
	struct scene *s = *state;
	char *data = malloc(RECORD_MAX);

	for (size_t i = 0; i < RECORD_MAX; i++)
		data[i] = (char)(i * 31 >> 3);
	go_to(s, SIZE - 16);
	fake_ring_put(&s->fake, data, RECORD_MAX, 0);
	assert_int_equal(drain(s), 1);
	assert_int_equal(s->seen.len, RECORD_MAX);
	assert_memory_equal(s->seen.data, data, RECORD_MAX);
	free(data);
}

static void discarded_records_are_passed_over(void **state)
{
	struct scene *s = *state;

	fake_ring_put(&s->fake, "no", 2, BPF_RINGBUF_DISCARD_BIT);
	put(s, "yes");
	fake_ring_put(&s->fake, "no", 2, BPF_RINGBUF_DISCARD_BIT);
	assert_int_equal(drain(s), 1);
	assert_seen(s, "yes");
	assert_int_equal(*s->fake.consumer, *s->fake.producer);
	/* Also one that wraps, and is longer than any that is wanted. */
	go_to(s, SIZE - 8);
	fake_ring_put(&s->fake, "", 0, 0);
	for (size_t i = 0; i < 2; i++) {
		static const char zeros[RECORD_MAX + 100];

		go_to(s, SIZE - 24);
		fake_ring_put(&s->fake, zeros, sizeof(zeros), BPF_RINGBUF_DISCARD_BIT);
	}
	put(s, "on");
	assert_int_equal(drain(s), 1);
	assert_seen(s, "on");
}

/* What is still being written holds up what is behind it, as it was begun before. */
static void busy_records_are_waited_for(void **state)
{
	struct scene *s = *state;
	unsigned long busy;

	put(s, "a");
	busy = fake_ring_put(&s->fake, "b", 1, BPF_RINGBUF_BUSY_BIT);
	put(s, "c");
	assert_int_equal(drain(s), 1);
	assert_seen(s, "a");
	assert_true(ring_pending(s->ring));
	assert_int_equal(*s->fake.consumer, busy);
	assert_int_equal(drain(s), 0);
	fake_ring_commit(&s->fake, busy, 0);
	assert_int_equal(drain(s), 2);
	assert_seen(s, "bc");

	busy = fake_ring_put(&s->fake, "d", 1, BPF_RINGBUF_BUSY_BIT);
	assert_int_equal(drain(s), 0);
	fake_ring_commit(&s->fake, busy, BPF_RINGBUF_DISCARD_BIT);
	assert_int_equal(drain(s), 0);
	assert_false(ring_pending(s->ring));
}

static void put_another(struct scene *s)
{
	if (s->n < 10)
		put(s, "+");
}

static void records_that_come_meanwhile(void **state)
{
	struct scene *s = *state;

	s->also = put_another;
	put(s, "+");
	assert_int_equal(drain(s), 10);
	assert_seen(s, "++++++++++");
}

/* A writer does not have to wait for the end of a long drain. */
static void space_is_given_back_on_the_way(void **state)
{
	static const char zeros[4096 - BPF_RINGBUF_HDR_SZ];
	struct scene *s = *state;

	for (int i = 0; i < 16; i++)
		fake_ring_put(&s->fake, zeros, sizeof(zeros), 0);
	assert_int_equal(ring_drain(s->ring, 8, RING_ALL, see, s), 8);
	assert_int_equal(s->released, 0);
	assert_int_equal(*s->fake.consumer, 8 * 4096);
	go_to(s, 0);
	for (int i = 0; i < 16; i++)
		fake_ring_put(&s->fake, zeros, sizeof(zeros), 0);
	assert_int_equal(drain(s), 16);
	/* Half of it was free before the last one was seen. */
	assert_int_equal(s->released, 8 * 4096);
	assert_int_equal(*s->fake.consumer, 16 * 4096);
}

static void laps(void **state)
{
	struct scene *s = *state;
	_cleanup_str_ struct str expected = STR_INIT;

	for (unsigned i = 0; i < 20000; i++) {
		char text[64];
		int n = snprintf(text, sizeof(text), "%u-%.*s", i, (int)(i % 50),
				 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");

		put(s, text);
		str_append(&expected, text, (size_t)n);
		if (i % 37)
			continue;
		drain(s);
		assert_int_equal(s->seen.len, expected.len);
		assert_memory_equal(s->seen.data, expected.data, expected.len);
		str_reset(&expected);
	}
	assert_true(*s->fake.consumer > 10 * SIZE);
}

static void what_is_no_ring(void **state)
{
	struct ring *ring = NULL;

	assert_int_equal(ring_new(-1, SIZE, RECORD_MAX, &ring), -EBADF);
	assert_null(ring);
}

/* --- against the kernel's own */

static int bpf(int cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int make_map(uint32_t type, uint32_t key, uint32_t value, uint32_t entries)
{
	union bpf_attr attr = {
		.map_type = type, .key_size = key, .value_size = value, .max_entries = entries};

	return bpf(BPF_MAP_CREATE, &attr);
}

#define KERNEL_RECORD 40

/* Counts its runs in @count and writes each time the number, five times over, to @ring. */
static int make_program(int ring, int count)
{
	const struct bpf_insn insns[] = {
		{BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0},
		{BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0},
		{BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4},
		{BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, count},
		{0, 0, 0, 0, 0},
		{BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem},
		{BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 15, 0},
		{BPF_LDX | BPF_MEM | BPF_DW, 1, 0, 0, 0},
		{BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, 1},
		{BPF_STX | BPF_MEM | BPF_DW, 0, 1, 0, 0},
		{BPF_STX | BPF_MEM | BPF_DW, 10, 1, -48, 0},
		{BPF_STX | BPF_MEM | BPF_DW, 10, 1, -40, 0},
		{BPF_STX | BPF_MEM | BPF_DW, 10, 1, -32, 0},
		{BPF_STX | BPF_MEM | BPF_DW, 10, 1, -24, 0},
		{BPF_STX | BPF_MEM | BPF_DW, 10, 1, -16, 0},
		{BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, ring},
		{0, 0, 0, 0, 0},
		{BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0},
		{BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -48},
		{BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, KERNEL_RECORD},
		{BPF_ALU64 | BPF_MOV | BPF_K, 4, 0, 0, BPF_RB_NO_WAKEUP},
		{BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_ringbuf_output},
		{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
		{BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (uintptr_t)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

static int run(int program, uint32_t times)
{
	static const char packet[64];
	union bpf_attr attr = {.test = {.prog_fd = (uint32_t)program,
					.data_size_in = sizeof(packet),
					.data_in = (uintptr_t)packet,
					.repeat = times}};

	return bpf(BPF_PROG_TEST_RUN, &attr);
}

static void count_up(void *userdata, const void *record, size_t len)
{
	uint64_t *last = userdata;

	assert_int_equal(len, KERNEL_RECORD);
	++*last;
	for (int i = 0; i < 5; i++)
		assert_int_equal(((const uint64_t *)record)[i], *last);
}

static void the_kernels_own(void **state)
{
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	_cleanup_close_ int fd = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, (uint32_t)size);
	_cleanup_close_ int count = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1);
	_cleanup_close_ int program = -1;
	struct ring *ring;
	uint64_t last = 0;

	if (fd >= 0 && count >= 0)
		program = make_program(fd, count);
	if (program < 0 || run(program, 1) < 0) {
		assert_true(errno == EPERM || errno == EACCES || errno == ENOSYS);
		skip();
	}
	assert_int_equal(ring_new(fd, size, KERNEL_RECORD, &ring), 0);
	assert_true(ring_pending(ring));
	assert_int_equal(ring_drain(ring, SIZE_MAX, RING_ALL, count_up, &last), 1);
	/* A record takes 48 bytes with its header, which no page is a multiple of. */
	for (int lap = 0; lap < 1000; lap++) {
		assert_int_equal(run(program, 50), 0);
		assert_int_equal(ring_drain(ring, SIZE_MAX, RING_ALL, count_up, &last), 50);
	}
	assert_false(ring_pending(ring));
	ring_free(&ring);
}

#define scene(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene(an_empty_ring),
		scene(records_in_their_order),
		scene(no_more_than_asked_for),
		scene(records_that_wrap_round),
		scene(the_longest_record_wraps_round),
		scene(discarded_records_are_passed_over),
		scene(busy_records_are_waited_for),
		scene(records_that_come_meanwhile),
		scene(space_is_given_back_on_the_way),
		scene(laps),
		cmocka_unit_test(what_is_no_ring),
		cmocka_unit_test(the_kernels_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
