/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_EVAL_H
#define OCELLI_CEL_EVAL_H

#include "base/arena.h"
#include "cel/ast.h"
#include "cel/cel.h"
#include "cel/limit.h"
#include "regex/pattern.h"

/*
 * Why there is no value. Kept as facts and put into words only when someone
 * wants to read them, for && and || pass over most.
 */
struct cel_fault {
	int code;         /* -EDOM, or one that nothing absorbs: -E2BIG, -ENOMEM */
	const char *what; /* NULL: no overload for these arguments: */
	enum cel_kind args[CEL_PARAMS_MAX];
	struct cel_value about; /* CEL_NONE: nothing in particular */
	const struct cel_node *node;
};

/* What an expression is evaluated with. */
struct cel_activation {
	struct arena own;
	struct arena *arena; /* where values are made */
	uint64_t steps_max, steps_left;
	size_t memory_left;
	struct cel_fault fault; /* after a failure */
	struct matcher *matcher;
	struct str scratch;
	struct cel_value locals[CEL_NESTING_MAX];
	unsigned n_values;
	struct cel_value values[]; /* of the variables */
};

/* As cel_activation_new(), for so many variables. */
int cel_activation_alloc(unsigned n_values, struct cel_activation **ret);

/* Takes back the memory of the last evaluation, for the next. */
void cel_activation_begin(struct cel_activation *a);

/* Evaluates a checked tree. Returns 0, or a negative errno with a->fault set. */
int cel_eval_node(struct cel_activation *a, const struct cel_node *node, struct cel_value *ret);

/* Sets the fault. Returns -EDOM. */
int cel_fault(struct cel_activation *a, const struct cel_node *node, const char *what);
int cel_fault_about(struct cel_activation *a, const struct cel_node *node, const char *what,
		    const struct cel_value *about);

/* The fault that there is no such operation on these arguments. Returns -EDOM. */
int cel_fault_arguments(struct cel_activation *a, const struct cel_node *call,
			const struct cel_value *args);

/* What cel_field_get() and its like return; on failure, sets the fault. */
int cel_fault_unless_read(struct cel_activation *a, const struct cel_node *node, int r);

/* Puts a fault into words: sets *reterr. Returns its code. */
int cel_fault_explain(const struct cel_fault *fault, struct error **reterr);

/* Sets the fault that the steps of the evaluation, those of a search, or the machine's memory are
 * used up. Returns -E2BIG, -E2BIG, -ENOMEM. */
int cel_out_of_steps(struct cel_activation *a, const struct cel_node *node);
int cel_out_of_search(struct cel_activation *a, const struct cel_node *node,
		      const struct cel_value *pattern);
int cel_out_of_memory(struct cel_activation *a, const struct cel_node *node);

/* Takes steps off what the evaluation may use. Returns 0 or -E2BIG. */
static inline int cel_spend(struct cel_activation *a, const struct cel_node *node, uint64_t steps)
{
	if (UNLIKELY(steps > a->steps_left))
		return cel_out_of_steps(a, node);
	a->steps_left -= steps;
	return 0;
}

static inline int cel_spend_bytes(struct cel_activation *a, const struct cel_node *node,
				  size_t bytes)
{
	return cel_spend(a, node, bytes / CEL_STEP_BYTES);
}

/* Memory for a value. Returns NULL with the fault set. */
void *cel_alloc(struct cel_activation *a, const struct cel_node *node, size_t size);

#endif
