/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_POLICY_OPERATOR_H
#define OCELLI_POLICY_OPERATOR_H

#include "policy/arg_type.h"

/* What an operator does, whatever its name. */
enum operator_kind {
	OPERATOR_GT = 1,
	OPERATOR_LT = 2,
	OPERATOR_EQUAL = 3,
	OPERATOR_NOT_EQUAL = 4,
	OPERATOR_PREFIX = 8,
	OPERATOR_POSTFIX = 9,
	OPERATOR_IN_MAP = 10,
	OPERATOR_NOT_IN_MAP = 11,
	OPERATOR_MASK = 12,
	OPERATOR_SADDR = 13,
	OPERATOR_DADDR = 14,
	OPERATOR_SPORT = 15,
	OPERATOR_DPORT = 16,
	OPERATOR_PROTOCOL = 17,
	OPERATOR_NOT_SPORT = 18,
	OPERATOR_NOT_DPORT = 19,
	OPERATOR_SPORT_PRIV = 20,
	OPERATOR_NOT_SPORT_PRIV = 21,
	OPERATOR_DPORT_PRIV = 22,
	OPERATOR_NOT_DPORT_PRIV = 23,
	OPERATOR_NOT_SADDR = 24,
	OPERATOR_NOT_DADDR = 25,
	OPERATOR_NOT_PREFIX = 26,
	OPERATOR_NOT_POSTFIX = 27,
	OPERATOR_FAMILY = 28,
	OPERATOR_STATE = 29,
	OPERATOR_CAPABILITIES_GAINED = 30,
	OPERATOR_IN_RANGE = 31,
	OPERATOR_NOT_IN_RANGE = 32,
	OPERATOR_SUBSTRING = 33,
	OPERATOR_SUBSTRING_IGNORE_CASE = 34,
	OPERATOR_CEL = 35,
	OPERATOR_FILE_TYPE = 36,
	OPERATOR_NOT_FILE_TYPE = 37,
};

enum value_syntax {
	SYNTAX_NONE,
	SYNTAX_EQUAL, /* bytes, a number or capabilities, by what the type is */
	SYNTAX_BYTES,
	SYNTAX_NUMBER,
	SYNTAX_RANGE,  /* min:max */
	SYNTAX_MEMBER, /* a number, min:max, or list:NAME */
	SYNTAX_PORT,   /* or ports, min:max */
	SYNTAX_NETWORK,
	SYNTAX_PROTOCOL,
	SYNTAX_FAMILY,
	SYNTAX_STATE,
	SYNTAX_FILE_TYPE,
	SYNTAX_EXPRESSION,
};

struct operator
{
	const char *name;
	enum operator_kind kind;
	enum value_syntax syntax;
	unsigned groups; /* of enum arg_group: what it can be asked of; 0: not of an argument */
	bool negative;   /* true of what none of the values is true of */
	bool not_of_returns;
	size_t min_values, max_values; /* max 0: as many as one likes */
	size_t args;                   /* how many it compares */
};

/* NULL after the last. The index is what a policy_choice holds. */
const struct operator* operator_at(size_t i);

extern const struct vocabulary operators;

#endif
