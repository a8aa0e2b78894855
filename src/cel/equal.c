// SPDX-License-Identifier: Apache-2.0
#include "cel/equal.h"

#include <errno.h>
#include <math.h>

static bool is_number(enum cel_kind kind)
{
	return kind == CEL_INT || kind == CEL_UINT || kind == CEL_DOUBLE;
}

static enum cel_order order(bool less, bool greater)
{
	return less ? CEL_LESS : greater ? CEL_GREATER : CEL_SAME;
}

static enum cel_order invert(enum cel_order o)
{
	return o == CEL_LESS ? CEL_GREATER : o == CEL_GREATER ? CEL_LESS : o;
}

#define COMPARE(x, y) order((x) < (y), (x) > (y))

/* Exact, where converting either to the other's type would round. */
static enum cel_order compare_int_double(int64_t i, double d)
{
	double whole = trunc(d);

	if (isnan(d))
		return CEL_UNORDERED;
	if (whole >= 0x1p63)
		return CEL_LESS;
	if (whole < -0x1p63)
		return CEL_GREATER;
	if (i != (int64_t)whole)
		return COMPARE(i, (int64_t)whole);
	return COMPARE(whole, d);
}

static enum cel_order compare_uint_double(uint64_t u, double d)
{
	double whole = trunc(d);

	if (isnan(d))
		return CEL_UNORDERED;
	if (whole >= 0x1p64)
		return CEL_LESS;
	if (d < 0)
		return CEL_GREATER;
	if (u != (uint64_t)whole)
		return COMPARE(u, (uint64_t)whole);
	return COMPARE(whole, d);
}

static enum cel_order compare_int_uint(int64_t i, uint64_t u)
{
	return i < 0 ? CEL_LESS : COMPARE((uint64_t)i, u);
}

static enum cel_order compare_doubles(double x, double y)
{
	return isnan(x) || isnan(y) ? CEL_UNORDERED : COMPARE(x, y);
}

static enum cel_order compare_numbers(const struct cel_value *x, const struct cel_value *y)
{
	if (x->kind > y->kind)
		return invert(compare_numbers(y, x));
	/* The kinds are numbered INT, UINT, DOUBLE. */
	if (x->kind == CEL_INT && y->kind == CEL_INT)
		return COMPARE(x->integer, y->integer);
	if (x->kind == CEL_INT && y->kind == CEL_UINT)
		return compare_int_uint(x->integer, y->uinteger);
	if (x->kind == CEL_INT)
		return compare_int_double(x->integer, y->number);
	if (y->kind == CEL_UINT)
		return COMPARE(x->uinteger, y->uinteger);
	if (x->kind == CEL_UINT)
		return compare_uint_double(x->uinteger, y->number);
	return compare_doubles(x->number, y->number);
}

static enum cel_order compare_text(const struct cel_value *x, const struct cel_value *y)
{
	size_t common = MIN(x->text.len, y->text.len);
	/* UTF-8 sorts by its bytes as its characters do. */
	int r = common ? memcmp(x->text.data, y->text.data, common) : 0;

	return r ? order(r < 0, r > 0) : COMPARE(x->text.len, y->text.len);
}

static enum cel_order compare_times(const struct cel_value *x, const struct cel_value *y)
{
	if (x->timestamp.seconds != y->timestamp.seconds)
		return COMPARE(x->timestamp.seconds, y->timestamp.seconds);
	return COMPARE(x->timestamp.nanos, y->timestamp.nanos);
}

bool cel_compare(const struct cel_value *x, const struct cel_value *y, enum cel_order *ret)
{
	if (is_number(x->kind) && is_number(y->kind)) {
		*ret = compare_numbers(x, y);
		return true;
	}
	if (x->kind != y->kind)
		return false;
	switch (x->kind) {
	case CEL_BOOL:
		*ret = COMPARE(x->boolean, y->boolean);
		return true;
	case CEL_STRING:
	case CEL_BYTES:
		*ret = compare_text(x, y);
		return true;
	case CEL_TIMESTAMP:
		*ret = compare_times(x, y);
		return true;
	case CEL_DURATION:
		*ret = COMPARE(x->duration, y->duration);
		return true;
	default:
		return false;
	}
}

/* What equality of parts needs. */
struct comparison {
	struct cel_activation *a;
	const struct cel_node *node;
	unsigned levels; /* how much deeper it may go */
};

static int equal(struct comparison *c, const struct cel_value *x, const struct cel_value *y,
		 bool *ret);

static int equal_part(struct comparison *c, const struct cel_value *x, const struct cel_value *y,
		      bool *ret)
{
	int r;

	if (c->levels == 0) {
		cel_fault(c->a, c->node, "the values are nested too deep to be compared");
		return -EDOM;
	}
	c->levels--;
	r = equal(c, x, y, ret);
	c->levels++;
	return r;
}

static int must_read(struct comparison *c, int r)
{
	return cel_fault_unless_read(c->a, c->node, r);
}

static int equal_lists(struct comparison *c, const struct cel_value *x, const struct cel_value *y,
		       bool *ret)
{
	struct cel_value i_x, i_y;
	bool same = x->n == y->n;
	int r;

	for (uint32_t i = 0; i < x->n && same; i++) {
		r = must_read(c, cel_list_get(x, i, &i_x));
		if (r >= 0)
			r = must_read(c, cel_list_get(y, i, &i_y));
		if (r >= 0)
			r = equal_part(c, &i_x, &i_y, &same);
		if (r < 0)
			return r;
	}
	*ret = same;
	return 0;
}

/* Whether @map has the key with that value. */
static int has_entry(struct comparison *c, const struct cel_value *map, const struct cel_value *key,
		     const struct cel_value *value, bool *ret)
{
	struct cel_value k, v;
	bool same = false;
	int r = 0;

	for (uint32_t i = 0; i < map->n && !same && r >= 0; i++) {
		r = must_read(c, cel_map_key(map, i, &k));
		if (r >= 0)
			r = equal_part(c, &k, key, &same);
		if (r >= 0 && same)
			r = must_read(c, cel_map_value(map, i, &v));
	}
	if (r < 0)
		return r;
	*ret = false;
	return same ? equal_part(c, &v, value, ret) : 0;
}

static int equal_maps(struct comparison *c, const struct cel_value *x, const struct cel_value *y,
		      bool *ret)
{
	struct cel_value key, value;
	bool same = x->n == y->n;
	int r;

	for (uint32_t i = 0; i < x->n && same; i++) {
		r = must_read(c, cel_map_key(x, i, &key));
		if (r >= 0)
			r = must_read(c, cel_map_value(x, i, &value));
		if (r >= 0)
			r = has_entry(c, y, &key, &value, &same);
		if (r < 0)
			return r;
	}
	*ret = same;
	return 0;
}

static int equal_fields(struct comparison *c, const ProtobufCMessageDescriptor *type,
			const ProtobufCMessage *x, const ProtobufCMessage *y, bool *ret)
{
	struct cel_value f_x, f_y;
	bool same = true;
	int r;

	for (unsigned i = 0; i < type->n_fields && same; i++) {
		struct cel_field field = cel_field_find(type, type->fields[i].name);
		bool has = cel_field_has(&field, x);

		same = has == cel_field_has(&field, y);
		if (!has || !same)
			continue;
		r = must_read(c, cel_field_get(&field, x, &f_x));
		if (r >= 0)
			r = must_read(c, cel_field_get(&field, y, &f_y));
		if (r >= 0)
			r = equal_part(c, &f_x, &f_y, &same);
		if (r < 0)
			return r;
	}
	*ret = same;
	return 0;
}

static int equal_messages(struct comparison *c, const struct cel_value *x,
			  const struct cel_value *y, bool *ret)
{
	int r = cel_spend(c->a, c->node, x->message.type->n_fields);

	if (r < 0)
		return r;
	if (x->message.type == y->message.type)
		return equal_fields(c, x->message.type, x->message.fields, y->message.fields, ret);
	*ret = false;
	return 0;
}

static int equal_text(struct comparison *c, const struct cel_value *x, const struct cel_value *y,
		      bool *ret)
{
	size_t len = x->text.len;

	*ret = len == y->text.len && (len == 0 || !memcmp(x->text.data, y->text.data, len));
	return cel_spend_bytes(c->a, c->node, MIN(len, y->text.len));
}

static int equal(struct comparison *c, const struct cel_value *x, const struct cel_value *y,
		 bool *ret)
{
	enum cel_order o;
	int r = cel_spend(c->a, c->node, 1);

	if (r < 0)
		return r;
	if (x->kind != y->kind && !(is_number(x->kind) && is_number(y->kind))) {
		*ret = false;
		return 0;
	}
	switch (x->kind) {
	case CEL_STRING:
	case CEL_BYTES:
	case CEL_TYPE:
		return equal_text(c, x, y, ret);
	case CEL_LIST:
		return equal_lists(c, x, y, ret);
	case CEL_MAP:
		return equal_maps(c, x, y, ret);
	case CEL_MESSAGE:
		return equal_messages(c, x, y, ret);
	case CEL_IP:
	case CEL_CIDR:
		*ret = x->n == y->n && !memcmp(x->address, y->address, sizeof(x->address));
		return 0;
	default:
		/* What has no order here is null. */
		*ret = !cel_compare(x, y, &o) || o == CEL_SAME;
		return 0;
	}
}

int cel_equal(struct cel_activation *a, const struct cel_node *node, const struct cel_value *x,
	      const struct cel_value *y, bool *ret)
{
	struct comparison c = {a, node, CEL_NESTING_MAX};

	return equal(&c, x, y, ret);
}
