/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_VALUES_H
#define OCELLI_POLICY_VALUES_H

#include "policy/builder.h"
#include "policy/operator.h"

/*
 * Reads the values of an operator as the type of its argument has them; NULL
 * for operators that are not of one argument. What they cannot be is diagnosed. Of a type that is
 * not known yet, they are POLICY_VALUES_DEFERRED: to be read again when it is.
 */
void values_read(struct builder *builder, const struct operator* op, const struct arg_type *type,
		 const struct policy_texts *texts, const struct policy_lists *lists,
		 struct policy_values *ret);

/* Numbers of namespaces, or "host_ns", which is told in *ret_host. */
void values_read_namespaces(struct builder *builder, const struct policy_texts *texts,
			    struct policy_values *ret, bool *ret_host);

/* Ids of users, and ranges of them. */
void values_read_users(struct builder *builder, const struct policy_texts *texts,
		       struct policy_values *ret);

/* Reads a list of names, and returns the bits of their numbers. */
uint64_t values_read_capabilities(struct builder *builder, const struct policy_texts *texts);

/* What stands behind "list:"; NULL when nothing does. */
const char *values_list_name(const struct policy_text *text, size_t *ret_len);

/* Finds a list by such a name, or diagnoses that there is none. */
const struct policy_list *values_find_list(struct builder *builder,
					   const struct policy_lists *lists,
					   const struct policy_text *text);

#endif
