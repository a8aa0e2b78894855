// SPDX-License-Identifier: Apache-2.0
#include "compile/emit.h"
#include "base/clock.h"
#include "base/macro.h"
#include "compile/actions.h"
#include "compile/evaluate.h"
#include "compile/emit_case.h"
#include "compile/machine.h"
#include "compile/verdicts.h"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLANS 3000
#define EVENTS 40

/* A way to a value, through as many words of memory as it has steps. */
#define STEPS 4

struct way {
	struct access_path path;
	struct access_step steps[STEPS];
	uint64_t words[STEPS][4];
};

/* A plan with room for all that a random one has. */
struct sample {
	struct plan plan;
	struct capture captures[ARGS];
	struct way ways[ARGS];
	struct plan_selector selectors[4];
	struct test tests[4][3];
	struct range ranges[4][3][12];
	struct bytes strings[4][3][5];
	struct test returns[4];
	struct range return_ranges[4][12];
	struct bytes return_strings[4][5];
	struct process_test process[4][2];
	struct range process_ranges[4][2][12];
	struct bytes process_strings[4][2][5];
	struct network networks[4][3][5];
	struct plan_limit limits[2];
	struct machine_value values[ARGS];
};

/* Few, so that they meet; with beginnings and ends in common, and longer than a glance. */
static const char *const words[] = {
	"",
	"/",
	"/etc",
	"/etc/",
	"/etc/passwd",
	"/etc/passwd.old",
	"/etc/shadow",
	"passwd",
	"d",
	"/usr/lib/x86_64-linux-gnu/libc.so.6",
	LONG,
	LONG "/1",
	LONG "/2",
	LONG "/2/tail",
	"tail",
	"/Etc/PassWD",
	"aaaaaaab",
	"aab",
};

static const int64_t numbers[] = {0,         1,         2,         7,          100, -1,
				  -2,        -100,      99,        127,        128, 255,
				  INT16_MAX, INT32_MIN, INT32_MAX, UINT32_MAX, -3,  3,
				  1000,      INT64_MAX, INT64_MIN, 1LL << 40};

static uint64_t extend(uint64_t v, const struct capture *c)
{
	unsigned unused = 64 - c->bits;

	return c->is_signed ? (uint64_t)((int64_t)(v << unused) >> unused) : v << unused >> unused;
}

static int by_signed(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int by_unsigned(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* In order and apart from each other, as plans have them. */
static size_t random_ranges(struct range *v, const struct capture *c)
{
	uint64_t ends[24];
	size_t n = 1 + pick(12), kept = 0;

	for (size_t i = 0; i < 2 * n; i++)
		ends[i] = extend((uint64_t)numbers[pick(ARRAY_SIZE(numbers))], c);
	qsort(ends, 2 * n, sizeof(*ends), c->is_signed ? by_signed : by_unsigned);
	for (size_t i = 0; i < 2 * n; i += 2) {
		if (kept && v[kept - 1].high == ends[i])
			continue;
		v[kept++] = (struct range){ends[i], ends[i + 1]};
	}
	return kept;
}

static const char *const addresses[] = {
	"0.0.0.0",     "10.0.0.1",
	"10.1.2.3",    "255.255.255.255",
	"192.168.1.1", "::",
	"::1",         "fe80::1",
	"2001:db8::1", "2001:db8:8000::1",
	"2001:db8::f", "::ffff:10.1.2.3",
	"ffff:ff::ff",
};

static bool random_address(uint8_t *to)
{
	const char *text = addresses[pick(ARRAY_SIZE(addresses))];
	bool v6 = strchr(text, ':');

	memset(to, 0, 16);
	assert_int_equal(inet_pton(v6 ? AF_INET6 : AF_INET, text, to), 1);
	return v6;
}

static void random_networks(struct network *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		v[i].v6 = random_address(v[i].address);
		v[i].prefix = pick(3) ? (v[i].v6 ? 128 : 32) : pick(v[i].v6 ? 129 : 33);
		for (unsigned bit = v[i].prefix; bit < 128; bit++)
			v[i].address[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
	}
}

static void random_strings(struct test *t, struct bytes *v, uint32_t kinds)
{
	t->kind = TEST_EQUAL + pick(kinds);
	t->n = 1 + pick(5);
	for (size_t j = 0; j < t->n; j++) {
		/* Nothing is in everything. */
		size_t least = t->kind >= TEST_SUBSTRING;
		const char *word = words[least + pick(ARRAY_SIZE(words) - (uint32_t)least)];

		v[j] = (struct bytes){word, strlen(word)};
	}
	t->strings = v;
}

/* Of a part of a value: which operators there are for it. */
static void random_part_test(struct sample *s, struct test *t, size_t selector, size_t i)
{
	const struct reader *reader = s->captures[t->capture].reader;
	const struct capture unsigned_64 = {.bits = 64};
	enum reader_part field;

	do
		field = pick(_PART_MAX);
	while (!reader->layout->fields[field].exists);
	t->field = reader->layout->fields[field];
	t->family = reader->layout->fields[PART_FAMILY];
	if (field == PART_BYTES) {
		random_strings(t, s->strings[selector][i], 5);
	} else if (field == PART_SADDR || field == PART_DADDR) {
		t->kind = TEST_NETWORKS;
		t->n = 1 + pick(5);
		random_networks(s->networks[selector][i], t->n);
		t->networks = s->networks[selector][i];
	} else if (field == PART_NUMBER && pick(2)) {
		/* Another of the kind, or itself. */
		t->kind = TEST_GAINED;
		t->second = t->capture;
		for (size_t j = 0; j < ARGS; j++)
			if (s->captures[j].reader == reader)
				t->second = j;
	} else {
		t->kind = TEST_RANGES;
		t->n = random_ranges(s->ranges[selector][i], &unsigned_64);
		t->ranges = s->ranges[selector][i];
	}
}

static void random_test(struct sample *s, size_t selector, size_t i)
{
	struct test *t = &s->tests[selector][i];
	const struct capture *c;

	t->capture = pick(ARGS);
	t->negate = pick(3) == 0;
	c = &s->captures[t->capture];
	if (c->kind == CAPTURE_READ) {
		random_part_test(s, t, selector, i);
		return;
	}
	if (c->kind == CAPTURE_STRING) {
		random_strings(t, s->strings[selector][i], 5);
		return;
	}
	t->is_signed = c->is_signed;
	t->kind = pick(4) ? TEST_RANGES : TEST_MASK;
	if (t->kind == TEST_MASK) {
		t->mask = (uint64_t)numbers[pick(ARRAY_SIZE(numbers))];
		return;
	}
	t->n = random_ranges(s->ranges[selector][i], c);
	t->ranges = s->ranges[selector][i];
}

/* Few, so that they meet. */
static const uint32_t ids[] = {0, 1, 2, 3, 1000, 4026531840, UINT32_MAX};

static const char *const names[] = {"PATH=", "LD_PRELOAD=", "P="};
static const char *const variables[] = {"PATH=/etc/passwd",
					"PATH=",
					"PATH",
					"P=/etc/passwd",
					"LD_PRELOAD=/etc/shadow",
					"XPATH=/etc/passwd",
					("LD_PRELOAD=" LONG),
					""};

static void random_string_test(struct sample *s, struct process_test *t, size_t selector, size_t i)
{
	t->which = pick(2) ? HOOK_ENVIRONMENT : HOOK_ARGUMENTS;
	t->index = -1;
	if (t->value == PROCESS_STRINGS_KNOWN) {
		t->test.negate = false;
		return;
	}
	if (t->which == HOOK_ARGUMENTS && pick(2))
		t->index = pick(3);
	if (t->which == HOOK_ENVIRONMENT) {
		const char *name = names[pick(ARRAY_SIZE(names))];

		t->name = (struct bytes){name, strlen(name)};
	}
	random_strings(&t->test, s->process_strings[selector][i], 5);
}

static void random_process_test(struct sample *s, size_t selector, size_t i)
{
	static const struct capture id = {.bits = 32};
	struct process_test *t = &s->process[selector][i];

	t->value = pick(PROCESS_STRINGS_KNOWN + 1);
	t->test.negate = pick(3) == 0;
	if (t->value == PROCESS_IMAGE) {
		t->follow = pick(2);
		t->parent = pick(3) == 0;
		random_strings(&t->test, s->process_strings[selector][i], 3);
		return;
	}
	if (t->value == PROCESS_STRING || t->value == PROCESS_STRINGS_KNOWN) {
		random_string_test(s, t, selector, i);
		return;
	}
	t->follow = t->value <= PROCESS_NSPID && pick(2);
	if (t->value == PROCESS_NAMESPACE_CHANGES) {
		t->which = pick(1 << _EXEC_NS_MAX);
		t->test = (struct test){.kind = TEST_MASK, .mask = t->which};
		return;
	}
	if (t->value == PROCESS_CAPABILITIES || t->value == PROCESS_CAPABILITY_CHANGES) {
		t->which = pick(3);
		t->test.kind = TEST_MASK;
		t->test.mask = 1ULL << pick(3) | 1ULL << (31 + pick(2));
		return;
	}
	if (t->value == PROCESS_WORKLOAD) {
		unsigned scope = pick(MACHINE_SCOPES);

		t->scope = &machine_scopes[scope];
		t->which = scope << 1 | (t->scope->host ? HOOK_SCOPE_HOST : 0);
	}
	if (t->value == PROCESS_NAMESPACE)
		t->which = pick(_EXEC_NS_MAX);
	if (t->value == PROCESS_USER)
		t->which = pick(4);
	t->test.n = random_ranges(s->process_ranges[selector][i], &id);
	t->test.ranges = s->process_ranges[selector][i];
}

/* With its ancestors behind it. */
static void random_subject(struct caller *ret, size_t ancestors)
{
	static const struct pod_container containers[] = {
		{.pod_name = "", .pod_namespace = ""},
		{.pod_name = "p", .pod_namespace = "a"},
		{.pod_name = "p", .pod_namespace = "b"},
	};
	/* Of ancestors nobody asks for them. */
	static struct bytes strings[2][4];
	const char *path = words[pick(ARRAY_SIZE(words))];

	if (ancestors)
		random_subject(ret + 1, ancestors - 1);
	/* Of nobody it is known how he was invoked: test_verdicts.c has those of whom it is. */
	memset(ret->names, 0, sizeof(ret->names));
	ret->parent = ancestors ? ret + 1 : NULL;
	ret->image_fault = pick(8) == 0;
	ret->image = pick(8) ? (struct bytes){path, strlen(path)} : (struct bytes){0};
	for (size_t i = 0; i < ARRAY_SIZE(strings[0]); i++) {
		const char *argument = words[pick(ARRAY_SIZE(words))];
		const char *variable = variables[pick(ARRAY_SIZE(variables))];

		strings[0][i] = (struct bytes){argument, strlen(argument)};
		strings[1][i] = (struct bytes){variable, strlen(variable)};
	}
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++) {
		ret->strings[i] = strings[i];
		ret->n_strings[i] = pick(ARRAY_SIZE(strings[i]) + 1);
		ret->strings_fault[i] = pick(8) == 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ret->users); i++)
		ret->users[i] = ids[pick(ARRAY_SIZE(ids))];
	ret->pid = ids[pick(ARRAY_SIZE(ids))];
	ret->nspid = ids[pick(ARRAY_SIZE(ids))];
	ret->namespace_changes = pick(4);
	ret->host = pick(2);
	ret->container = pick(3) ? &containers[pick(ARRAY_SIZE(containers))] : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(ret->capabilities); i++) {
		ret->capabilities[i] = pick(8) | (uint64_t)pick(4) << 31;
		ret->capability_changes[i] = pick(8) | (uint64_t)pick(4) << 31;
	}
	for (size_t i = 0; i < _EXEC_NS_MAX; i++)
		ret->namespaces[i] = ids[pick(ARRAY_SIZE(ids))];
}

static void random_actions(struct sample *s, struct plan_actions *to)
{
	to->n_limits = pick(2) ? 0 : pick(3);
	to->limits = s->limits;
	to->kernel_stack = pick(4) == 0;
	to->user_stack = pick(4) == 0;
	for (size_t i = 0; i < ARRAY_SIZE(s->limits); i++)
		s->limits[i] = (struct plan_limit){.ns = 1 + pick(100) * NSEC_PER_SEC, .all = true};
}

/* Whether its limits let nothing through. */
static bool is_limited(const struct machine *m, const struct sample *s, size_t selector,
		       bool on_return)
{
	const struct plan_actions *of = actions_of(&s->plan, selector, on_return);

	return of->post && of->n_limits && of->n_limits <= m->limits;
}

static unsigned stacks_of(const struct sample *s, size_t selector, bool on_return)
{
	const struct plan_actions *of = actions_of(&s->plan, selector, on_return);
	unsigned user = HOOK_USER_STACK | (s->plan.stack_addresses ? HOOK_USER_ADDRESSES : 0);

	return (of->kernel_stack ? HOOK_KERNEL_STACK : 0) | (of->user_stack ? user : 0);
}

static void check_counts(const struct machine *m, size_t selector, bool post, bool limited)
{
	for (size_t i = 0; i < MACHINE_COUNTS; i++) {
		struct hook_counts counts = machine_counts(m, i);
		bool is_it = i == 2 + selector;

		assert_int_equal(counts.lost, 0);
		assert_int_equal(counts.limited, is_it && limited);
		assert_int_equal(counts.nopost, is_it && !post && !limited);
	}
	assert_int_equal(m->suppressed, limited);
}

static unsigned random_offset(void)
{
	return 8 * pick(4);
}

/* To a number, or to the address of something. */
static void random_way(struct way *way, struct capture *c)
{
	size_t n = 1 + pick(STEPS - 1);

	for (size_t i = 0; i < n; i++)
		way->steps[i] = (struct access_step){random_offset(), 8, (uint16_t)i};
	way->path = (struct access_path){.n = n, .steps = way->steps};
	c->path = &way->path;
	if (c->kind == CAPTURE_STRING && pick(2))
		c->size = way->path.size = 1 + pick(30);
	if (c->kind == CAPTURE_NUMBER) {
		way->steps[n - 1].size = (uint8_t)(1U << pick(4));
		way->path.bits = (uint8_t)(1 + pick(way->steps[n - 1].size * 8U));
		way->path.shift = (uint8_t)pick(way->steps[n - 1].size * 8U - way->path.bits + 1U);
		way->path.is_signed = pick(2);
	} else if (pick(2)) {
		way->steps[n - 1].size = 0;
	}
}

/* Lays the way to @value. Returns where it begins. */
static uint64_t lay_way(struct way *way, uint64_t value)
{
	for (size_t i = way->path.n; i-- > 0;) {
		const struct access_step *step = &way->steps[i];

		if (!step->size) {
			value -= step->offset;
			continue;
		}
		memcpy((char *)way->words[i] + step->offset, &value, sizeof(value));
		value = pick(20) ? (uint64_t)way->words[i] : pick(100);
	}
	return value;
}

static bool read_way(void *context, void *to, size_t size, uint64_t from)
{
	if (from >= 4096)
		memcpy(to, (const void *)from, size);
	return from >= 4096;
}

static void random_plan(struct sample *s)
{
	static const unsigned widths[] = {8, 16, 32, 64};
	/* Of each kind of layout. */
	static const enum arg_type_id types[] = {ARG_TYPE_SOCK, ARG_TYPE_FILE,
						 ARG_TYPE_CAP_EFFECTIVE};

	*s = (struct sample){0};
	for (size_t i = 0; i < ARGS; i++) {
		s->captures[i].kind = pick(3);
		if (s->captures[i].kind == CAPTURE_READ)
			s->captures[i].reader = reader_of(types[pick(ARRAY_SIZE(types))]);
		s->captures[i].place = (unsigned)i;
		s->captures[i].bits = widths[pick(4)];
		s->captures[i].is_signed = pick(2);
		if (pick(3) == 0)
			random_way(&s->ways[i], &s->captures[i]);
		if (s->captures[i].path && i == 0)
			s->captures[i].source = ARG_SOURCE_CURRENT_TASK;
		if (pick(4) == 0 && i) {
			s->captures[i].source = ARG_SOURCE_PT_REGS;
			s->captures[i].place = 8 * (unsigned)i;
		}
	}
	s->plan = (struct plan){
		.hook = pick(100000),
		.name = "plan",
		.n_captures = ARGS,
		.captures = s->captures,
		.n_selectors = pick(5),
		.selectors = s->selectors,
		.counters = machine_counters(2, 4),
		.stack_addresses = pick(2),
	};
	for (size_t i = 0; i < s->plan.n_selectors; i++) {
		random_actions(s, &s->selectors[i].actions);
		s->selectors[i].n = pick(4);
		s->selectors[i].tests = s->tests[i];
		s->selectors[i].actions.post = pick(4) != 0;
		for (size_t j = 0; j < s->selectors[i].n; j++)
			random_test(s, i, j);
		s->selectors[i].n_process = pick(2) ? pick(3) : 0;
		s->selectors[i].process = s->process[i];
		for (size_t j = 0; j < s->selectors[i].n_process; j++)
			random_process_test(s, i, j);
	}
}

static void random_value(const struct reader *reader, struct machine_value *v)
{
	const struct part *parts = reader->layout->fields, *bytes = &parts[PART_BYTES];

	memset(v, 0, sizeof(*v));
	for (enum reader_part i = 0; i < _PART_MAX; i++) {
		uint64_t number = (uint64_t)numbers[pick(ARRAY_SIZE(numbers))];

		if (parts[i].exists && parts[i].bits <= 64) {
			memcpy(v->bytes + parts[i].offset, &number, parts[i].bits / 8);
			v->size = MAX(v->size, parts[i].offset + parts[i].bits / 8U);
		}
	}
	if (parts[PART_SADDR].exists) {
		bool v6 = random_address((uint8_t *)v->bytes + parts[PART_SADDR].offset);
		uint16_t family = v6 ? AF_INET6 : AF_INET;

		random_address((uint8_t *)v->bytes + parts[PART_DADDR].offset);
		if (pick(5))
			memcpy(v->bytes + parts[PART_FAMILY].offset, &family, sizeof(family));
		v->size = sizeof(struct value_sock);
	}
	if (bytes->exists) {
		const char *word = words[pick(ARRAY_SIZE(words))];

		v->tail = strlen(word);
		v->size = bytes->offset + v->tail;
		memcpy(v->bytes + bytes->offset, word, v->tail);
	}
}

/* Where the way begins instead, and what is found at its end. */
static void random_end(struct sample *s, size_t i, uint64_t *arg, struct value *value)
{
	const struct capture *c = &s->captures[i];
	uint64_t found;

	*arg = lay_way(&s->ways[i], *arg);
	if (!access_follow(c->path, *arg, read_way, NULL, &found))
		value->fault = true;
	else if (c->kind == CAPTURE_NUMBER)
		value->number = extend(found, c);
	else if (c->size)
		value->string.len = MIN(value->string.len, c->size);
}

static void random_event(struct sample *s, uint64_t *args, struct value *values)
{
	for (size_t i = 0; i < ARGS; i++) {
		const struct capture *c = &s->captures[i];

		values[i] = (struct value){0};
		if (c->kind == CAPTURE_NUMBER) {
			args[i] = (uint64_t)numbers[pick(ARRAY_SIZE(numbers))];
			values[i].number = extend(args[i], c);
		} else if (pick(10) == 0) {
			args[i] = 0;
			values[i].fault = true;
		} else if (c->kind == CAPTURE_READ) {
			random_value(c->reader, &s->values[i]);
			args[i] = (uint64_t)&s->values[i];
			values[i].string = (struct bytes){s->values[i].bytes, s->values[i].size};
		} else {
			const char *word = words[pick(ARRAY_SIZE(words))];

			args[i] = (uint64_t)word;
			values[i].string = (struct bytes){word, strlen(word)};
		}
		if (c->path)
			random_end(s, i, &args[i], &values[i]);
	}
}

static void the_code_does_what_the_plan_says(void **state)
{
	static struct machine m;
	static struct sample s;
	struct value values[ARGS];
	struct caller subjects[4];
	size_t posts = 0, misses = 0, suppressed = 0;
	uint64_t args[ARGS];

	for (seed = 1; seed < PLANS; seed++) {
		const struct verdicts before = {.generation = seed};
		struct verdicts verdicts;
		struct code code = CODE_INIT;
		uint32_t first = seed;

		random_plan(&s);
		verdicts_begin(&verdicts, &before);
		assert_int_equal(verdicts_add(&verdicts, &s.plan), 0);
		backend.kernel_pointers = seed % 2;
		assert_int_equal(emit_one(&code, &s.plan, &backend), 0);
		emit_verdicts(&code, &verdicts);
		assert_int_equal(code_finish(&code), 0);
		for (int i = 0; i < EVENTS; i++) {
			bool post, limited;
			unsigned renews;
			int expected;

			random_event(&s, args, values);
			random_subject(subjects, pick(ARRAY_SIZE(subjects)));
			m.subject = subjects;
			m.task = args[0];
			expected = evaluate(&s.plan, values, subjects);
			post = expected != NO_SELECTOR &&
			       (!s.plan.n_selectors || s.selectors[expected].actions.post);
			m.limits = pick(3);
			limited = expected != NO_SELECTOR &&
				  is_limited(&m, &s, (size_t)expected, false);
			post &= !limited;
			machine_run(&m, &code, "plan", args);
			if (m.posted != post)
				fail_msg("plan %u, event %d: %d is not %d", first, i, m.posted,
					 post);
			renews = s.plan.n_selectors && expected != NO_SELECTOR
					 ? process_renews(&s.selectors[expected])
					 : 0;
			assert_int_equal(m.renewed, renews);
			misses += !post;
			suppressed += limited;
			if (expected != NO_SELECTOR)
				check_counts(&m, (size_t)expected, post, limited);
			if (!post)
				continue;
			posts++;
			assert_int_equal(m.selector, expected);
			assert_int_equal(m.hook, s.plan.hook);
			assert_int_equal(m.n_args, ARGS);
			assert_int_equal(m.stacks, stacks_of(&s, (size_t)expected, false));
			/* With no scratch to be had it is passed over, and all is well. */
			m.busy = true;
			machine_run(&m, &code, "plan", args);
			assert_int_equal(m.posted, m.at_once);
			m.busy = false;
		}
		code_done(&code);
		verdicts_done(&verdicts);
		seed = first;
	}
	/* Both are well tried. */
	assert_true(posts > 10000 && misses > 10000 && suppressed > 1000);
}

static void add_returns(struct sample *s)
{
	struct capture *c = &s->plan.returned;

	*c = (struct capture){.kind = pick(3) ? CAPTURE_NUMBER : CAPTURE_STRING,
			      .bits = 8U << pick(4),
			      .is_signed = pick(2)};
	s->plan.tells_return = true;
	for (size_t i = 0; i < s->plan.n_selectors; i++) {
		struct plan_selector *selector = &s->selectors[i];
		struct test *test = &s->returns[i];

		random_actions(s, &selector->return_actions);
		selector->return_actions.post = pick(6) != 0;
		selector->return_actions.monitored[HOOK_EFFECT_SIGNAL] = pick(3) == 0;
		selector->n_returns = pick(2);
		selector->returns = test;
		*test = (struct test){.kind = pick(4) ? TEST_RANGES : TEST_MASK,
				      .negate = pick(3) == 0,
				      .is_signed = c->is_signed,
				      .mask = (uint64_t)numbers[pick(ARRAY_SIZE(numbers))]};
		if (c->kind == CAPTURE_STRING)
			random_strings(test, s->return_strings[i], 5);
		if (c->kind == CAPTURE_STRING || test->kind == TEST_MASK)
			continue;
		test->n = random_ranges(s->return_ranges[i], c);
		test->ranges = s->return_ranges[i];
	}
}

static void a_return_is_told_as_the_plan_says(void **state)
{
	struct backend of_returns = {.load = backend.load, .places = 1, .on_return = true};
	static struct machine m;
	static struct sample s;
	size_t told = 0, withdrawn = 0;

	for (seed = 1; seed < PLANS; seed++) {
		struct code code = CODE_INIT;
		uint32_t first = seed;

		random_plan(&s);
		add_returns(&s);
		assert_int_equal(emit_one(&code, &s.plan, &of_returns), 0);
		assert_int_equal(code_finish(&code), 0);
		for (int i = 0; i < EVENTS; i++) {
			uint64_t arg = (uint64_t)numbers[pick(ARRAY_SIZE(numbers))];
			struct value value = {.number = extend(arg, &s.plan.returned)};
			const char *word = pick(9) ? words[pick(ARRAY_SIZE(words))] : NULL;

			if (s.plan.returned.kind == CAPTURE_STRING) {
				arg = (uint64_t)word;
				value.fault = !word;
				value.string = (struct bytes){word, word ? strlen(word) : 0};
			}
			uint32_t selector = pick((uint32_t)MAX(s.plan.n_selectors, 1));
			bool posts = actions_of(&s.plan, selector, false)->post;
			bool awaited = awaits_return(&s.plan, selector);
			bool untold = awaited && (!posts || pick(3) == 0);
			bool called = (posts || awaited) && pick(4) != 0, told_on, limited;
			struct hook_counts counts;

			m.call.hook = s.plan.hook + !called;
			m.call.selector = selector | (untold ? HOOK_UNTOLD : 0);
			m.withdrawn = false;
			m.limits = pick(3);
			if (!called) {
				machine_run(&m, &code, "plan", &arg);
				assert_false(m.posted || m.withdrawn);
				continue;
			}
			machine_run(&m, &code, "plan", &arg);
			/* Of what was not told there is no more to tell. */
			if (untold) {
				assert_false(m.posted || m.withdrawn);
				continue;
			}
			told_on = evaluate_return(&s.plan, (int)selector, &value);
			limited = told_on && is_limited(&m, &s, selector, true);
			if (m.posted != (told_on && !limited))
				fail_msg("plan %u, event %d", first, i);
			assert_true(m.posted != m.withdrawn);
			assert_int_equal(m.stacks, m.posted ? stacks_of(&s, selector, true) : 0);
			counts = machine_counts(&m, 2 + selector);
			assert_int_equal(counts.nopost, m.withdrawn && !limited);
			assert_int_equal(counts.limited, m.withdrawn && limited);
			told += m.posted;
			withdrawn += m.withdrawn;
		}
		code_done(&code);
		seed = first;
	}
	assert_true(told > 10000 && withdrawn > 10000);
}

/* What is nobody's business ends before a scratch is taken. */
static void a_miss_is_cheap(void **state)
{
	static struct machine m;
	static const struct capture captures[] = {
		{.kind = CAPTURE_NUMBER, .place = 0, .bits = 32, .is_signed = true},
		{.kind = CAPTURE_STRING, .place = 1}};
	static const struct range five = {5, 5};
	static const struct bytes etc = {"/etc/", 5};
	static const struct test tests[] = {
		{.kind = TEST_PREFIX, .capture = 1, .n = 1, .strings = &etc},
		{.kind = TEST_RANGES, .capture = 0, .is_signed = true, .n = 1, .ranges = &five},
	};
	static const struct plan_selector selector = {.n = 2, .tests = tests, .actions.post = true};
	static const struct plan plan = {.name = "plan",
					 .n_captures = 2,
					 .captures = captures,
					 .n_selectors = 1,
					 .selectors = &selector};
	struct code code = CODE_INIT;

	assert_int_equal(emit_one(&code, &plan, &backend), 0);
	assert_int_equal(code_finish(&code), 0);
	m.busy = true;
	machine_run(&m, &code, "plan", (uint64_t[]){4, (uint64_t)"/etc/x"});
	assert_true(m.steps < 10);
	machine_run(&m, &code, "plan", (uint64_t[]){5, (uint64_t)"/usr/x"});
	assert_true(m.steps < 20);
	code_done(&code);
}

/* Where numbers are all that there is to tell, no scratch is taken. */
static void numbers_are_told_at_once(void **state)
{
	static struct machine m;
	static const struct capture captures[] = {
		{.kind = CAPTURE_NUMBER, .place = 1, .bits = 32, .is_signed = true},
		{.kind = CAPTURE_NOTHING, .place = 0},
		{.kind = CAPTURE_NUMBER, .place = 0, .bits = 8}};
	static const struct range five = {5, 5};
	static const struct test test = {
		.kind = TEST_RANGES, .capture = 2, .n = 1, .ranges = &five};
	struct plan_selector selectors[] = {{.n = 1, .tests = &test}, {.actions.post = true}};
	struct plan plan = {.hook = 77,
			    .name = "plan",
			    .n_captures = ARRAY_SIZE(captures),
			    .captures = captures,
			    .n_selectors = ARRAY_SIZE(selectors),
			    .selectors = selectors};

	for (int i = 0; i < 2; i++) {
		struct code code = CODE_INIT;

		assert_int_equal(emit_one(&code, &plan, &backend), 0);
		assert_int_equal(code_finish(&code), 0);
		machine_run(&m, &code, "plan", (uint64_t[]){0x105, (uint64_t)-2});
		assert_false(m.posted);
		machine_run(&m, &code, "plan", (uint64_t[]){0x106, (uint64_t)-2});
		assert_true(m.posted);
		assert_int_equal(m.selector, 1);
		assert_int_equal(m.hook, 77);
		assert_int_equal(m.n_args, 2);
		assert_int_equal(m.at_once, i == 0);
		if (m.at_once) {
			assert_int_equal(m.numbers[0], -2);
			assert_int_equal(m.numbers[1], 6);
			assert_int_equal(m.numbers[2], 0);
		}
		code_done(&code);
		/* That is more than numbers. */
		selectors[1].actions.user_stack = true;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_code_does_what_the_plan_says),
		cmocka_unit_test(a_return_is_told_as_the_plan_says),
		cmocka_unit_test(a_miss_is_cheap),
		cmocka_unit_test(numbers_are_told_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
