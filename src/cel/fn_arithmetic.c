// SPDX-License-Identifier: Apache-2.0
/* ! - + * / % on bool, int, uint and double. */
#include "cel/functions.h"

#define OVERFLOW "the result does not fit: overflow"
#define BY_ZERO "division by zero"

CEL_FUNCTION(not)
{
	*ret = cel_bool(!args[0].boolean);
	return 0;
}

CEL_FUNCTION(negate_int)
{
	if (args[0].integer == INT64_MIN)
		return cel_fault(a, call, OVERFLOW);
	*ret = cel_int(-args[0].integer);
	return 0;
}

CEL_FUNCTION(negate_double)
{
	*ret = cel_double(-args[0].number);
	return 0;
}

/* Those that the compiler's checked arithmetic computes. */
#define CHECKED(name, operation, member, make, type)                                      \
	CEL_FUNCTION(name)                                                                \
	{                                                                                 \
		type v;                                                                   \
                                                                                          \
		if (__builtin_##operation##_overflow(args[0].member, args[1].member, &v)) \
			return cel_fault(a, call, OVERFLOW);                              \
		*ret = make(v);                                                           \
		return 0;                                                                 \
	}

CHECKED(add_int, add, integer, cel_int, int64_t)
CHECKED(sub_int, sub, integer, cel_int, int64_t)
CHECKED(mul_int, mul, integer, cel_int, int64_t)
CHECKED(add_uint, add, uinteger, cel_uint, uint64_t)
CHECKED(sub_uint, sub, uinteger, cel_uint, uint64_t)
CHECKED(mul_uint, mul, uinteger, cel_uint, uint64_t)

/* IEEE 754 has a result for everything. */
#define FLOATING(name, operator)                                           \
	CEL_FUNCTION(name)                                                 \
	{                                                                  \
		*ret = cel_double(args[0].number operator args[1].number); \
		return 0;                                                  \
	}

FLOATING(add_double, +)
FLOATING(sub_double, -)
FLOATING(mul_double, *)

CEL_FUNCTION(div_double)
{
	*ret = cel_double(args[0].number / args[1].number);
	return 0;
}

/* Towards zero, and the remainder has the sign of the dividend. */
static int divide(struct cel_activation *a, const struct cel_node *call,
		  const struct cel_value *args)
{
	if (args[1].integer == 0)
		return cel_fault(a, call, BY_ZERO);
	if (args[0].integer == INT64_MIN && args[1].integer == -1)
		return cel_fault(a, call, OVERFLOW);
	return 0;
}

CEL_FUNCTION(div_int)
{
	int r = divide(a, call, args);

	if (r >= 0)
		*ret = cel_int(args[0].integer / args[1].integer);
	return r;
}

CEL_FUNCTION(mod_int)
{
	int r = divide(a, call, args);

	if (r >= 0)
		*ret = cel_int(args[0].integer % args[1].integer);
	return r;
}

CEL_FUNCTION(div_uint)
{
	if (args[1].uinteger == 0)
		return cel_fault(a, call, BY_ZERO);
	*ret = cel_uint(args[0].uinteger / args[1].uinteger);
	return 0;
}

CEL_FUNCTION(mod_uint)
{
	if (args[1].uinteger == 0)
		return cel_fault(a, call, BY_ZERO);
	*ret = cel_uint(args[0].uinteger % args[1].uinteger);
	return 0;
}
