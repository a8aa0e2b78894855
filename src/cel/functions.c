// SPDX-License-Identifier: Apache-2.0
#include "cel/functions.h"

#define ENTRY(name, style, function, ...) cel_fn_##function,

cel_function *const cel_functions[] = {CEL_OVERLOADS(ENTRY)};

int cel_make_string(struct cel_activation *a, const struct cel_node *node, const char *data,
		    size_t len, struct cel_value *ret)
{
	char *copy = cel_alloc(a, node, len + 1);

	if (!copy)
		return a->fault.code;
	memcpy(copy, data, len);
	copy[len] = '\0';
	*ret = cel_string(copy, len);
	return 0;
}
