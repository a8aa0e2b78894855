// SPDX-License-Identifier: Apache-2.0
#include "path_check.h"

#include <bpf/btf.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	set_up();
	check_path(btf, root, (const char *)data, size);
	return 0;
}
