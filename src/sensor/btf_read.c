// SPDX-License-Identifier: Apache-2.0
#include "sensor/btf_read.h"
#include "base/macro.h"
#include "base/suggest.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

/* A name for a name for … */
#define NAMES_MAX 32

bool btf_is_raw(const void *bytes, size_t size)
{
	uint16_t magic = BTF_MAGIC;

	return size >= sizeof(magic) && !memcmp(bytes, &magic, sizeof(magic));
}

static bool is_within(uint32_t offset, uint32_t len, size_t size)
{
	return (uint64_t)offset + len <= size;
}

static bool check_header(const void *bytes, size_t size)
{
	struct btf_header h;

	if (!btf_is_raw(bytes, size) || size < sizeof(h))
		return false;
	memcpy(&h, bytes, sizeof(h));
	return h.hdr_len >= sizeof(h) && h.hdr_len <= size && h.hdr_len % 4 == 0 &&
	       h.type_off % 4 == 0 && is_within(h.type_off, h.type_len, size - h.hdr_len) &&
	       is_within(h.str_off, h.str_len, size - h.hdr_len);
}

static bool has_type(const struct btf *btf, uint32_t id)
{
	return id < btf__type_cnt(btf);
}

static bool is_name_for(const struct btf_type *t)
{
	return btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t);
}

static bool check_members(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_member *m = btf_members(t);

	for (unsigned i = 0; i < btf_vlen(t); i++)
		if (!has_type(btf, m[i].type))
			return false;
	return true;
}

static bool check_params(const struct btf *btf, const struct btf_type *t)
{
	const struct btf_param *p = btf_params(t);

	for (unsigned i = 0; i < btf_vlen(t); i++)
		if (!has_type(btf, p[i].type))
			return false;
	return has_type(btf, t->type);
}

static bool check_references(const struct btf *btf, const struct btf_type *t)
{
	if (btf_is_composite(t))
		return check_members(btf, t);
	if (btf_is_func_proto(t))
		return check_params(btf, t);
	if (btf_is_array(t))
		return has_type(btf, btf_array(t)->type) && has_type(btf, btf_array(t)->index_type);
	if (btf_is_ptr(t) || is_name_for(t))
		return has_type(btf, t->type);
	/* The rest is no type of anything. */
	return true;
}

/* All references have been checked. */
static bool check_names(const struct btf *btf, const struct btf_type *t)
{
	for (unsigned n = 0; is_name_for(t); n++) {
		if (n == NAMES_MAX)
			return false;
		t = btf__type_by_id(btf, t->type);
	}
	return true;
}

static bool check_all(const struct btf *btf,
		      bool (*check)(const struct btf *btf, const struct btf_type *t))
{
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++)
		if (!check(btf, btf__type_by_id(btf, id)))
			return false;
	return true;
}

uint32_t btf_structure(const struct btf *btf, const char *name)
{
	static const uint32_t kinds[] = {BTF_KIND_STRUCT, BTF_KIND_UNION, BTF_KIND_TYPEDEF};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int id = btf__find_by_name_kind(btf, name, kinds[i]);

		if (id > 0)
			return (uint32_t)id;
	}
	return 0;
}

void btf_suggest_structures(const struct btf *btf, struct suggest *suggest)
{
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *name = btf_is_composite(t) || btf_is_typedef(t)
					   ? btf__name_by_offset(btf, t->name_off)
					   : NULL;

		if (name && *name)
			suggest_offer(suggest, name);
	}
}

int btf_read(const void *bytes, size_t size, struct btf **ret)
{
	struct btf *btf;

	if (size > UINT32_MAX || !check_header(bytes, size))
		return -EINVAL;
	btf = btf__new(bytes, (uint32_t)size);
	if (!btf)
		return errno == ENOMEM ? -ENOMEM : -EINVAL;
	if (!check_all(btf, check_references) || !check_all(btf, check_names)) {
		btf__free(btf);
		return -EINVAL;
	}
	*ret = btf;
	return 0;
}
