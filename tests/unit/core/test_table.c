// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "audit.h"
#include "base/cleanup.h"
#include "core/table.h"
#include "records.h"

#include <stdlib.h>

#define _cleanup_table_ _cleanup_(table_free)
#define KERNEL KEY(0, 0, 0)

static struct table *new_table(size_t entries, size_t bytes)
{
	const struct table_limits limits = {entries, bytes};
	struct table *t;

	assert_int_equal(table_new(&limits, &t), 0);
	return t;
}

static struct table *roomy(void)
{
	return new_table(1 << 20, (size_t)1 << 40);
}

static struct image *new_image(void)
{
	static const struct record_exec facts = {.record.type = RECORD_EXEC};
	static const struct field_parts none = {.head = "", .tail = ""};
	struct image *image;

	assert_int_equal(image_new(&facts, &none, &none, &image), 0);
	return image;
}

static struct process *add(struct table *t, struct process_key key, struct process_key parent)
{
	struct process *p = table_add(t, &key, &parent, NULL);

	assert_non_null(p);
	return p;
}

static struct process *find(struct table *t, struct process_key key)
{
	return table_find(t, &key);
}

static void assert_sound(struct table *t)
{
	const char *wrong = table_audit(t);

	if (wrong)
		fail_msg("%s", wrong);
}

static void assert_entries(struct table *t, size_t n)
{
	assert_int_equal(table_get_stats(t)->entries, n);
	assert_sound(t);
}

static void finds_by_the_whole_key(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	struct process *p = add(t, KEY(7, 100, 2), KERNEL);

	assert_ptr_equal(find(t, KEY(7, 100, 2)), p);
	assert_null(find(t, KEY(7, 100, 1)));
	assert_null(find(t, KEY(7, 101, 2)));
	assert_null(find(t, KEY(8, 100, 2)));
	/* In the same bucket. */
	assert_null(find(t, KEY(7 + (1 << 18), 100, 2)));
	assert_int_equal(p->flags, 0);
	assert_int_equal(p->key.execs, 2);
}

static void finds_the_newest_image(void **state)
{
	static const uint32_t execs[] = {3, 5, 1, 4};
	const struct process_key any = KEY(7, 100, 99), other = KEY(7, 200, 0);
	_cleanup_table_ struct table *t = roomy();

	assert_null(table_find_process(t, &any));
	for (size_t i = 0; i < ARRAY_SIZE(execs); i++)
		add(t, KEY(7, 100, execs[i]), KERNEL);
	/* The same pid, used again. */
	add(t, KEY(7, 300, 9), KERNEL);
	assert_int_equal(table_find_process(t, &any)->key.execs, 5);
	assert_null(table_find_process(t, &other));
}

static void counts_children(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	struct process *parent = add(t, KEY(1, 1, 0), KERNEL);
	struct process *a = add(t, KEY(2, 2, 0), parent->key), *b;

	b = add(t, KEY(3, 3, 0), parent->key);
	assert_int_equal(parent->children, 2);
	table_kill(t, a);
	assert_int_equal(parent->children, 1);
	table_kill(t, b);
	assert_int_equal(parent->children, 0);
	assert_entries(t, 1);
}

static void a_parent_that_is_not_there_counts_nothing(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	struct process *child = add(t, KEY(2, 2, 0), KEY(1, 1, 0)), *parent;

	parent = add(t, KEY(1, 1, 0), KERNEL);
	assert_int_equal(parent->children, 0);
	table_kill(t, child);
	assert_int_equal(parent->children, 0);
	assert_entries(t, 1);
}

static void nobody_is_its_own_child(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	struct process *p = add(t, KERNEL, KERNEL);

	assert_int_equal(p->children, 0);
	table_kill(t, p);
	assert_entries(t, 0);
}

static void the_dead_stay_while_they_are_named(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	struct process *top = add(t, KEY(1, 1, 0), KERNEL);
	struct process *mid = add(t, KEY(2, 2, 0), top->key);
	struct process *leaf = add(t, KEY(3, 3, 0), mid->key);

	table_kill(t, mid);
	assert_ptr_equal(find(t, KEY(2, 2, 0)), mid);
	assert_true(mid->flags & PROCESS_DEAD);
	table_kill(t, top);
	assert_entries(t, 3);
	/* And all go with the last that names them. */
	table_kill(t, leaf);
	assert_entries(t, 0);
	assert_int_equal(table_get_stats(t)->bytes, 0);
	assert_int_equal(table_get_stats(t)->forgotten_dead, 0);
}

static void the_living_stay_without_children(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	struct process *top = add(t, KEY(1, 1, 0), KERNEL);
	struct process *leaf = add(t, KEY(2, 2, 0), top->key);

	table_kill(t, leaf);
	assert_entries(t, 1);
	assert_ptr_equal(find(t, KEY(1, 1, 0)), top);
}

static void adoption(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	struct process *init = add(t, KEY(1, 1, 0), KERNEL);
	struct process *gone = add(t, KEY(2, 2, 0), init->key);
	struct process *orphan = add(t, KEY(3, 3, 0), gone->key);

	table_kill(t, gone);
	table_set_parent(t, orphan, &init->key);
	assert_null(find(t, KEY(2, 2, 0)));
	assert_int_equal(init->children, 1);
	assert_entries(t, 2);
	/* By one that is not known. */
	table_set_parent(t, orphan, &KEY(9, 9, 9));
	assert_int_equal(init->children, 0);
	assert_int_equal(orphan->parent.pid, 9);
	assert_entries(t, 2);
}

static void a_parent_that_comes_later_is_found_anew(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	struct process *child = add(t, KEY(2, 2, 0), KEY(1, 1, 0));
	struct process *parent = add(t, KEY(1, 1, 0), KERNEL);
	const struct process_key key = parent->key;

	for (int i = 0; i < 3; i++) {
		table_set_parent(t, child, &key);
		assert_int_equal(parent->children, 1);
	}
	table_kill(t, parent);
	assert_entries(t, 2);
	table_kill(t, child);
	assert_entries(t, 0);
}

static void bytes_are_exact(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	struct image *image = new_image();
	const size_t size = image->size, entry = sizeof(struct process);
	struct process *parent, *child, *late;

	parent = table_add(t, &KEY(1, 1, 0), &KERNEL, image);
	assert_int_equal(table_get_stats(t)->bytes, entry + size);
	/* An image counts once, however many run it. */
	child = table_add(t, &KEY(2, 2, 0), &parent->key, image_ref(image));
	assert_int_equal(table_get_stats(t)->bytes, 2 * entry + size);
	late = table_add(t, &KEY(3, 3, 0), &child->key, NULL);
	table_set_image(t, late, new_image());
	assert_int_equal(table_get_stats(t)->bytes, 3 * entry + 2 * size);
	table_set_json(t, late, &(struct process_json){strdup("12345"), 5, 2, 3});
	assert_int_equal(table_get_stats(t)->bytes, 3 * entry + 2 * size + 5);
	table_set_json(t, late, &(struct process_json){strdup("1"), 1, 0, 1});
	assert_int_equal(table_get_stats(t)->bytes, 3 * entry + 2 * size + 1);
	table_set_json(t, late, NULL);
	table_set_json(t, child, &(struct process_json){strdup("123"), 3, 0, 0});
	assert_sound(t);

	/* Whoever brought it goes first: it still counts. */
	table_set_parent(t, child, &KERNEL);
	table_kill(t, parent);
	assert_int_equal(table_get_stats(t)->bytes, 2 * entry + 2 * size + 3);
	table_kill(t, child);
	table_kill(t, late);
	assert_int_equal(table_get_stats(t)->bytes, 0);
	assert_int_equal(table_get_stats(t)->entries, 0);
}

static void what_is_left_is_freed_with_the_table(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	struct process *p = table_add(t, &KEY(1, 1, 0), &KERNEL, new_image()), *child;

	child = table_add(t, &KEY(2, 2, 0), &p->key, image_ref(p->image));
	table_set_json(t, child, &(struct process_json){strdup("x"), 1, 0, 0});
	table_kill(t, p);
	assert_entries(t, 2);
}

static void nothing_is_forgotten_below_the_limits(void **state)
{
	_cleanup_table_ struct table *t = new_table(3, (size_t)1 << 20);

	for (uint32_t pid = 1; pid <= 3; pid++)
		add(t, KEY(pid, pid, 0), KERNEL);
	table_trim(t);
	assert_entries(t, 3);
	add(t, KEY(4, 4, 0), KERNEL);
	/* Only trimming forgets. */
	assert_entries(t, 4);
	table_trim(t);
	assert_entries(t, 3);
	assert_int_equal(table_get_stats(t)->forgotten_alive, 1);
}

static void the_dead_are_forgotten_before_the_living_and_the_oldest_first(void **state)
{
	_cleanup_table_ struct table *t = new_table(6, (size_t)1 << 20);
	struct process *dead[3];

	/* Each dead one is kept by a living child. */
	for (uint32_t i = 0; i < 3; i++) {
		dead[i] = add(t, KEY(10 + i, 1, 0), KERNEL);
		add(t, KEY(20 + i, 1, 0), dead[i]->key);
	}
	/* Old is who has been dead for longest. */
	table_kill(t, dead[1]);
	table_kill(t, dead[2]);
	table_kill(t, dead[0]);

	add(t, KEY(30, 1, 0), KERNEL);
	table_trim(t);
	assert_null(find(t, KEY(11, 1, 0)));
	add(t, KEY(31, 1, 0), KERNEL);
	add(t, KEY(32, 1, 0), KERNEL);
	table_trim(t);
	assert_null(find(t, KEY(12, 1, 0)));
	assert_null(find(t, KEY(10, 1, 0)));
	assert_int_equal(table_get_stats(t)->forgotten_dead, 3);
	assert_int_equal(table_get_stats(t)->forgotten_alive, 0);

	/* Now the living, in the order that they were quiet in. */
	table_touch(t, find(t, KEY(20, 1, 0)));
	add(t, KEY(33, 1, 0), KERNEL);
	table_trim(t);
	assert_non_null(find(t, KEY(20, 1, 0)));
	assert_null(find(t, KEY(21, 1, 0)));
	assert_int_equal(table_get_stats(t)->forgotten_alive, 1);
	assert_entries(t, 6);
}

static void bytes_are_limited_too(void **state)
{
	const size_t size = sizeof(struct process) + 1000;
	_cleanup_table_ struct table *t = new_table(1000, 10 * size);

	for (uint32_t pid = 1; pid <= 30; pid++) {
		struct process *p = add(t, KEY(pid, pid, 0), KERNEL);

		table_set_json(t, p, &(struct process_json){malloc(1000), 1000, 0, 0});
		table_trim(t);
		assert_true(table_get_stats(t)->bytes <= 10 * size);
	}
	assert_entries(t, 10);
	assert_non_null(find(t, KEY(30, 30, 0)));
	assert_null(find(t, KEY(20, 20, 0)));
	assert_int_equal(table_get_stats(t)->forgotten_alive, 20);
}

static void a_forgotten_parent_is_missed_by_nobody(void **state)
{
	_cleanup_table_ struct table *t = new_table(1, (size_t)1 << 20);
	struct process *child;

	add(t, KEY(1, 1, 0), KERNEL);
	child = add(t, KEY(2, 2, 0), KEY(1, 1, 0));
	table_trim(t);
	assert_null(find(t, KEY(1, 1, 0)));
	table_kill(t, child);
	assert_entries(t, 0);
}

/* A child of the first one says goodbye to the second, which never had it. */
static void a_parent_that_was_forgotten_and_came_back(void **state)
{
	_cleanup_table_ struct table *t = new_table(1, (size_t)1 << 20);
	struct process *child, *again;

	add(t, KEY(1, 1, 0), KERNEL);
	child = add(t, KEY(2, 2, 0), KEY(1, 1, 0));
	table_trim(t);
	again = add(t, KEY(1, 1, 0), KERNEL);
	table_kill(t, child);
	assert_int_equal(again->children, 0);
	table_kill(t, again);
	assert_entries(t, 0);
}

/* One process that executes itself over and over: each image has the last for its parent. */
static void a_chain_of_execs_stays_within_limits(void **state)
{
	const size_t max = 2000;
	_cleanup_table_ struct table *t = new_table(max, (size_t)1 << 30);
	struct process *last = add(t, KEY(5, 5, 0), KERNEL);

	for (uint32_t i = 1; i <= 100000; i++) {
		struct process *p = add(t, KEY(5, 5, i), last->key);

		table_kill(t, last);
		table_trim(t);
		assert_true(table_get_stats(t)->entries <= max);
		last = p;
	}
	assert_entries(t, max);
	assert_int_equal(table_get_stats(t)->forgotten_dead, 100001 - max);
	assert_int_equal(table_get_stats(t)->forgotten_alive, 0);
	assert_int_equal(table_find_process(t, &last->key)->key.execs, 100000);
	/* The end of the last one takes them all along, however many. */
	table_kill(t, last);
	assert_entries(t, 0);
	assert_int_equal(table_get_stats(t)->bytes, 0);
}

/* A hundred thousand ancestors let go at once need no more stack than one. Each with a pid of its
 * own, as when a script forks into the background and leaves. */
static void a_deep_tree_is_let_go_without_recursion(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	struct process *last = add(t, KEY(1, 1, 0), KERNEL);

	for (uint32_t i = 2; i <= 100000; i++) {
		struct process *p = add(t, KEY(i, i, 0), last->key);

		table_kill(t, last);
		last = p;
	}
	assert_entries(t, 100000);
	table_kill(t, last);
	assert_entries(t, 0);
	assert_int_equal(table_get_stats(t)->bytes, 0);
}

static void count(void *userdata, struct process *p)
{
	*(uint64_t *)userdata += p->key.pid;
}

static void each_is_met_once(void **state)
{
	_cleanup_table_ struct table *t = roomy();
	uint64_t sum = 0;

	for (uint32_t pid = 1; pid <= 5000; pid++)
		add(t, KEY(pid, pid, 0), KERNEL);
	table_each(t, count, &sum);
	assert_int_equal(sum, 5000 * 5001 / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_the_whole_key),
		cmocka_unit_test(finds_the_newest_image),
		cmocka_unit_test(counts_children),
		cmocka_unit_test(a_parent_that_is_not_there_counts_nothing),
		cmocka_unit_test(nobody_is_its_own_child),
		cmocka_unit_test(the_dead_stay_while_they_are_named),
		cmocka_unit_test(the_living_stay_without_children),
		cmocka_unit_test(adoption),
		cmocka_unit_test(a_parent_that_comes_later_is_found_anew),
		cmocka_unit_test(bytes_are_exact),
		cmocka_unit_test(what_is_left_is_freed_with_the_table),
		cmocka_unit_test(nothing_is_forgotten_below_the_limits),
		cmocka_unit_test(the_dead_are_forgotten_before_the_living_and_the_oldest_first),
		cmocka_unit_test(bytes_are_limited_too),
		cmocka_unit_test(a_forgotten_parent_is_missed_by_nobody),
		cmocka_unit_test(a_parent_that_was_forgotten_and_came_back),
		cmocka_unit_test(a_chain_of_execs_stays_within_limits),
		cmocka_unit_test(a_deep_tree_is_let_go_without_recursion),
		cmocka_unit_test(each_is_met_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
