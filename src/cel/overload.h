/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_OVERLOAD_H
#define OCELLI_CEL_OVERLOAD_H

#include "cel/type.h"

#include <stddef.h>

/* Most parameters of a function, its receiver counted. */
#define CEL_PARAMS_MAX 4

enum cel_style {
	CEL_STYLE_GLOBAL, /* f(x), and operators */
	CEL_STYLE_MEMBER, /* x.f() */
	CEL_STYLE_RUNTIME,
};

/* A function for certain types of arguments; see overload_table.h. Type variables in it stand for
 * a type to be found anew at each call. */
struct cel_overload {
	const char *name;
	enum cel_style style;
	const struct cel_type *result;
	unsigned n_params;
	const struct cel_type *params[CEL_PARAMS_MAX];
};

extern const struct cel_overload cel_overloads[];
extern const size_t cel_n_overloads;

/* What A and B are in the table. */
extern const struct cel_type cel_type_a, cel_type_b;

/* Those with this name and style, first to last; none when first is last. RUNTIME ones come with
 * GLOBAL ones. */
struct cel_overload_set {
	const struct cel_overload *first, *last;
};

struct cel_overload_set cel_overload_find(const char *name, bool member);

/* Appends a call as it is written, with its arguments' types for arguments: "int + uint",
 * "string.substring(int)", "list(int)[bool]". */
void cel_overload_show(struct str *out, const char *name, bool member, const char *const *args,
		       unsigned n);

#endif
