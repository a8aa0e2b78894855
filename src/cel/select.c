// SPDX-License-Identifier: Apache-2.0
#include "cel/functions.h"

#include "cel/equal.h"

#include <errno.h>

int cel_map_find(struct cel_activation *a, const struct cel_node *node, const struct cel_value *map,
		 const struct cel_value *key, struct cel_value *ret)
{
	struct cel_value k;
	bool same;
	int r;

	/* Of entries with the same key, which protobuf lets be, the last counts. */
	for (uint32_t i = map->n; i > 0; i--) {
		r = cel_fault_unless_read(a, node, cel_map_key(map, i - 1, &k));
		if (r >= 0)
			r = cel_equal(a, node, &k, key, &same);
		if (r < 0)
			return r;
		if (!same)
			continue;
		r = cel_fault_unless_read(a, node, cel_map_value(map, i - 1, ret));
		return r < 0 ? r : 1;
	}
	return 0;
}

static struct cel_value name_of(const struct cel_node *node)
{
	return cel_string(node->select.name, strlen(node->select.name));
}

/* The field, which the checker has found already if it knew the type. */
static int find_field(struct cel_activation *a, const struct cel_node *node,
		      const struct cel_value *from, struct cel_field *ret)
{
	struct cel_value name = name_of(node);

	if (LIKELY(node->select.message == from->message.type)) {
		*ret = node->select.field;
		return 0;
	}
	*ret = cel_field_find(from->message.type, node->select.name);
	if (ret->shape == CEL_SHAPE_NONE)
		return cel_fault_about(a, node, "no such field", &name);
	return 0;
}

static int not_selectable(struct cel_activation *a, const struct cel_node *node,
			  const struct cel_value *from)
{
	const char *kind = cel_kind_name(from->kind);
	struct cel_value shown = {.kind = CEL_TYPE, .text = {kind, strlen(kind)}};

	return cel_fault_about(a, node, "a value of this type has no fields", &shown);
}

int cel_select(struct cel_activation *a, const struct cel_node *node, const struct cel_value *from,
	       struct cel_value *ret)
{
	struct cel_value name;
	struct cel_field field;
	int r;

	if (LIKELY(from->kind == CEL_MESSAGE)) {
		r = find_field(a, node, from, &field);
		if (r < 0)
			return r;
		return cel_fault_unless_read(a, node,
					     cel_field_get(&field, from->message.fields, ret));
	}
	if (from->kind != CEL_MAP)
		return not_selectable(a, node, from);
	name = name_of(node);
	r = cel_map_find(a, node, from, &name, ret);
	if (r == 0)
		return cel_fault_about(a, node, "no such key", &name);
	return r < 0 ? r : 0;
}

int cel_has(struct cel_activation *a, const struct cel_node *node, const struct cel_value *from,
	    struct cel_value *ret)
{
	struct cel_value name, value;
	struct cel_field field;
	int r;

	if (from->kind == CEL_MESSAGE) {
		r = find_field(a, node, from, &field);
		if (r >= 0)
			*ret = cel_bool(cel_field_has(&field, from->message.fields));
		return r;
	}
	if (from->kind != CEL_MAP)
		return not_selectable(a, node, from);
	name = name_of(node);
	r = cel_map_find(a, node, from, &name, &value);
	if (r < 0)
		return r;
	*ret = cel_bool(r);
	return 0;
}
