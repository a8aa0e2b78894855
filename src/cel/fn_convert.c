// SPDX-License-Identifier: Apache-2.0
/* bool() int() uint() double() string() bytes() type() dyn() */
#include "cel/functions.h"

#include "base/number.h"
#include "base/utf8.h"

#include <errno.h>
#include <math.h>

#define NOT_A "this is not a number of the type"
#define TOO_BIG "this does not fit in the type"

CEL_FUNCTION(identity)
{
	*ret = args[0];
	return 0;
}

CEL_FUNCTION(string_to_bool)
{
	bool v;

	if (number_read_bool(args[0].text.data, args[0].text.len, &v) < 0)
		return cel_fault_about(a, call, "this is neither true nor false", &args[0]);
	*ret = cel_bool(v);
	return 0;
}

CEL_FUNCTION(uint_to_int)
{
	if (args[0].uinteger > INT64_MAX)
		return cel_fault_about(a, call, TOO_BIG, &args[0]);
	*ret = cel_int((int64_t)args[0].uinteger);
	return 0;
}

CEL_FUNCTION(int_to_uint)
{
	if (args[0].integer < 0)
		return cel_fault_about(a, call, TOO_BIG, &args[0]);
	*ret = cel_uint((uint64_t)args[0].integer);
	return 0;
}

/* The ends of int's range cannot be told from their neighbours as doubles; like cel-go, neither is
 * let in. */
CEL_FUNCTION(double_to_int)
{
	if (!(args[0].number > -0x1p63 && args[0].number < 0x1p63))
		return cel_fault_about(a, call, TOO_BIG, &args[0]);
	*ret = cel_int((int64_t)args[0].number);
	return 0;
}

CEL_FUNCTION(double_to_uint)
{
	if (!(args[0].number >= 0 && args[0].number < 0x1p64))
		return cel_fault_about(a, call, TOO_BIG, &args[0]);
	*ret = cel_uint((uint64_t)args[0].number);
	return 0;
}

CEL_FUNCTION(int_to_double)
{
	*ret = cel_double((double)args[0].integer);
	return 0;
}

CEL_FUNCTION(uint_to_double)
{
	*ret = cel_double((double)args[0].uinteger);
	return 0;
}

static int number_fault(struct cel_activation *a, const struct cel_node *call, int r,
			const struct cel_value *text)
{
	return cel_fault_about(a, call, r == -ERANGE ? TOO_BIG : NOT_A, text);
}

CEL_FUNCTION(string_to_int)
{
	int64_t v;
	int r = number_read_int(args[0].text.data, args[0].text.len, &v);

	if (r < 0)
		return number_fault(a, call, r, &args[0]);
	*ret = cel_int(v);
	return 0;
}

CEL_FUNCTION(string_to_uint)
{
	uint64_t v;
	int r = number_read_digits(args[0].text.data, args[0].text.len, 10, &v);

	if (r < 0)
		return number_fault(a, call, r, &args[0]);
	*ret = cel_uint(v);
	return 0;
}

CEL_FUNCTION(string_to_double)
{
	double v;
	int r = number_read_double(args[0].text.data, args[0].text.len, &v);

	if (r < 0)
		return number_fault(a, call, r, &args[0]);
	*ret = cel_double(v);
	return 0;
}

CEL_FUNCTION(time_to_int)
{
	*ret = cel_int(args[0].timestamp.seconds);
	return 0;
}

CEL_FUNCTION(duration_to_int)
{
	*ret = cel_int(args[0].duration);
	return 0;
}

CEL_FUNCTION(bytes_to_string)
{
	size_t len = args[0].text.len;

	if (utf8_valid_prefix(args[0].text.data, len) < len)
		return cel_fault_about(a, call, "these bytes are not UTF-8", &args[0]);
	*ret = cel_string(len ? args[0].text.data : "", len);
	return cel_spend_bytes(a, call, len);
}

CEL_FUNCTION(string_to_bytes)
{
	*ret = cel_bytes(args[0].text.data, args[0].text.len);
	return 0;
}

/* As cel_value_append() has it for people, which only of a uint says that it is one. */
CEL_FUNCTION(to_string)
{
	str_reset(&a->scratch);
	if (args[0].kind == CEL_UINT)
		str_append_u64(&a->scratch, args[0].uinteger);
	else
		cel_value_append(&a->scratch, &args[0]);
	if (!str_cstr(&a->scratch))
		return cel_out_of_memory(a, call);
	return cel_make_string(a, call, a->scratch.data, a->scratch.len, ret);
}

CEL_FUNCTION(type)
{
	const char *name = args[0].kind == CEL_MESSAGE ? args[0].message.type->name
						       : cel_kind_name(args[0].kind);

	*ret = (struct cel_value){.kind = CEL_TYPE, .text = {name, strlen(name)}};
	return 0;
}
