// SPDX-License-Identifier: Apache-2.0
#include "policy/operator.h"

#include "base/macro.h"

#define STRINGS ARG_GROUP_STRING
#define EQUALS (ARG_GROUP_STRING | ARG_GROUP_INT | ARG_GROUP_CAPABILITIES)
#define INTS ARG_GROUP_INT
#define MEMBERS (ARG_GROUP_INT | ARG_GROUP_SYSCALL)
#define SOCKETS ARG_GROUP_SOCKET
#define SOURCES (ARG_GROUP_SOCKET | ARG_GROUP_SOCKADDR)
#define FAMILIES (ARG_GROUP_SOCKET | ARG_GROUP_SOCKADDR | ARG_GROUP_SOCKADDR_UN)

#define ROW(text, what, how, of) \
	{.name = (text),         \
	 .kind = (what),         \
	 .syntax = (how),        \
	 .groups = (of),         \
	 .min_values = 1,        \
	 .args = 1}
#define NEGATIVE(text, what, how, of) \
	{.name = (text),              \
	 .kind = (what),              \
	 .syntax = (how),             \
	 .groups = (of),              \
	 .min_values = 1,             \
	 .args = 1,                   \
	 .negative = true}
#define WITHOUT(text, what, of, opposite) \
	{.name = (text),                  \
	 .kind = (what),                  \
	 .syntax = SYNTAX_NONE,           \
	 .groups = (of),                  \
	 .args = 1,                       \
	 .negative = (opposite)}

static const struct operator rows[] = {
	ROW("Equal", OPERATOR_EQUAL, SYNTAX_EQUAL, EQUALS),
	NEGATIVE("NotEqual", OPERATOR_NOT_EQUAL, SYNTAX_EQUAL, EQUALS),
	ROW("Prefix", OPERATOR_PREFIX, SYNTAX_BYTES, STRINGS),
	NEGATIVE("NotPrefix", OPERATOR_NOT_PREFIX, SYNTAX_BYTES, STRINGS),
	ROW("Postfix", OPERATOR_POSTFIX, SYNTAX_BYTES, STRINGS),
	NEGATIVE("NotPostfix", OPERATOR_NOT_POSTFIX, SYNTAX_BYTES, STRINGS),
	ROW("GreaterThan", OPERATOR_GT, SYNTAX_NUMBER, INTS),
	ROW("LessThan", OPERATOR_LT, SYNTAX_NUMBER, INTS),
	ROW("GT", OPERATOR_GT, SYNTAX_NUMBER, INTS),
	ROW("LT", OPERATOR_LT, SYNTAX_NUMBER, INTS),
	ROW("Mask", OPERATOR_MASK, SYNTAX_NUMBER, INTS),
	ROW("SPort", OPERATOR_SPORT, SYNTAX_PORT, SOURCES),
	NEGATIVE("NotSPort", OPERATOR_NOT_SPORT, SYNTAX_PORT, SOURCES),
	WITHOUT("SPortPriv", OPERATOR_SPORT_PRIV, SOURCES, false),
	WITHOUT("NotSportPriv", OPERATOR_NOT_SPORT_PRIV, SOURCES, true),
	ROW("DPort", OPERATOR_DPORT, SYNTAX_PORT, SOCKETS),
	NEGATIVE("NotDPort", OPERATOR_NOT_DPORT, SYNTAX_PORT, SOCKETS),
	WITHOUT("DPortPriv", OPERATOR_DPORT_PRIV, SOCKETS, false),
	WITHOUT("NotDPortPriv", OPERATOR_NOT_DPORT_PRIV, SOCKETS, true),
	ROW("SAddr", OPERATOR_SADDR, SYNTAX_NETWORK, SOURCES),
	NEGATIVE("NotSAddr", OPERATOR_NOT_SADDR, SYNTAX_NETWORK, SOURCES),
	ROW("DAddr", OPERATOR_DADDR, SYNTAX_NETWORK, SOCKETS),
	NEGATIVE("NotDAddr", OPERATOR_NOT_DADDR, SYNTAX_NETWORK, SOCKETS),
	ROW("Protocol", OPERATOR_PROTOCOL, SYNTAX_PROTOCOL, SOCKETS),
	ROW("Family", OPERATOR_FAMILY, SYNTAX_FAMILY, FAMILIES),
	ROW("State", OPERATOR_STATE, SYNTAX_STATE, SOCKETS),
	ROW("InMap", OPERATOR_IN_MAP, SYNTAX_MEMBER, MEMBERS),
	NEGATIVE("NotInMap", OPERATOR_NOT_IN_MAP, SYNTAX_MEMBER, MEMBERS),
	{.name = "CapabilitiesGained",
	 .kind = OPERATOR_CAPABILITIES_GAINED,
	 .syntax = SYNTAX_NONE,
	 .groups = ARG_GROUP_CAPABILITIES,
	 .args = 2,
	 .not_of_returns = true},
	ROW("InRange", OPERATOR_IN_RANGE, SYNTAX_RANGE, INTS),
	NEGATIVE("NotInRange", OPERATOR_NOT_IN_RANGE, SYNTAX_RANGE, INTS),
	ROW("SubString", OPERATOR_SUBSTRING, SYNTAX_BYTES, STRINGS),
	ROW("SubStringIgnCase", OPERATOR_SUBSTRING_IGNORE_CASE, SYNTAX_BYTES, STRINGS),
	{.name = "CelExpr",
	 .kind = OPERATOR_CEL,
	 .syntax = SYNTAX_EXPRESSION,
	 .min_values = 1,
	 .max_values = 1,
	 .not_of_returns = true},
	ROW("FileType", OPERATOR_FILE_TYPE, SYNTAX_FILE_TYPE, ARG_GROUP_FILE),
	NEGATIVE("NotFileType", OPERATOR_NOT_FILE_TYPE, SYNTAX_FILE_TYPE, ARG_GROUP_FILE),
};

const struct operator* operator_at(size_t i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

static const char *name(size_t i)
{
	return i < ARRAY_SIZE(rows) ? rows[i].name : NULL;
}

const struct vocabulary operators = {.what = "an operator", .name = name};
