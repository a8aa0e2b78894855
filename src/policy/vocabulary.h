/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_VOCABULARY_H
#define OCELLI_POLICY_VOCABULARY_H

#include "policy/diagnostics.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The words that a field may hold. */
struct vocabulary {
	const char *what;              /* "an operator" */
	const char *(*name)(size_t i); /* NULL after the last */
};

/* Returns the index, or -1. */
int vocabulary_find(const struct vocabulary *words, const char *s, size_t len);

/* Adds which word may have been meant, or which there are. */
void vocabulary_remedy(const struct vocabulary *words, const char *s, size_t len,
		       struct finding *finding);

extern const struct vocabulary in_operators, binary_operators, label_operators, namespace_kinds,
	capability_sets, list_types, user_ids, string_operators;

enum in_operator {
	IN_OPERATOR_IN,
	IN_OPERATOR_NOT_IN,
};

enum binary_operator {
	BINARY_IN,
	BINARY_NOT_IN,
	BINARY_PREFIX,
	BINARY_NOT_PREFIX,
	BINARY_POSTFIX,
	BINARY_NOT_POSTFIX,
};

enum namespace_kind {
	NAMESPACE_UTS,
	NAMESPACE_IPC,
	NAMESPACE_MNT,
	NAMESPACE_PID,
	NAMESPACE_PID_FOR_CHILDREN,
	NAMESPACE_NET,
	NAMESPACE_TIME,
	NAMESPACE_TIME_FOR_CHILDREN,
	NAMESPACE_CGROUP,
	NAMESPACE_USER,
	NAMESPACE_KINDS,
};

enum capability_set {
	CAPABILITY_SET_EFFECTIVE,
	CAPABILITY_SET_INHERITABLE,
	CAPABILITY_SET_PERMITTED,
};

enum user_id {
	USER_ID_EFFECTIVE,
	USER_ID_REAL,
	USER_ID_SAVED,
	USER_ID_FILESYSTEM,
};

enum string_operator {
	STRING_EQUAL,
	STRING_NOT_EQUAL,
	STRING_PREFIX,
	STRING_NOT_PREFIX,
	STRING_POSTFIX,
	STRING_NOT_POSTFIX,
	STRING_SUBSTRING,
	STRING_NOT_SUBSTRING,
	STRING_SUBSTRING_IGNORE_CASE,
	STRING_NOT_SUBSTRING_IGNORE_CASE,
	/* These take no values. */
	STRING_EXISTS,
	STRING_DOES_NOT_EXIST,
};

/* Names of numbers, as selectors' values have them. */
struct number_name {
	const char *name;
	uint64_t number;
};

struct number_names {
	const char *what;   /* "a capability" */
	const char *prefix; /* that may be left out, or NULL */
	const struct number_name *v;
	size_t n;
};

extern const struct number_names capability_names, protocol_names, family_names, state_names,
	file_type_names;

/* Returns whether it is a name, in any case, with or without the prefix. */
bool number_name_read(const struct number_names *names, const char *s, size_t len, uint64_t *ret);

/* Adds which name may have been meant. */
void number_name_remedy(const struct number_names *names, const char *s, size_t len,
			struct finding *finding);

#endif
