// SPDX-License-Identifier: Apache-2.0
#include "compile/verdicts.h"
#include "abi/hook.h"
#include "base/macro.h"
#include "compile/emit_case.h"
#include "compile/machine.h"
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* As many selectors as there are tests, each for one path. */
struct paths {
	char names[HOOK_TESTS + 1][16];
	struct bytes strings[HOOK_TESTS + 1];
	struct process_test tests[HOOK_TESTS + 1];
	struct plan_selector selectors[HOOK_TESTS + 1];
	struct plan plan;
};

static void fill_paths(struct paths *p, size_t n)
{
	*p = (struct paths){.plan = {.name = "plan", .n_selectors = n, .selectors = p->selectors}};
	for (size_t i = 0; i < n; i++) {
		snprintf(p->names[i], sizeof(p->names[i]), "/bin/%zu", i);
		p->strings[i] = (struct bytes){p->names[i], strlen(p->names[i])};
		p->tests[i].value = PROCESS_IMAGE;
		p->tests[i].test.kind = TEST_EQUAL;
		p->tests[i].test.n = 1;
		p->tests[i].test.strings = &p->strings[i];
		p->selectors[i].n_process = 1;
		p->selectors[i].process = &p->tests[i];
		p->selectors[i].actions.post = true;
	}
}

static void more_paths_than_a_word_has_bits(void **state)
{
	static struct machine m;
	static struct paths p;
	struct verdicts verdicts = {0};
	struct code code = CODE_INIT;

	fill_paths(&p, HOOK_TESTS);
	verdicts_begin(&verdicts, NULL);
	assert_int_equal(verdicts_add(&verdicts, &p.plan), 0);
	assert_int_equal(verdicts.n, HOOK_TESTS);
	assert_int_equal(emit_one(&code, &p.plan, &backend), 0);
	emit_verdicts(&code, &verdicts);
	assert_int_equal(code_finish(&code), 0);
	for (size_t i = 0; i < HOOK_TESTS; i += 31) {
		struct caller subject = {.image = p.strings[i]};

		m.subject = &subject;
		machine_run(&m, &code, "plan", NULL);
		assert_true(m.posted);
		assert_int_equal(m.selector, i);
	}
	code_done(&code);
	verdicts_done(&verdicts);
}

static void more_tests_than_are_kept(void **state)
{
	static struct paths p;
	struct verdicts before, verdicts;

	fill_paths(&p, HOOK_TESTS + 1);
	verdicts_begin(&before, NULL);
	assert_int_equal(verdicts_add(&before, &p.plan), -E2BIG);
	verdicts_done(&before);
	/* Those that are about to go count as long as their programs are there. */
	p.plan.n_selectors = HOOK_TESTS;
	verdicts_begin(&before, NULL);
	assert_int_equal(verdicts_add(&before, &p.plan), 0);
	p.plan.selectors = &p.selectors[HOOK_TESTS];
	p.plan.n_selectors = 1;
	verdicts_begin(&verdicts, &before);
	assert_int_equal(verdicts_add(&verdicts, &p.plan), -E2BIG);
	verdicts_done(&verdicts);
	/* The next set has as many as it wants. */
	p.plan.selectors = &p.selectors[1];
	verdicts_begin(&verdicts, &before);
	assert_int_equal(verdicts_add(&verdicts, &p.plan), 0);
	verdicts_replace(&before, &verdicts);
	p.plan.n_selectors = HOOK_TESTS;
	verdicts_begin(&verdicts, &before);
	assert_int_equal(verdicts_add(&verdicts, &p.plan), 0);
	verdicts_done(&verdicts);
	verdicts_done(&before);
}

/* Has those tests in place of the ones before. */
static void set_paths(struct verdicts *verdicts, struct paths *p, size_t first, size_t n)
{
	struct verdicts next;

	p->plan.selectors = &p->selectors[first];
	p->plan.n_selectors = n;
	verdicts_begin(&next, verdicts);
	assert_int_equal(verdicts_add(&next, &p->plan), 0);
	verdicts_replace(verdicts, &next);
}

static void check_number(const struct paths *p, size_t i, uint32_t verdict, uint32_t birth)
{
	assert_int_equal(p->tests[i].verdict, verdict);
	assert_int_equal(p->tests[i].birth, birth);
}

static void a_test_keeps_its_number(void **state)
{
	static struct paths p, again;
	struct verdicts verdicts = {0};

	fill_paths(&p, 4);
	fill_paths(&again, 4);
	set_paths(&verdicts, &p, 0, 2);
	check_number(&p, 0, 0, 1);
	check_number(&p, 1, 1, 1);
	/* Also as that of another policy. The number that is given up has to wait. */
	set_paths(&verdicts, &again, 1, 2);
	check_number(&again, 1, 1, 1);
	check_number(&again, 2, 2, 2);
	assert_int_equal(verdicts.generation, 2);
	set_paths(&verdicts, &p, 1, 3);
	check_number(&p, 1, 1, 1);
	check_number(&p, 2, 2, 2);
	check_number(&p, 3, 0, 3);
	/* What comes back is born again; when nothing comes, nothing has to be made. */
	set_paths(&verdicts, &p, 3, 1);
	assert_int_equal(verdicts.generation, 3);
	assert_int_equal(verdicts.n, 1);
	set_paths(&verdicts, &p, 1, 1);
	assert_int_equal(verdicts.generation, 4);
	check_number(&p, 1, 1, 4);
	verdicts_done(&verdicts);
}

static void what_is_known_is_not_made_again(void **state)
{
	static struct machine m;
	static struct paths p;
	struct verdicts verdicts = {0};
	struct code code = CODE_INIT;
	struct caller subject;

	fill_paths(&p, 3);
	set_paths(&verdicts, &p, 0, 2);
	set_paths(&verdicts, &p, 0, 3);
	p.plan.selectors = &p.selectors[2];
	p.plan.n_selectors = 1;
	assert_int_equal(emit_one(&code, &p.plan, &backend), 0);
	emit_verdicts(&code, &verdicts);
	assert_int_equal(code_finish(&code), 0);
	m.subject = &subject;
	m.earlier.generation = 1;
	m.earlier.own[0] = HOOK_VALID | HOOK_KNOWN | 1 << 0;
	for (size_t i = 0; i < 3; i++) {
		subject = (struct caller){.image = p.strings[i]};
		machine_run(&m, &code, "plan", NULL);
		assert_int_equal(m.posted, i == 2);
		assert_int_equal(m.kept.generation, 2);
		assert_int_equal(m.kept.own[0], m.earlier.own[0] | (i == 2 ? 1 << 2 : 0));
	}
	code_done(&code);
	verdicts_done(&verdicts);
}

static void the_same_test_is_made_once(void **state)
{
	static struct paths p;
	struct verdicts verdicts;

	fill_paths(&p, 8);
	for (size_t i = 1; i < 8; i++)
		p.tests[i].test.strings = &p.strings[0];
	/* These are others; what is negated does not take all names. */
	p.tests[2].parent = true;
	p.tests[3].follow = true;
	p.tests[4].test.kind = TEST_PREFIX;
	p.tests[5].test.negate = true;
	/* Of ids it makes no difference what is asked of the result. */
	p.tests[6] = p.tests[3];
	p.tests[6].value = PROCESS_PID;
	p.tests[6].test = (struct test){.ranges = &(struct range){1, 1}, .n = 1};
	p.tests[7] = p.tests[6];
	p.tests[7].test.negate = true;
	verdicts_begin(&verdicts, NULL);
	assert_int_equal(verdicts_add(&verdicts, &p.plan), 0);
	assert_int_equal(verdicts.n, 6);
	assert_true(verdicts.images && verdicts.follow && verdicts.parents);
	for (size_t i = 0; i < 7; i++)
		check_number(&p, i, i ? (uint32_t)i - 1 : 0, 1);
	check_number(&p, 7, 5, 1);
	verdicts_done(&verdicts);
}

static struct bytes bytes_of(const char *s)
{
	return (struct bytes){s, strlen(s)};
}

/* By one name or the other; and one that was relative counts only for what is asked for. */
static void an_exec_has_names(void **state)
{
	static const char *const words[] = {"/bin/sh", "/bin/busybox", "/tmp/script", "/bin"};
	static const struct {
		enum test_kind kind;
		bool negate;
		size_t value;
	} tests[] = {
		{TEST_EQUAL, false, 0}, {TEST_EQUAL, true, 0},   {TEST_EQUAL, false, 2},
		{TEST_EQUAL, true, 2},  {TEST_PREFIX, false, 3}, {TEST_PREFIX, true, 3},
	};
	static struct machine m;
	static struct paths p;
	struct verdicts verdicts = {0};
	struct code code = CODE_INIT, exec = CODE_INIT;
	uint64_t context[3] = {0, 0, 0x1000};

	fill_paths(&p, ARRAY_SIZE(tests));
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		p.strings[i] = bytes_of(words[tests[i].value]);
		p.tests[i].test.kind = tests[i].kind;
		p.tests[i].test.negate = tests[i].negate;
	}
	set_paths(&verdicts, &p, 0, ARRAY_SIZE(tests));
	assert_int_equal(verdicts.n, ARRAY_SIZE(tests));
	assert_int_equal(emit_exec(&exec, &verdicts), 0);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		p.plan.selectors = &p.selectors[i];
		p.plan.n_selectors = 1;
		code_done(&code);
		assert_int_equal(emit_one(&code, &p.plan, &backend), 0);
		emit_verdicts(&code, &verdicts);
		assert_int_equal(code_finish(&code), 0);
		/* Each of three is one of the words, the last of which means that there is none. */
		for (unsigned of = 0; of < 4 * 4 * 4 * 4; of++) {
			struct caller subject = {.image_fault = of >> 6 & 1};
			struct bytes *paths[] = {&subject.image, &subject.names[0].path,
						 &subject.names[1].path};

			for (unsigned j = 0; j < ARRAY_SIZE(paths); j++) {
				unsigned word = of >> 2 * j & 3;

				if (word < 3)
					*paths[j] = bytes_of(words[word]);
			}
			subject.names[0].relative = of >> 7;
			subject.names[1].relative = of >> 6 & 1;
			m.subject = &subject;
			m.earlier = (struct hook_verdicts){0};
			machine_run(&m, &exec, NULL, context);
			assert_int_equal(m.kept.generation, 1);
			m.earlier = m.kept;
			machine_run(&m, &code, "plan", NULL);
			assert_int_equal(m.posted, evaluate_process(&p.selectors[i], &subject));
		}
	}
	code_done(&code);
	code_done(&exec);
	verdicts_done(&verdicts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_paths_than_a_word_has_bits),
		cmocka_unit_test(more_tests_than_are_kept),
		cmocka_unit_test(a_test_keeps_its_number),
		cmocka_unit_test(what_is_known_is_not_made_again),
		cmocka_unit_test(the_same_test_is_made_once),
		cmocka_unit_test(an_exec_has_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
