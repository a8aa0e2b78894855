// SPDX-License-Identifier: Apache-2.0
#include "sensor/core_types.h"
#include "unit.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <string.h>

/*
 * The kernel's:
 *	struct leaf { unsigned long words[4]; };
 *	typedef struct leaf leaf_t;
 *	struct node {
 *		struct node *parent;             0
 *		const leaf_t leaf;               8
 *		struct { int a:3, b:29; };      40
 *		enum color color;               44
 *	};
 *	struct other { int n; };
 * and the object's: struct node___old, enum color, leaf_t.
 */
struct scene {
	struct btf *kernel, *object, *found;
	struct core_types types;
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

static void build_kernel(struct btf *b)
{
	int integer = id(btf__add_int(b, "int", 4, BTF_INT_SIGNED));
	int word = id(btf__add_int(b, "unsigned long", 8, 0));
	int words = id(btf__add_array(b, integer, word, 4));
	int leaf, bits, color, node;

	leaf = id(btf__add_struct(b, "leaf", 32));
	fine(btf__add_field(b, "words", words, 0, 0));
	leaf = id(btf__add_typedef(b, "leaf_t", leaf));
	leaf = id(btf__add_const(b, leaf));
	bits = id(btf__add_struct(b, NULL, 4));
	fine(btf__add_field(b, "a", integer, 0, 3));
	fine(btf__add_field(b, "b", integer, 3, 29));
	color = id(btf__add_enum(b, "color", 4));
	fine(btf__add_enum_value(b, "RED", 7));
	node = id((int)btf__type_cnt(b));
	assert_int_equal(btf__add_struct(b, "node", 48), node);
	fine(btf__add_field(b, "parent", node + 1, 0, 0));
	fine(btf__add_field(b, "leaf", leaf, 64, 0));
	fine(btf__add_field(b, NULL, bits, 320, 0));
	fine(btf__add_field(b, "color", color, 352, 0));
	assert_int_equal(btf__add_ptr(b, node), node + 1);
	id(btf__add_struct(b, "other", 4));
	fine(btf__add_field(b, "n", integer, 0, 0));
}

static void build_object(struct btf *b)
{
	int integer = id(btf__add_int(b, "int", 4, BTF_INT_SIGNED));

	id(btf__add_struct(b, "node___old", 4));
	fine(btf__add_field(b, "color", integer, 0, 0));
	id(btf__add_enum(b, "color", 4));
	fine(btf__add_enum_value(b, "RED", 0));
	id(btf__add_typedef(b, "leaf_t", integer));
	id(btf__add_struct(b, "ours", 4));
}

static int setup(void **state)
{
	static struct scene s;

	s = (struct scene){
		.kernel = btf__new_empty(),
		.object = btf__new_empty(),
		.types = CORE_TYPES_INIT,
	};
	build_kernel(s.kernel);
	build_object(s.object);
	fine(core_types_open(&s.types));
	fine(core_types_fill(&s.types, s.kernel, s.object));
	s.found = btf__parse(s.types.path, NULL);
	assert_non_null(s.found);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	core_types_close(&s->types);
	btf__free(s->kernel);
	btf__free(s->object);
	btf__free(s->found);
	return 0;
}

static const struct btf_type *named(const struct btf *btf, const char *name, unsigned kind)
{
	return btf__type_by_id(btf, (uint32_t)id(btf__find_by_name_kind(btf, name, kind)));
}

static const struct btf_type *type_of(const struct btf *btf, uint32_t id)
{
	return btf__type_by_id(btf, id);
}

static void test_fields_are_where_they_were(void **state)
{
	const struct scene *s = *state;
	const struct btf_type *was = named(s->kernel, "node", BTF_KIND_STRUCT);
	const struct btf_type *is = named(s->found, "node", BTF_KIND_STRUCT);

	assert_int_equal(is->size, 48);
	assert_int_equal(btf_vlen(is), 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(btf__name_by_offset(s->found, btf_members(is)[i].name_off),
				    btf__name_by_offset(s->kernel, btf_members(was)[i].name_off));
		assert_int_equal(btf_members(is)[i].offset, btf_members(was)[i].offset);
	}
}

static void test_what_fields_are_is_there(void **state)
{
	const struct btf *btf = ((struct scene *)*state)->found;
	const struct btf_member *v = btf_members(named(btf, "node", BTF_KIND_STRUCT));
	const struct btf_type *leaf = type_of(btf, v[1].type), *bits = type_of(btf, v[2].type),
			      *words;

	assert_true(btf_is_ptr(type_of(btf, v[0].type)));
	assert_int_equal(type_of(btf, v[0].type)->type, 0);
	assert_true(btf_is_struct(leaf));
	words = type_of(btf, btf_members(leaf)[0].type);
	assert_true(btf_is_array(words));
	assert_int_equal(btf_array(words)->nelems, 4);
	assert_int_equal(type_of(btf, btf_array(words)->type)->size, 8);
	assert_int_equal(btf_member_bitfield_size(bits, 1), 29);
	assert_int_equal(btf_member_bit_offset(bits, 1), 3);
	assert_int_equal(btf_enum(type_of(btf, v[3].type))[0].val, 7);
}

static void test_names_that_are_asked_for(void **state)
{
	const struct btf *btf = ((struct scene *)*state)->found;
	const struct btf_type *leaf = named(btf, "leaf_t", BTF_KIND_TYPEDEF);

	assert_true(btf_is_struct(type_of(btf, leaf->type)));
	named(btf, "color", BTF_KIND_ENUM);
}

static void test_nothing_else(void **state)
{
	const struct btf *btf = ((struct scene *)*state)->found;

	assert_true(btf__find_by_name(btf, "other") < 0);
	assert_true(btf__find_by_name(btf, "ours") < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fields_are_where_they_were, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_fields_are_is_there, setup, teardown),
		cmocka_unit_test_setup_teardown(test_names_that_are_asked_for, setup, teardown),
		cmocka_unit_test_setup_teardown(test_nothing_else, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
