// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel_types.h"

#include <bpf/btf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHERE "/sys/kernel/btf"

struct module {
	char *name;
	struct btf *btf; /* NULL: not read yet, or it cannot be */
};

struct kernel_types {
	struct btf *kernel;
	struct module *modules;
	size_t n_modules;
};

int kernel_types_new(struct kernel_types **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void kernel_types_free(struct kernel_types **types)
{
	if (!*types)
		return;
	for (size_t i = 0; i < (*types)->n_modules; i++) {
		btf__free((*types)->modules[i].btf);
		free((*types)->modules[i].name);
	}
	free((*types)->modules);
	btf__free((*types)->kernel);
	free(*types);
	*types = NULL;
}

static int add_module(struct kernel_types *types, const char *name)
{
	struct module *v = reallocarray(types->modules, types->n_modules + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	types->modules = v;
	v[types->n_modules] = (struct module){.name = strdup(name)};
	if (!v[types->n_modules].name)
		return -ENOMEM;
	types->n_modules++;
	return 0;
}

/* The kernel's own are there, and the modules known by name. */
static int prepare(struct kernel_types *types)
{
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	if (types->kernel)
		return 0;
	types->kernel = btf__load_vmlinux_btf();
	if (!types->kernel)
		return -errno;
	dir = opendir(WHERE);
	while (dir && r >= 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "vmlinux") != 0)
			r = add_module(types, entry->d_name);
	if (dir)
		closedir(dir);
	return r;
}

static const struct btf *module_btf(struct kernel_types *types, struct module *module)
{
	if (!module->btf)
		module->btf = btf__load_module_btf(module->name, types->kernel);
	return module->btf;
}

/* In the kernel, else in a module: the types of a module know the kernel's, too. */
static int find(struct kernel_types *types, const char *name, uint32_t kind,
		struct kernel_type *ret)
{
	int r = prepare(types), id;

	if (r < 0)
		return r;
	id = btf__find_by_name_kind(types->kernel, name, kind);
	if (id > 0) {
		*ret = (struct kernel_type){types->kernel, (uint32_t)id};
		return 0;
	}
	for (size_t i = 0; i < types->n_modules; i++) {
		const struct btf *btf = module_btf(types, &types->modules[i]);

		id = btf ? btf__find_by_name_kind(btf, name, kind) : 0;
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

static int prototype(struct kernel_types *types, const char *function, struct kernel_type *ret,
		     const struct btf_type **ret_proto)
{
	int r = find(types, function, BTF_KIND_FUNC, ret);

	if (r < 0)
		return r;
	*ret_proto = btf__type_by_id(ret->btf, btf__type_by_id(ret->btf, ret->id)->type);
	return *ret_proto ? 0 : -ENOENT;
}

int kernel_types_argument(struct kernel_types *types, const char *function, unsigned place,
			  struct kernel_type *ret)
{
	const struct btf_type *proto;
	int r = prototype(types, function, ret, &proto);

	return r < 0 ? r : parameter(ret, proto, place);
}

int kernel_types_returned(struct kernel_types *types, const char *function, struct kernel_type *ret)
{
	const struct btf_type *proto;
	int r = prototype(types, function, ret, &proto);

	if (r >= 0)
		ret->id = proto->type;
	return r;
}

/* include/trace/bpf_probe.h: typedef void (*btf_trace_NAME)(void *__data, …) */
int kernel_types_tracepoint(struct kernel_types *types, const char *tracepoint, unsigned place,
			    struct kernel_type *ret)
{
	const struct btf_type *t;
	char name[128];
	int r;

	if (snprintf(name, sizeof(name), "btf_trace_%s", tracepoint) >= (int)sizeof(name))
		return -ENOENT;
	r = find(types, name, BTF_KIND_TYPEDEF, ret);
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

int kernel_types_structure(struct kernel_types *types, const char *name, const char *module,
			   const char *function, struct kernel_type *ret)
{
	struct kernel_type of = {0};
	int r = prepare(types);

	if (r < 0)
		return r;
	for (size_t i = 0; i < types->n_modules && *module; i++)
		if (!strcmp(types->modules[i].name, module))
			of.btf = module_btf(types, &types->modules[i]);
	if (*module)
		return of.btf && has_structure(of.btf, name, ret) ? 0 : -ENOENT;
	if (has_structure(types->kernel, name, ret))
		return 0;
	if (function && find(types, function, BTF_KIND_FUNC, &of) >= 0 &&
	    has_structure(of.btf, name, ret))
		return 0;
	return -ENOENT;
}
