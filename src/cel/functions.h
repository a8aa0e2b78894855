/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_FUNCTIONS_H
#define OCELLI_CEL_FUNCTIONS_H

#include "cel/eval.h"
#include "cel/overload_table.h"

/*
 * What computes an overload: its arguments are of the kinds that its parameters
 * say. Returns 0, or a negative errno with the fault set.
 */
typedef int cel_function(struct cel_activation *a, const struct cel_node *call,
			 const struct cel_value *args, struct cel_value *ret);

/* cel_fn_add_int() and all the others in the table, in the files fn_*.c. */
#define CEL_DECLARE_FUNCTION(name, style, function, ...) cel_function cel_fn_##function;
CEL_OVERLOADS(CEL_DECLARE_FUNCTION)
#undef CEL_DECLARE_FUNCTION

/* How a function is written. */
#define CEL_FUNCTION(name)                                                                         \
	int cel_fn_##name(_unused_ struct cel_activation *a, _unused_ const struct cel_node *call, \
			  const struct cel_value *args, struct cel_value *ret)

/* By the number of the overload in the table. */
extern cel_function *const cel_functions[];

/* A field or key of a value, by name; whether it is there (select.c). */
int cel_select(struct cel_activation *a, const struct cel_node *node, const struct cel_value *from,
	       struct cel_value *ret);
int cel_has(struct cel_activation *a, const struct cel_node *node, const struct cel_value *from,
	    struct cel_value *ret);

/* The value of a key. Returns 1 when it is there, 0 when not, or an error with the fault set. */
int cel_map_find(struct cel_activation *a, const struct cel_node *node, const struct cel_value *map,
		 const struct cel_value *key, struct cel_value *ret);

/* A string of the evaluation's memory. Returns 0, or an error with the fault set. */
int cel_make_string(struct cel_activation *a, const struct cel_node *node, const char *data,
		    size_t len, struct cel_value *ret);

#endif
