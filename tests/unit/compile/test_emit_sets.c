// SPDX-License-Identifier: Apache-2.0
#include "abi/hook.h"
#include "base/macro.h"
#include "compile/emit_case.h"
#include "compile/evaluate.h"
#include "compile/machine.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- large sets */

#define MANY 3000
#define TRIES 2000

struct many {
	char text[MANY][96];
	struct bytes strings[MANY];
	struct network networks[MANY];
	struct test test;
	struct capture capture;
	struct plan_selector selector;
	struct plan plan;
};

static void one_of_many(char *to, size_t size)
{
	static const char *const folders[] = {"/usr/bin", "/usr/lib", "/u",
					      "",         LONG,       "/usr/libexec/"};
	int n = snprintf(to, size, "%s%s%x", folders[pick(ARRAY_SIZE(folders))], pick(2) ? "/" : "",
			 pick(pick(2) ? 40 : 100000));

	if (pick(3) == 0)
		snprintf(to + n, size - (size_t)n, "/%u", pick(30));
}

static void fill_many(struct many *m, enum test_kind kind, size_t n)
{
	*m = (struct many){
		.test = {.kind = kind, .n = n, .negate = pick(2)},
		.capture = {.kind = CAPTURE_STRING},
		.selector = {.n = 1, .actions.post = true},
		.plan = {.name = "plan", .n_captures = 1, .n_selectors = 1},
	};
	m->plan.captures = &m->capture;
	m->plan.selectors = &m->selector;
	m->selector.tests = &m->test;
	for (size_t i = 0; i < n; i++) {
		one_of_many(m->text[i], sizeof(m->text[i]));
		m->strings[i] = (struct bytes){m->text[i], strlen(m->text[i])};
	}
	m->test.strings = m->strings;
}

/* One of them, or nearly. */
static struct bytes nearly_one(const struct many *m, char *to, size_t size)
{
	const struct bytes *of = &m->strings[pick((uint32_t)m->test.n)];
	size_t len = of->len, left = pick(3) ? 0 : pick((uint32_t)MIN(len, 4) + 1);

	memcpy(to, of->s, len + 1);
	if (pick(4) == 0)
		to[len -= left] = '\0';
	if (pick(4) == 0 && len)
		to[pick((uint32_t)len)] = "0/f"[pick(3)];
	if (pick(4) == 0)
		snprintf(to + len, size - len, "%u", pick(100));
	if (pick(4) == 0) {
		memmove(to + left, to, strlen(to) + 1);
		memcpy(to, "////", left);
	}
	return (struct bytes){to, strlen(to)};
}

/* Returns whether it is told. */
static bool is_told_as_evaluated(struct code *code, const struct plan *plan, const void *arg,
				 const struct value *v, size_t steps)
{
	static struct machine m;
	uint64_t args[] = {(uint64_t)arg};
	bool expected = evaluate(plan, v, NULL) != NO_SELECTOR;

	machine_run(&m, code, "plan", args);
	if (m.posted != expected)
		fail_msg("%.*s: %d is not %d", (int)v->string.len, v->string.s, m.posted, expected);
	assert_true(m.steps < steps);
	return m.posted;
}

/* However many there are, a value costs few instructions. */
static void strings_are_found_among_many(void **state)
{
	static const size_t sizes[] = {1, 2, 5, 60, MANY};
	static struct many m;
	size_t told = 0;
	char text[200];

	seed = 1;
	for (size_t i = 0; i < 3 * ARRAY_SIZE(sizes) * 2; i++) {
		struct code code = CODE_INIT;

		fill_many(&m, TEST_EQUAL + i % 3, sizes[i / 3 % ARRAY_SIZE(sizes)]);
		assert_int_equal(emit_one(&code, &m.plan, &backend), 0);
		assert_int_equal(code_finish(&code), 0);
		for (size_t j = 0; j < TRIES; j++) {
			struct value v = {.string = nearly_one(&m, text, sizeof(text))};

			told += is_told_as_evaluated(&code, &m.plan, text, &v,
						     m.test.kind == TEST_POSTFIX ? 1000 : 250);
		}
		code_done(&code);
	}
	assert_in_range(told, 10 * TRIES, 20 * TRIES);
}

static void fill_networks(struct many *m, size_t n)
{
	fill_many(m, TEST_NETWORKS, 0);
	m->test.n = n;
	m->test.networks = m->networks;
	m->capture = (struct capture){.kind = CAPTURE_READ, .reader = reader_of(ARG_TYPE_SOCK)};
	m->test.field = m->capture.reader->layout->fields[PART_DADDR];
	m->test.family = m->capture.reader->layout->fields[PART_FAMILY];
	for (size_t i = 0; i < n; i++) {
		struct network *of = &m->networks[i];

		of->v6 = pick(2);
		of->prefix = 8 + pick(of->v6 ? 121 : 25);
		for (unsigned bit = 0; bit < of->prefix; bit++)
			/* Few firsts, many lasts. */
			if (bit < 60 ? pick(20) == 0 : pick(2))
				of->address[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	}
}

static void addresses_are_found_among_many_networks(void **state)
{
	static const size_t sizes[] = {1, 2, 5, 60, MANY};
	static struct machine_value value;
	static struct many m;
	size_t told = 0;

	seed = 1;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
		struct code code = CODE_INIT;

		fill_networks(&m, sizes[i % ARRAY_SIZE(sizes)]);
		assert_int_equal(emit_one(&code, &m.plan, &backend), 0);
		assert_int_equal(code_finish(&code), 0);
		for (size_t j = 0; j < TRIES; j++) {
			const struct network *of = &m.networks[pick((uint32_t)m.test.n)];
			uint16_t family = of->v6 ? 10 : 2;
			struct value v = {0};

			memcpy(value.bytes + m.test.family.offset, &family, sizeof(family));
			memcpy(value.bytes + m.test.field.offset, of->address, 16);
			for (uint32_t k = pick(3); k; k--)
				value.bytes[m.test.field.offset + pick(of->v6 ? 16 : 4)] ^=
					(char)(1 << pick(8));
			value.size = sizeof(struct value_sock);
			v.string = (struct bytes){value.bytes, value.size};
			told += is_told_as_evaluated(&code, &m.plan, &value, &v, 250);
		}
		code_done(&code);
	}
	assert_in_range(told, 3 * TRIES, 7 * TRIES);
}

static void more_strings_than_there_is_room_for(void **state)
{
	static const struct bytes word = {"x", 1};
	struct capture captures[HOOK_STRINGS + 1];
	struct test tests[HOOK_STRINGS + 1];
	struct plan_selector selector = {.tests = tests, .actions.post = true};
	struct plan plan = {.name = "plan",
			    .n_captures = ARRAY_SIZE(captures),
			    .captures = captures,
			    .n_selectors = 1,
			    .selectors = &selector};

	for (unsigned i = 0; i <= HOOK_STRINGS; i++) {
		captures[i] = (struct capture){.kind = CAPTURE_STRING, .place = i};
		tests[i] =
			(struct test){.kind = TEST_EQUAL, .capture = i, .n = 1, .strings = &word};
	}
	for (selector.n = HOOK_STRINGS; selector.n <= HOOK_STRINGS + 1; selector.n++) {
		struct code code = CODE_INIT;

		assert_int_equal(emit_one(&code, &plan, &backend),
				 selector.n > HOOK_STRINGS ? -E2BIG : 0);
		code_done(&code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_found_among_many),
		cmocka_unit_test(addresses_are_found_among_many_networks),
		cmocka_unit_test(more_strings_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
