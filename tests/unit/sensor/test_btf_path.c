// SPDX-License-Identifier: Apache-2.0
#include "sensor/btf_path.h"
#include "base/macro.h"
#include "unit.h"

#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

/*
 *	struct leaf { char name[16]; signed char *text; u8 bytes[6]; };
 *	struct node {
 *		struct node *parent;                                  0
 *		struct leaf leaf;                                     8
 *		union { int number; struct { u16 low, high; }; };    40
 *		unsigned a:3, b:7, c:22;                             44
 *		struct node *children[4];                            48
 *		struct leaf **table;                                 80
 *		cap_t caps;                                          88
 *		enum color color;                                    96
 *		void *any;                                          104
 *		const int *const numbers;                           112
 *		u64 wide:60;                                        120
 *	};
 */
struct scene {
	struct btf *btf;
	int node, node_ptr, node_ptr_ptr, leaf, integer;
	struct arena arena;
	struct access_path path;
	struct btf_end end;
	struct error *err;
};

static int id(int r)
{
	assert_true(r > 0);
	return r;
}

static void fine(int r)
{
	assert_int_equal(r, 0);
}

static void build(struct scene *s)
{
	struct btf *b = s->btf;
	int letter = id(btf__add_int(b, "char", 1, BTF_INT_SIGNED));
	int byte = id(btf__add_int(b, "unsigned char", 1, 0));
	int u16 = id(btf__add_int(b, "unsigned short", 2, 0));
	int u32 = id(btf__add_int(b, "unsigned int", 4, 0));
	int u64 = id(btf__add_int(b, "unsigned long", 8, 0));
	int index = id(btf__add_int(b, "__ARRAY_SIZE_TYPE__", 4, 0));
	int text = id(btf__add_ptr(b, letter)), name = id(btf__add_array(b, index, letter, 16));
	int bytes = id(btf__add_array(b, index, byte, 6));
	int leaf_ptr, table, children, halves, either, color, caps, numbers;

	s->integer = id(btf__add_int(b, "int", 4, BTF_INT_SIGNED));
	s->leaf = id(btf__add_struct(b, "leaf", 32));
	fine(btf__add_field(b, "name", name, 0, 0));
	fine(btf__add_field(b, "text", text, 128, 0));
	fine(btf__add_field(b, "bytes", bytes, 192, 0));
	halves = id(btf__add_struct(b, NULL, 4));
	fine(btf__add_field(b, "low", u16, 0, 0));
	fine(btf__add_field(b, "high", u16, 16, 0));
	either = id(btf__add_union(b, NULL, 4));
	fine(btf__add_field(b, "number", s->integer, 0, 0));
	fine(btf__add_field(b, NULL, halves, 0, 0));
	color = id(btf__add_enum(b, "color", 4));
	fine(btf__add_enum_value(b, "RED", 1));
	caps = id(btf__add_struct(b, NULL, 8));
	fine(btf__add_field(b, "val", u64, 0, 0));
	caps = id(btf__add_typedef(b, "cap_t", caps));
	leaf_ptr = id(btf__add_ptr(b, id(btf__add_const(b, s->leaf))));
	table = id(btf__add_ptr(b, leaf_ptr));
	numbers = id(btf__add_const(b, id(btf__add_ptr(b, id(btf__add_const(b, s->integer))))));
	s->node_ptr = id(btf__add_ptr(b, id(btf__type_cnt(b)) + 2));
	children = id(btf__add_array(b, index, s->node_ptr, 4));
	s->node = id(btf__add_struct(b, "node", 128));
	assert_int_equal(btf__type_by_id(b, (uint32_t)s->node_ptr)->type, s->node);
	fine(btf__add_field(b, "parent", s->node_ptr, 0, 0));
	fine(btf__add_field(b, "leaf", s->leaf, 64, 0));
	fine(btf__add_field(b, NULL, either, 320, 0));
	fine(btf__add_field(b, "a", u32, 352, 3));
	fine(btf__add_field(b, "b", u32, 355, 7));
	fine(btf__add_field(b, "c", u32, 362, 22));
	fine(btf__add_field(b, "children", children, 384, 0));
	fine(btf__add_field(b, "table", table, 640, 0));
	fine(btf__add_field(b, "caps", caps, 704, 0));
	fine(btf__add_field(b, "color", color, 768, 0));
	fine(btf__add_field(b, "any", id(btf__type_cnt(b)), 832, 0));
	fine(btf__add_field(b, "numbers", numbers, 896, 0));
	fine(btf__add_field(b, "wide", u64, 960, 60));
	id(btf__add_ptr(b, 0)); /* of "any" */
	s->node_ptr_ptr = id(btf__add_ptr(b, s->node_ptr));
}

static int setup(void **state)
{
	static struct scene s;

	s = (struct scene){.btf = btf__new_empty()};
	assert_non_null(s.btf);
	build(&s);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	btf__free(s->btf);
	arena_done(&s->arena);
	error_free(&s->err);
	return 0;
}

static void find_from(struct scene *s, int root, const char *path)
{
	error_free(&s->err);
	if (btf_path_find(s->btf, (uint32_t)root, path, strlen(path), &s->arena, &s->path, &s->end,
			  &s->err) < 0)
		fail_msg("%s: %s", path, s->err->message);
}

static void find(struct scene *s, const char *path)
{
	find_from(s, s->node_ptr, path);
}

static void assert_steps(const struct scene *s, size_t n, const struct access_step *steps)
{
	assert_int_equal(s->path.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(s->path.steps[i].offset, steps[i].offset);
		assert_int_equal(s->path.steps[i].size, steps[i].size);
		assert_int_equal(s->path.steps[i].depth, steps[i].depth);
	}
}

#define STEPS(s, ...)                                                                          \
	assert_steps((s),                                                                      \
		     sizeof((struct access_step[]){__VA_ARGS__}) / sizeof(struct access_step), \
		     (struct access_step[]){__VA_ARGS__})

static void pointers_are_followed(void **state)
{
	struct scene *s = *state;

	find(s, "number");
	STEPS(s, {40, 4, 0});
	assert_int_equal(s->end.value, BTF_VALUE_NUMBER);
	assert_int_equal(s->end.bits, 32);
	assert_true(s->end.is_signed && s->path.is_signed);
	assert_string_equal(s->end.names[0], "int");
	find(s, "parent.parent.number");
	STEPS(s, {0, 8, 0}, {0, 8, 1}, {40, 4, 2});
	find(s, "parent");
	STEPS(s, {0, 8, 0});
	assert_int_equal(s->end.value, BTF_VALUE_OBJECT);
	assert_string_equal(s->end.names[0], "node");
	assert_true(s->end.is_read);
	find(s, "any");
	assert_int_equal(s->end.value, BTF_VALUE_ADDRESS);
	/* As many as there are in a row. */
	find_from(s, s->node_ptr_ptr, "number");
	STEPS(s, {0, 8, 0}, {40, 4, 0});
	find(s, "table.name");
	STEPS(s, {80, 8, 0}, {0, 8, 0}, {0, 0, 1});
	/* The value is the address of it. */
	find_from(s, s->node, "parent.number");
	STEPS(s, {0, 8, 0}, {40, 4, 1});
}

static void what_is_embedded_is_where_it_is(void **state)
{
	struct scene *s = *state;

	find(s, "leaf");
	STEPS(s, {8, 0, 0});
	assert_int_equal(s->end.value, BTF_VALUE_OBJECT);
	assert_false(s->end.is_read);
	find(s, "parent.leaf.name");
	STEPS(s, {0, 8, 0}, {8, 0, 2});
	assert_int_equal(s->end.value, BTF_VALUE_TEXT);
	assert_int_equal(s->end.size, 16);
	find(s, "leaf.text");
	STEPS(s, {24, 8, 1});
	assert_int_equal(s->end.value, BTF_VALUE_TEXT);
	assert_int_equal(s->end.size, 0);
	find(s, "leaf.bytes");
	assert_int_equal(s->end.value, BTF_VALUE_ARRAY);
	assert_int_equal(s->end.size, 6);
}

static void members_without_a_name_are_passed_through(void **state)
{
	struct scene *s = *state;

	find(s, "high");
	STEPS(s, {42, 2, 0});
	assert_int_equal(s->end.bits, 16);
	assert_false(s->end.is_signed);
}

static void elements(void **state)
{
	struct scene *s = *state;

	find(s, "children[3].number");
	STEPS(s, {72, 8, 1}, {40, 4, 2});
	find(s, "children[3]");
	STEPS(s, {72, 8, 1});
	find(s, "table[2].name[5]");
	STEPS(s, {80, 8, 0}, {16, 8, 1}, {5, 1, 3});
	find(s, "numbers[7]");
	STEPS(s, {112, 8, 0}, {28, 4, 1});
	/* Of the argument itself. */
	find(s, "[2].number");
	STEPS(s, {296, 4, 1});
	find_from(s, s->node_ptr_ptr, "[2].number");
	STEPS(s, {16, 8, 0}, {40, 4, 1});
}

static void bits(void **state)
{
	struct scene *s = *state;

	find(s, "a");
	STEPS(s, {44, 1, 0});
	assert_int_equal(s->path.shift, 0);
	assert_int_equal(s->path.bits, 3);
	assert_int_equal(s->end.bits, 3);
	find(s, "b");
	STEPS(s, {44, 2, 0});
	assert_int_equal(s->path.shift, 3);
	assert_int_equal(s->path.bits, 7);
	find(s, "c");
	STEPS(s, {44, 4, 0});
	assert_int_equal(s->path.shift, 10);
	assert_int_equal(s->path.bits, 22);
	find(s, "parent.wide");
	STEPS(s, {0, 8, 0}, {120, 8, 1});
	assert_int_equal(s->path.bits, 60);
}

static void names(void **state)
{
	struct scene *s = *state;

	find(s, "caps");
	assert_int_equal(s->end.value, BTF_VALUE_OBJECT);
	assert_string_equal(s->end.names[0], "cap_t");
	find(s, "caps.val");
	assert_string_equal(s->end.names[0], "unsigned long");
	find(s, "color");
	assert_int_equal(s->end.value, BTF_VALUE_NUMBER);
	assert_string_equal(s->end.names[0], "color");
}

static void assert_stops(struct scene *s, int root, const char *path, const char *message,
			 const char *remedy)
{
	error_free(&s->err);
	assert_int_equal(btf_path_find(s->btf, (uint32_t)root, path, strlen(path), &s->arena,
				       &s->path, &s->end, &s->err),
			 -ENOENT);
	assert_string_equal(s->err->message, message);
	if (remedy)
		assert_string_equal(s->err->remedy, remedy);
}

static void it_says_where_it_stopped(void **state)
{
	struct scene *s = *state;

	assert_stops(s, s->node_ptr, "paren",
		     "there is no member \"paren\": what it begins with is struct node",
		     "did you mean \"parent\"?");
	assert_stops(s, s->node_ptr, "parent.hihg",
		     "there is no member \"hihg\": parent is struct node",
		     "did you mean \"high\"?");
	assert_stops(s, s->node_ptr, "leaf.name.x",
		     "there is no member \"x\": leaf.name is array of char", NULL);
	assert_stops(s, s->integer, "x", "there is no member \"x\": what it begins with is int",
		     NULL);
	assert_stops(s, s->node_ptr, "children[4]",
		     "there is no element \"[4]\": children is array of pointer to struct node",
		     NULL);
	assert_stops(s, s->node_ptr, "number[0]", "there is no element \"[0]\": number is int",
		     NULL);
	assert_stops(s, s->node_ptr, "any.x", "there is no member \"x\": any is void", NULL);
	assert_stops(s, s->node_ptr, "table[99999999999].name",
		     "there is no element \"[99999999999]\": table is pointer to struct leaf",
		     NULL);
}

static void what_cannot_be_read(void **state)
{
	static const char *const paths[] = {"",           ".a",         "a.",  "parent..a",
					    "children[",  "children[]", "a b", "children[x]",
					    "children[1", "parent->a"};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		error_free(&s->err);
		assert_int_equal(btf_path_find(s->btf, (uint32_t)s->node_ptr, paths[i],
					       strlen(paths[i]), &s->arena, &s->path, &s->end,
					       &s->err),
				 -ENOENT);
		assert_non_null(strstr(s->err->message, "cannot be read"));
	}
}

static void there_is_an_end_to_pointers(void **state)
{
	struct scene *s = *state;
	char path[1024] = "parent";

	for (size_t i = 1; i < 70; i++)
		strcat(path, ".parent");
	assert_stops(s, s->node_ptr, path, "the path follows more than 63 pointers", NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pointers_are_followed),
		TEST(what_is_embedded_is_where_it_is),
		TEST(members_without_a_name_are_passed_through),
		TEST(elements),
		TEST(bits),
		TEST(names),
		TEST(it_says_where_it_stopped),
		TEST(what_cannot_be_read),
		TEST(there_is_an_end_to_pointers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
