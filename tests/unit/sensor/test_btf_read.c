// SPDX-License-Identifier: Apache-2.0
#include "sensor/btf_read.h"
#include "base/macro.h"
#include "base/suggest.h"
#include "sensor/btf_path.h"
#include "unit.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Types that are written by hand. */
struct written {
	struct btf_header header;
	uint32_t types[64];
	char strings[32];
};

static void begin(struct written *w)
{
	*w = (struct written){
		.header = {.magic = BTF_MAGIC,
			   .version = BTF_VERSION,
			   .hdr_len = sizeof(w->header),
			   .str_off = sizeof(w->types),
			   .str_len = sizeof(w->strings)},
		.strings = "\0thing\0leaf\0name\0int",
	};
}

enum { NAME_NONE, NAME_THING = 1, NAME_LEAF = 7, NAME_NAME = 12, NAME_INT = 17 };

static void add(struct written *w, uint32_t name, unsigned kind, unsigned vlen, uint32_t type)
{
	uint32_t *to = w->types + w->header.type_len / sizeof(*to);

	to[0] = name;
	to[1] = kind << 24 | vlen;
	to[2] = type;
	w->header.type_len += 3 * sizeof(*to);
}

static void add_member(struct written *w, uint32_t name, uint32_t type, uint32_t offset)
{
	uint32_t *to = w->types + w->header.type_len / sizeof(*to);

	to[0] = name;
	to[1] = type;
	to[2] = offset;
	w->header.type_len += 3 * sizeof(*to);
}

static void add_int(struct written *w, uint32_t size)
{
	uint32_t *to = w->types + w->header.type_len / sizeof(*to) + 3;

	add(w, NAME_INT, BTF_KIND_INT, 0, size);
	*to = 32;
	w->header.type_len += sizeof(*to);
}

static struct btf *read_written(const struct written *w)
{
	struct btf *btf = NULL;

	assert_int_equal(btf_read(w, sizeof(*w), &btf), 0);
	return btf;
}

static void refuse(const struct written *w)
{
	struct btf *btf;

	assert_int_equal(btf_read(w, sizeof(*w), &btf), -EINVAL);
}

static int look_up(const struct btf *btf, uint32_t root, const char *path)
{
	struct arena arena = ARENA_INIT;
	struct access_path found;
	struct btf_end end;
	int r = btf_path_find(btf, root, path, strlen(path), &arena, &found, &end, NULL);

	arena_done(&arena);
	return r;
}

static void structures_are_found(void **state)
{
	struct suggest suggest;
	struct written w;
	struct btf *btf;

	begin(&w);
	add_int(&w, 4);
	add(&w, NAME_LEAF, BTF_KIND_UNION, 1, 4);
	add_member(&w, NAME_NAME, 1, 0);
	add(&w, NAME_THING, BTF_KIND_TYPEDEF, 0, 2);
	btf = read_written(&w);
	assert_int_equal(btf_structure(btf, "leaf"), 2);
	assert_int_equal(btf_structure(btf, "thing"), 3);
	assert_int_equal(btf_structure(btf, "int"), 0);
	assert_int_equal(look_up(btf, 3, "name"), 0);
	suggest_init(&suggest, "thign", 5, 3);
	btf_suggest_structures(btf, &suggest);
	assert_string_equal(suggest.best, "thing");
	btf__free(btf);
}

static void what_is_no_btf(void **state)
{
	struct written w;
	struct btf *btf;

	begin(&w);
	add_int(&w, 4);
	assert_int_equal(btf_read(&w, 1, &btf), -EINVAL);
	assert_int_equal(btf_read(&w, sizeof(w.header) - 1, &btf), -EINVAL);
	assert_int_equal(btf_read(&w, sizeof(w) - 1, &btf), -EINVAL);
	w.header.magic = __builtin_bswap16(BTF_MAGIC);
	refuse(&w);
	begin(&w);
	w.header.hdr_len = UINT32_MAX;
	refuse(&w);
	w.header.hdr_len = sizeof(w);
	refuse(&w);
	begin(&w);
	w.header.type_len = UINT32_MAX;
	refuse(&w);
	begin(&w);
	w.header.str_off = UINT32_MAX;
	refuse(&w);
}

static void what_is_not_there(void **state)
{
	static const unsigned kinds[] = {BTF_KIND_PTR, BTF_KIND_CONST, BTF_KIND_TYPEDEF};
	struct written w;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		begin(&w);
		add(&w, kinds[i] == BTF_KIND_TYPEDEF ? NAME_THING : NAME_NONE, kinds[i], 0, 2);
		refuse(&w);
	}
	begin(&w);
	add(&w, NAME_THING, BTF_KIND_STRUCT, 1, 8);
	add_member(&w, NAME_NAME, UINT32_MAX, 0);
	refuse(&w);
	begin(&w);
	add(&w, NAME_NONE, BTF_KIND_ARRAY, 0, 0);
	add_member(&w, 0, 7, 1); /* of which element, index and number are */
	refuse(&w);
}

static void names_for_themselves(void **state)
{
	struct written w;

	begin(&w);
	add(&w, NAME_THING, BTF_KIND_TYPEDEF, 0, 1);
	refuse(&w);
	begin(&w);
	add(&w, NAME_NONE, BTF_KIND_CONST, 0, 2);
	add(&w, NAME_NONE, BTF_KIND_VOLATILE, 0, 1);
	refuse(&w);
}

/* Pointers to themselves, and structures that hold themselves, end somewhere. */
static void what_makes_no_sense(void **state)
{
	struct written w;
	struct btf *btf;

	begin(&w);
	add(&w, NAME_NONE, BTF_KIND_PTR, 0, 1);
	add(&w, NAME_THING, BTF_KIND_STRUCT, 8, 8);
	for (unsigned i = 0; i < 8; i++)
		add_member(&w, NAME_NONE, 2, 8 * i);
	add(&w, NAME_LEAF, BTF_KIND_STRUCT, 1, 8);
	add_member(&w, NAME_NAME, 4, 0);
	add_int(&w, 0x20000008);
	btf = read_written(&w);
	assert_int_equal(look_up(btf, 1, "name"), -ENOENT);
	assert_int_equal(look_up(btf, 2, "name"), -ENOENT);
	assert_int_equal(look_up(btf, 3, "name"), -ENOENT);
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structures_are_found), cmocka_unit_test(what_is_no_btf),
		cmocka_unit_test(what_is_not_there),    cmocka_unit_test(names_for_themselves),
		cmocka_unit_test(what_makes_no_sense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
