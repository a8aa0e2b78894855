// SPDX-License-Identifier: Apache-2.0
/* == != < <= > >= on anything they are defined on. */
#include "cel/functions.h"

#include "cel/equal.h"

CEL_FUNCTION(equal)
{
	bool same;
	int r = cel_equal(a, call, &args[0], &args[1], &same);

	if (r >= 0)
		*ret = cel_bool(same);
	return r;
}

CEL_FUNCTION(unequal)
{
	bool same;
	int r = cel_equal(a, call, &args[0], &args[1], &same);

	if (r >= 0)
		*ret = cel_bool(!same);
	return r;
}

static int compare(struct cel_activation *a, const struct cel_node *call,
		   const struct cel_value *args, enum cel_order *ret)
{
	if (!cel_compare(&args[0], &args[1], ret))
		return cel_fault_arguments(a, call, args);
	if (args[0].kind == CEL_STRING || args[0].kind == CEL_BYTES)
		return cel_spend_bytes(a, call, MIN(args[0].text.len, args[1].text.len));
	return 0;
}

/* NaN is unordered: nothing is true of it. */
#define RELATION(name, condition)                   \
	CEL_FUNCTION(name)                          \
	{                                           \
		enum cel_order o;                   \
		int r = compare(a, call, args, &o); \
                                                    \
		if (r >= 0)                         \
			*ret = cel_bool(condition); \
		return r;                           \
	}

RELATION(less, o == CEL_LESS)
RELATION(less_equal, o == CEL_LESS || o == CEL_SAME)
RELATION(greater, o == CEL_GREATER)
RELATION(greater_equal, o == CEL_GREATER || o == CEL_SAME)
