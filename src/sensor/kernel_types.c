// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel_types.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static int find(struct kernel_functions *functions, const char *name, uint32_t kind,
		struct kernel_type *ret)
{
	const struct btf *btf;
	const char *module;

	for (size_t i = 0; (btf = kernel_functions_types(functions, i, &module)); i++) {
		int id = btf__find_by_name_kind(btf, name, kind);

		if (id <= 0)
			continue;
		*ret = (struct kernel_type){btf, (uint32_t)id};
		return 0;
	}
	return -ENOENT;
}

static int parameter(struct kernel_type *type, const struct btf_type *proto, unsigned place)
{
	if (!proto || !btf_is_func_proto(proto))
		return -ENOENT;
	if (place >= btf_vlen(proto))
		return -ERANGE;
	type->id = btf_params(proto)[place].type;
	return 0;
}

static int prototype(struct kernel_functions *functions, const char *function,
		     struct kernel_type *ret, const struct btf_type **ret_proto)
{
	int r = find(functions, function, BTF_KIND_FUNC, ret);

	if (r < 0)
		return r;
	*ret_proto = btf__type_by_id(ret->btf, btf__type_by_id(ret->btf, ret->id)->type);
	return *ret_proto ? 0 : -ENOENT;
}

int kernel_types_argument(struct kernel_functions *functions, const char *function, unsigned place,
			  struct kernel_type *ret)
{
	const struct btf_type *proto;
	int r = prototype(functions, function, ret, &proto);

	return r < 0 ? r : parameter(ret, proto, place);
}

int kernel_types_returned(struct kernel_functions *functions, const char *function,
			  struct kernel_type *ret)
{
	const struct btf_type *proto;
	int r = prototype(functions, function, ret, &proto);

	if (r >= 0)
		ret->id = proto->type;
	return r;
}

/* include/trace/bpf_probe.h: typedef void (*btf_trace_NAME)(void *__data, …) */
int kernel_types_tracepoint(struct kernel_functions *functions, const char *tracepoint,
			    unsigned place, struct kernel_type *ret)
{
	const struct btf_type *t;
	char name[128];
	int r;

	if (snprintf(name, sizeof(name), "btf_trace_%s", tracepoint) >= (int)sizeof(name))
		return -ENOENT;
	r = find(functions, name, BTF_KIND_TYPEDEF, ret);
	if (r < 0)
		return r;
	t = btf__type_by_id(ret->btf, btf__type_by_id(ret->btf, ret->id)->type);
	if (!t || !btf_is_ptr(t))
		return -ENOENT;
	return parameter(ret, btf__type_by_id(ret->btf, t->type), place + 1);
}

static bool has_structure(const struct btf *btf, const char *name, struct kernel_type *ret)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	if (id <= 0)
		id = btf__find_by_name_kind(btf, name, BTF_KIND_UNION);
	if (id > 0)
		*ret = (struct kernel_type){btf, (uint32_t)id};
	return id > 0;
}

int kernel_types_structure(struct kernel_functions *functions, const char *name, const char *module,
			   const char *function, struct kernel_type *ret)
{
	struct kernel_type of = {0};
	const struct btf *btf;
	const char *its;

	if (!*module && has_structure(kernel_functions_types(functions, 0, &its), name, ret))
		return 0;
	for (size_t i = 1; *module && (btf = kernel_functions_types(functions, i, &its)); i++)
		if (!strcmp(its, module))
			return has_structure(btf, name, ret) ? 0 : -ENOENT;
	if (!*module && function && find(functions, function, BTF_KIND_FUNC, &of) == 0 &&
	    has_structure(of.btf, name, ret))
		return 0;
	return -ENOENT;
}
