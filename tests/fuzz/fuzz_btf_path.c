// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "sensor/btf_path.h"

#include <bpf/btf.h>
#include <errno.h>

/* Any text is a path or is refused with the reason; the steps of a path can be made. */

static struct btf *btf;
static uint32_t root;

/* struct node { struct node *next; struct { char name[8]; int a:3, b:29; }; struct node *v[4]; };
 */
static void set_up(void)
{
	int letter, integer, index, name, inner, next, nodes;

	if (btf)
		return;
	MUST((btf = btf__new_empty()));
	letter = btf__add_int(btf, "char", 1, BTF_INT_SIGNED);
	integer = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	index = btf__add_int(btf, "__ARRAY_SIZE_TYPE__", 4, 0);
	name = btf__add_array(btf, index, letter, 8);
	inner = btf__add_struct(btf, NULL, 12);
	MUST(btf__add_field(btf, "name", name, 0, 0) == 0);
	MUST(btf__add_field(btf, "a", integer, 64, 3) == 0);
	MUST(btf__add_field(btf, "b", integer, 67, 29) == 0);
	next = btf__add_ptr(btf, (int)btf__type_cnt(btf) + 2);
	nodes = btf__add_array(btf, index, next, 4);
	MUST(btf__add_struct(btf, "node", 56) > 0);
	MUST(btf__add_field(btf, "next", next, 0, 0) == 0);
	MUST(btf__add_field(btf, NULL, inner, 64, 0) == 0);
	MUST(btf__add_field(btf, "v", nodes, 192, 0) == 0);
	root = (uint32_t)next;
}

static bool is_size(unsigned size)
{
	return size == 0 || size == 1 || size == 2 || size == 4 || size == 8;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_error_ struct error *err = NULL;
	struct arena arena = ARENA_INIT;
	struct access_path path;
	struct btf_end end;
	int r;

	set_up();
	r = btf_path_find(btf, root, (const char *)data, size, &arena, &path, &end, &err);
	if (r < 0) {
		MUST(r == -ENOENT && err && *err->message);
	} else {
		MUST(path.n > 0 && end.n_names <= BTF_NAMES_MAX);
		MUST(path.shift + path.bits <= 64);
		for (size_t i = 0; i < path.n; i++) {
			MUST(is_size(path.steps[i].size));
			MUST(path.steps[i].offset <= INT32_MAX);
			MUST(i == 0 || path.steps[i - 1].depth <= path.steps[i].depth);
			MUST(path.steps[i].size || i + 1 == path.n);
		}
	}
	arena_done(&arena);
	return 0;
}
