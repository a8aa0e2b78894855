// SPDX-License-Identifier: Apache-2.0
#include "sensor/core_types.h"
#include "base/cleanup.h"
#include "base/hash.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Names of types, without what is behind "___": each at the place of its hash, or behind. */
struct names {
	struct name {
		const char *s;
		size_t len;
	} *v;
	size_t n; /* a power of two */
};

struct selection {
	const struct btf *from;
	struct btf *to;
	uint32_t *ids;   /* of each type of ->from, in ->to; 0: none */
	uint32_t *queue; /* those that have one, in this order from ->first on */
	size_t n, first;
	uint32_t pointer; /* what all of them are */
};

static void selection_done(struct selection *s)
{
	btf__free(s->to);
	free(s->ids);
	free(s->queue);
}

static bool has_fields_or_values(const struct btf_type *t)
{
	return btf_is_composite(t) || btf_is_any_enum(t) || btf_is_typedef(t);
}

static struct name name_of(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);
	const char *s = has_fields_or_values(t) ? btf__name_by_offset(btf, t->name_off) : "";
	const char *flavour = strstr(s, "___");

	return (struct name){s, flavour ? (size_t)(flavour - s) : strlen(s)};
}

static struct name *find(const struct names *names, struct name name)
{
	size_t at = (size_t)hash_bytes(name.s, name.len) & (names->n - 1);

	while (names->v[at].s &&
	       (names->v[at].len != name.len || memcmp(names->v[at].s, name.s, name.len) != 0))
		at = (at + 1) & (names->n - 1);
	return &names->v[at];
}

static int collect(struct names *names, const struct btf *object)
{
	uint32_t end = btf__type_cnt(object);

	for (names->n = 1; names->n < 2 * (size_t)end;)
		names->n *= 2;
	names->v = calloc(names->n, sizeof(*names->v));
	if (!names->v)
		return -ENOMEM;
	for (uint32_t id = 1; id < end; id++) {
		struct name name = name_of(object, id);

		if (name.len)
			*find(names, name) = name;
	}
	return 0;
}

static uint32_t select_type(struct selection *s, uint32_t id)
{
	if (!s->ids[id]) {
		s->queue[s->n] = id;
		s->ids[id] = (uint32_t)(s->first + s->n++);
	}
	return s->ids[id];
}

/* What of a type a field of it is, or an element: relocations look through names and qualifiers,
 * and at no more of a pointer than that it is one. */
static uint32_t select_part(struct selection *s, uint32_t id)
{
	int resolved = btf__resolve_type(s->from, id);

	if (!id || resolved < 0)
		return 0;
	return btf_is_ptr(btf__type_by_id(s->from, (uint32_t)resolved))
		       ? s->pointer
		       : select_type(s, (uint32_t)resolved);
}

static int copy(struct selection *s, uint32_t id)
{
	int to = btf__add_type(s->to, s->from, btf__type_by_id(s->from, id));
	struct btf_type *t;

	if (to < 0)
		return to;
	/* Written here and nowhere else: it is ours. */
	t = (struct btf_type *)(uintptr_t)btf__type_by_id(s->to, (uint32_t)to);
	if (btf_is_typedef(t)) {
		t->type = select_part(s, t->type);
	} else if (btf_is_array(t)) {
		btf_array(t)->type = select_part(s, btf_array(t)->type);
		btf_array(t)->index_type = select_part(s, btf_array(t)->index_type);
	} else if (btf_is_composite(t)) {
		for (unsigned i = 0; i < btf_vlen(t); i++)
			btf_members(t)[i].type = select_part(s, btf_members(t)[i].type);
	}
	return 0;
}

static int select_all(struct selection *s, const struct names *names)
{
	uint32_t end = btf__type_cnt(s->from);
	int r;

	s->to = btf__new_empty();
	s->ids = calloc(end, sizeof(*s->ids));
	s->queue = calloc(end, sizeof(*s->queue));
	if (!s->to || !s->ids || !s->queue)
		return -ENOMEM;
	r = btf__add_ptr(s->to, 0);
	if (r < 0)
		return r;
	s->pointer = (uint32_t)r;
	s->first = s->pointer + 1;
	for (uint32_t id = 1; id < end; id++) {
		struct name name = name_of(s->from, id);

		if (name.len && find(names, name)->s)
			select_type(s, id);
	}
	for (size_t i = 0; i < s->n && r >= 0; i++)
		r = copy(s, s->queue[i]);
	return r;
}

int core_types_open(struct core_types *types)
{
	types->fd = memfd_create("types", MFD_CLOEXEC);
	if (types->fd < 0)
		return -errno;
	snprintf(types->path, sizeof(types->path), "/proc/self/fd/%d", types->fd);
	return 0;
}

void core_types_close(struct core_types *types)
{
	if (types->fd >= 0)
		close(types->fd);
	types->fd = -1;
}

int core_types_fill(const struct core_types *types, const struct btf *kernel,
		    const struct btf *object)
{
	__attribute__((cleanup(selection_done))) struct selection s = {.from = kernel};
	struct names names = {0};
	const void *data;
	uint32_t size;
	int r = collect(&names, object);

	if (r >= 0)
		r = select_all(&s, &names);
	free(names.v);
	data = r < 0 ? NULL : btf__raw_data(s.to, &size);
	if (!data)
		return r < 0 ? r : -ENOMEM;
	return write(types->fd, data, size) == (ssize_t)size ? 0 : -EIO;
}
