// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "grpc/internal.h"

#include <stdlib.h>
#include <string.h>

static struct grpc_message *make(const char *text)
{
	struct grpc_message *m = malloc(sizeof(*m) + strlen(text));

	assert_non_null(m);
	m->refs = 1;
	m->len = strlen(text);
	memcpy(m->data, text, m->len);
	return m;
}

static void add(struct queue *queue, const char *text)
{
	struct grpc_message *m = make(text);

	assert_true(queue_add(queue, m));
	grpc_message_unref(m);
}

static void check_taken(struct queue *queue, size_t len, const char *expected)
{
	uint8_t bytes[64];

	assert_int_equal(queue_take(queue, bytes, len), strlen(expected));
	assert_memory_equal(bytes, expected, strlen(expected));
}

static void in_order_and_in_pieces(void **state)
{
	struct queue queue = {0};

	check_taken(&queue, 10, "");
	add(&queue, "abc");
	add(&queue, "defg");
	assert_int_equal(queue.bytes, 7);
	check_taken(&queue, 2, "ab");
	assert_int_equal(queue.bytes, 5);
	check_taken(&queue, 3, "cde");
	assert_int_equal(queue.n, 1);
	check_taken(&queue, 64, "fg");
	assert_int_equal(queue.n, 0);
	assert_int_equal(queue.bytes, 0);
	queue_free(&queue);
}

/* Growing while the oldest is not at the beginning. */
static void around_the_end(void **state)
{
	struct queue queue = {0};
	size_t added = 0, taken = 0;

	for (size_t i = 0; i < 1000; i++) {
		for (size_t n = i % 7; n; n--)
			add(&queue, (char[]){(char)('a' + added++ % 26), '\0'});
		for (size_t n = i % 5; n && taken < added; n--)
			check_taken(&queue, 1, (char[]){(char)('a' + taken++ % 26), '\0'});
		assert_int_equal(queue.n, added - taken);
	}
	queue_free(&queue);
}

static void one_message_in_several_queues(void **state)
{
	struct queue a = {0}, b = {0};
	struct grpc_message *m = make("same");

	assert_true(queue_add(&a, m) && queue_add(&b, m));
	assert_int_equal(m->refs, 3);
	check_taken(&a, 64, "same");
	assert_int_equal(m->refs, 2);
	queue_free(&b);
	assert_int_equal(m->refs, 1);
	grpc_message_unref(m);
	queue_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order_and_in_pieces),
		cmocka_unit_test(around_the_end),
		cmocka_unit_test(one_message_in_several_queues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
