// SPDX-License-Identifier: Apache-2.0
#include "sensor/notices.h"
#include "abi/hook.h"
#include "base/macro.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>

/* The kernel has no map of threads without types of what is in it
 * (kernel/bpf/bpf_local_storage.c: bpf_local_storage_map_alloc_check()). */
struct types {
	struct btf *btf;
	int key, value;
};

static void free_types(struct types *types)
{
	btf__free(types->btf);
}

/* What is in a value is for nobody but the programs. */
static int make_types(struct types *t)
{
	int r;

	t->btf = btf__new_empty();
	if (!t->btf)
		return -errno;
	t->key = btf__add_int(t->btf, "key", sizeof(int), BTF_INT_SIGNED);
	t->value = btf__add_int(t->btf, "notice", sizeof(struct hook_notice), 0);
	r = btf__load_into_kernel(t->btf);
	return MIN(MIN(t->key, t->value), r);
}

int notices_new(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_NO_PREALLOC);
	__attribute__((cleanup(free_types))) struct types types = {0};
	int map, r = make_types(&types);

	if (r < 0)
		return r;
	opts.btf_fd = (__u32)btf__fd(types.btf);
	opts.btf_key_type_id = (__u32)types.key;
	opts.btf_value_type_id = (__u32)types.value;
	map = bpf_map_create(BPF_MAP_TYPE_TASK_STORAGE, "hook_notices", sizeof(int),
			     sizeof(struct hook_notice), 0, &opts);
	return map < 0 ? -errno : map;
}
