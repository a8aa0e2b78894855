// SPDX-License-Identifier: Apache-2.0
#include "sensor/kernel_functions.h"
#include "base/cleanup.h"
#include "base/hash.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULE_NAME 64

/* The kernel itself or a module, and where to find its functions by name: twice as many places as
 * there are functions, each the id of one or 0. */
struct object {
	struct btf *btf;
	uint32_t id; /* 0: the kernel itself */
	char name[MODULE_NAME];
	uint32_t *places;
	size_t n_places; /* a power of two */
};

struct kernel_functions {
	struct object kernel;
	struct object *modules;
	size_t n_modules;
	bool knows_modules; /* they are read when a function is none of the kernel's own */
};

static const char *name_of(const struct btf *btf, uint32_t id)
{
	return btf__name_by_offset(btf, btf__type_by_id(btf, id)->name_off);
}

/* Where the function of that name is, or would be. */
static uint32_t *find_place(const struct object *o, const char *name)
{
	size_t at = (size_t)hash_bytes(name, strlen(name)) & (o->n_places - 1);

	while (o->places[at] && strcmp(name_of(o->btf, o->places[at]), name) != 0)
		at = (at + 1) & (o->n_places - 1);
	return &o->places[at];
}

static bool is_function(const struct btf *btf, uint32_t id)
{
	return btf_is_func(btf__type_by_id(btf, id));
}

/* The types of a module are behind those of the kernel. */
static int index_functions(struct object *o, const struct btf *base)
{
	uint32_t first = base ? btf__type_cnt(base) : 1, end = btf__type_cnt(o->btf);
	size_t n = 0;

	for (uint32_t id = first; id < end; id++)
		n += is_function(o->btf, id);
	for (o->n_places = 1; o->n_places < 2 * n + 1;)
		o->n_places *= 2;
	o->places = calloc(o->n_places, sizeof(*o->places));
	if (!o->places)
		return -ENOMEM;
	for (uint32_t id = first; id < end; id++) {
		uint32_t *place;

		if (!is_function(o->btf, id))
			continue;
		place = find_place(o, name_of(o->btf, id));
		if (!*place)
			*place = id;
	}
	return 0;
}

static void object_done(struct object *o)
{
	free(o->places);
	btf__free(o->btf);
}

int kernel_functions_new(struct kernel_functions **ret, struct error **reterr)
{
	struct kernel_functions *f = calloc(1, sizeof(*f));
	int r = -ENOMEM;

	if (f) {
		f->kernel.btf = btf__load_vmlinux_btf();
		r = f->kernel.btf ? index_functions(&f->kernel, NULL) : -errno;
	}
	if (r >= 0) {
		*ret = f;
		return 0;
	}
	kernel_functions_free(&f);
	return error_set(reterr, r, "cannot read the types of the kernel: %s", strerror(-r));
}

void kernel_functions_free(struct kernel_functions **functions)
{
	struct kernel_functions *f = *functions;

	if (!f)
		return;
	/* These need the kernel's. */
	for (size_t i = 0; i < f->n_modules; i++)
		object_done(&f->modules[i]);
	object_done(&f->kernel);
	free(f->modules);
	free(f);
	*functions = NULL;
}

/* --- modules */

/* Of programs there are such objects, too. */
static bool is_module(uint32_t id, char name[MODULE_NAME])
{
	_cleanup_close_ int fd = bpf_btf_get_fd_by_id(id);
	struct bpf_btf_info info = {.name = (uintptr_t)name, .name_len = MODULE_NAME};
	__u32 len = sizeof(info);

	return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &len) == 0 && info.kernel_btf &&
	       strcmp(name, "vmlinux") != 0;
}

static void add_module(struct kernel_functions *f, uint32_t id, const char *name)
{
	struct object o = {.id = id, .btf = btf__load_from_kernel_by_id_split(id, f->kernel.btf)};
	struct object *v;

	if (!o.btf)
		return;
	memcpy(o.name, name, sizeof(o.name));
	v = index_functions(&o, f->kernel.btf) < 0
		    ? NULL
		    : reallocarray(f->modules, f->n_modules + 1, sizeof(*v));
	if (!v) {
		object_done(&o);
		return;
	}
	f->modules = v;
	v[f->n_modules++] = o;
}

/* What cannot be read is as if it were not there. */
static void read_modules(struct kernel_functions *f)
{
	f->knows_modules = true;
	for (__u32 id = 0; bpf_btf_get_next_id(id, &id) == 0;) {
		char name[MODULE_NAME] = "";

		if (is_module(id, name))
			add_module(f, id, name);
	}
}

/* --- what a function is like */

static struct kernel_param describe(const struct btf *btf, uint32_t type)
{
	int id = btf__resolve_type(btf, type);
	const struct btf_type *t = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
	struct kernel_param param = {.words = 1};
	long long size = id < 0 ? -1 : btf__resolve_size(btf, (uint32_t)id);

	if (!t)
		return param;
	if (size > 8)
		param.words = (unsigned)((size + 7) / 8);
	if (!btf_is_ptr(t))
		return param;
	param.is_pointer = true;
	id = btf__resolve_type(btf, t->type);
	t = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);
	if (t && (btf_is_composite(t) || btf_is_fwd(t)))
		param.type = btf__name_by_offset(btf, t->name_off);
	return param;
}

static void describe_function(const struct object *o, uint32_t id, struct kernel_function *ret)
{
	const struct btf_type *function = btf__type_by_id(o->btf, id);
	const struct btf_type *proto = btf__type_by_id(o->btf, function->type);
	const struct btf_param *params = btf_params(proto);

	*ret = (struct kernel_function){
		.name = name_of(o->btf, id),
		.btf_id = id,
		.btf_object = o->id,
		.n_params = btf_vlen(proto),
		.returns = proto->type != 0,
	};
	/* The last one of a variable number is of no type. */
	if (ret->n_params && !params[ret->n_params - 1].type)
		ret->n_params--;
	for (unsigned i = 0; i < ret->n_params && i < KERNEL_PARAMS_MAX; i++)
		ret->params[i] = describe(o->btf, params[i].type);
	if (ret->returns)
		ret->returned = describe(o->btf, proto->type);
}

int kernel_functions_find(struct kernel_functions *f, const char *name, struct kernel_function *ret)
{
	const struct object *o = &f->kernel;
	uint32_t id = *find_place(o, name);

	if (!id && !f->knows_modules)
		read_modules(f);
	for (size_t i = 0; i < f->n_modules && !id; i++) {
		o = &f->modules[i];
		id = *find_place(o, name);
	}
	if (!id)
		return -ENOENT;
	describe_function(o, id, ret);
	return 0;
}

bool kernel_functions_has(const struct kernel_functions *f, const char *name)
{
	return *find_place(&f->kernel, name) != 0;
}

const struct btf *kernel_functions_types(struct kernel_functions *f, size_t number,
					 const char **ret_module)
{
	*ret_module = "";
	if (!number)
		return f->kernel.btf;
	if (!f->knows_modules)
		read_modules(f);
	if (number > f->n_modules)
		return NULL;
	*ret_module = f->modules[number - 1].name;
	return f->modules[number - 1].btf;
}

/* --- all of them */

int kernel_functions_each(const struct kernel_functions *f, const char *prefix,
			  int (*each)(const char *name, void *data), void *data)
{
	size_t len = strlen(prefix);
	int r = 0;

	for (size_t i = 0; i < f->kernel.n_places && !r; i++) {
		const char *name =
			f->kernel.places[i] ? name_of(f->kernel.btf, f->kernel.places[i]) : NULL;

		if (name && !strncmp(name, prefix, len))
			r = each(name, data);
	}
	return r;
}

struct offer {
	struct suggest *suggest;
	size_t prefix;
};

static int offer(const char *name, void *data)
{
	const struct offer *to = data;

	suggest_offer(to->suggest, name + to->prefix);
	return 0;
}

void kernel_functions_suggest(const struct kernel_functions *f, const char *prefix,
			      struct suggest *suggest)
{
	struct offer to = {suggest, strlen(prefix)};

	kernel_functions_each(f, prefix, offer, &to);
}
