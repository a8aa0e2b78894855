// SPDX-License-Identifier: Apache-2.0
/* Lists and maps: size() + in [] join(). */
#include "cel/functions.h"

#include "cel/equal.h"
#include "cel/text.h"

#include <math.h>

CEL_FUNCTION(size_string)
{
	size_t n = cel_text_count(args[0].text.data, args[0].text.len);

	*ret = cel_int((int64_t)n);
	return cel_spend_bytes(a, call, args[0].text.len);
}

CEL_FUNCTION(size_bytes)
{
	*ret = cel_int((int64_t)args[0].text.len);
	return 0;
}

CEL_FUNCTION(size_items)
{
	*ret = cel_int(args[0].n);
	return 0;
}

static int copy_items(struct cel_activation *a, const struct cel_node *call,
		      const struct cel_value *list, struct cel_value *to)
{
	int r = cel_spend(a, call, list->n);

	for (uint32_t i = 0; i < list->n && r >= 0; i++)
		r = cel_fault_unless_read(a, call, cel_list_get(list, i, &to[i]));
	return r;
}

CEL_FUNCTION(add_list)
{
	size_t n = (size_t)args[0].n + args[1].n;
	struct cel_value *items = cel_alloc(a, call, n * sizeof(*items));
	int r;

	if (!items)
		return a->fault.code;
	r = copy_items(a, call, &args[0], items);
	if (r >= 0)
		r = copy_items(a, call, &args[1], items + args[0].n);
	/* The limit on memory keeps it from wrapping. */
	if (r >= 0)
		*ret = cel_list(items, (uint32_t)n);
	return r;
}

CEL_FUNCTION(in_list)
{
	struct cel_value item;
	bool same = false;
	int r = 0;

	for (uint32_t i = 0; i < args[1].n && !same && r >= 0; i++) {
		r = cel_fault_unless_read(a, call, cel_list_get(&args[1], i, &item));
		if (r >= 0)
			r = cel_equal(a, call, &item, &args[0], &same);
	}
	if (r >= 0)
		*ret = cel_bool(same);
	return r;
}

CEL_FUNCTION(in_map)
{
	struct cel_value value;
	int r = cel_map_find(a, call, &args[1], &args[0], &value);

	if (r < 0)
		return r;
	*ret = cel_bool(r);
	return 0;
}

/* A number of any type as an index, if it is whole and not negative. */
static bool to_index(const struct cel_value *v, uint64_t *ret)
{
	switch (v->kind) {
	case CEL_INT:
		*ret = (uint64_t)v->integer;
		return v->integer >= 0;
	case CEL_UINT:
		*ret = v->uinteger;
		return true;
	case CEL_DOUBLE:
		if (!(v->number >= 0 && v->number < 0x1p53) || trunc(v->number) != v->number)
			return false;
		*ret = (uint64_t)v->number;
		return true;
	default:
		return false;
	}
}

CEL_FUNCTION(index_list)
{
	uint64_t i;

	if (args[1].kind != CEL_INT && args[1].kind != CEL_UINT && args[1].kind != CEL_DOUBLE)
		return cel_fault_arguments(a, call, args);
	if (!to_index(&args[1], &i) || i >= args[0].n)
		return cel_fault_about(a, call, "the list has no such element", &args[1]);
	return cel_fault_unless_read(a, call, cel_list_get(&args[0], (uint32_t)i, ret));
}

CEL_FUNCTION(index_map)
{
	int r = cel_map_find(a, call, &args[0], &args[1], ret);

	if (r == 0)
		return cel_fault_about(a, call, "no such key", &args[1]);
	return r < 0 ? r : 0;
}

/* Length of all strings of a list together, a separator between them. */
static int measure_join(struct cel_activation *a, const struct cel_node *call,
			const struct cel_value *list, size_t separator, size_t *ret)
{
	size_t len = list->n ? (list->n - 1) * separator : 0;
	struct cel_value item;
	int r = cel_spend(a, call, list->n);

	for (uint32_t i = 0; i < list->n && r >= 0; i++) {
		r = cel_fault_unless_read(a, call, cel_list_get(list, i, &item));
		if (r >= 0 && item.kind != CEL_STRING)
			r = cel_fault_about(a, call, "join() takes strings, not this", &item);
		if (r >= 0)
			len += item.text.len;
	}
	*ret = len;
	return r;
}

CEL_FUNCTION(join)
{
	struct cel_value separator = call->n > 1 ? args[1] : cel_string("", 0), item;
	char *data, *p;
	size_t len;
	int r;

	r = measure_join(a, call, &args[0], separator.text.len, &len);
	if (r < 0)
		return r;
	data = p = cel_alloc(a, call, len + 1);
	if (!data)
		return a->fault.code;
	for (uint32_t i = 0; i < args[0].n; i++) {
		if (i > 0)
			p = mempcpy(p, separator.text.data, separator.text.len);
		/* It could be read before. */
		cel_list_get(&args[0], i, &item);
		p = mempcpy(p, item.text.data, item.text.len);
	}
	*ret = cel_string(data, len);
	return cel_spend_bytes(a, call, len);
}
