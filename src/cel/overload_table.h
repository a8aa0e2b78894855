/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_OVERLOAD_TABLE_H
#define OCELLI_CEL_OVERLOAD_TABLE_H

/*
 * Every function and operator: its name, whether it is called as f(x), x.f() or
 * only found when it is evaluated, what computes it (functions.h), its result,
 * and its parameters, the receiver first. A and B stand for any type.
 *
 * Those of one name and style stand together. A name with a dot is a function
 * in a name space.
 *
 * RUNTIME ones are what an operator does to values whose types the checker
 * would have refused, had it known them: numbers of different types compare.
 */
/* clang-format off */
#define CEL_OVERLOADS(X) \
	X("!",  GLOBAL, not,                BOOL,      P1(BOOL)) \
	X("-",  GLOBAL, negate_int,         INT,       P1(INT)) \
	X("-",  GLOBAL, negate_double,      DOUBLE,    P1(DOUBLE)) \
	X("-",  GLOBAL, sub_int,            INT,       P2(INT, INT)) \
	X("-",  GLOBAL, sub_uint,           UINT,      P2(UINT, UINT)) \
	X("-",  GLOBAL, sub_double,         DOUBLE,    P2(DOUBLE, DOUBLE)) \
	X("-",  GLOBAL, sub_time_time,      DURATION,  P2(TIMESTAMP, TIMESTAMP)) \
	X("-",  GLOBAL, sub_time_duration,  TIMESTAMP, P2(TIMESTAMP, DURATION)) \
	X("-",  GLOBAL, sub_duration,       DURATION,  P2(DURATION, DURATION)) \
	X("+",  GLOBAL, add_int,            INT,       P2(INT, INT)) \
	X("+",  GLOBAL, add_uint,           UINT,      P2(UINT, UINT)) \
	X("+",  GLOBAL, add_double,         DOUBLE,    P2(DOUBLE, DOUBLE)) \
	X("+",  GLOBAL, add_text,           STRING,    P2(STRING, STRING)) \
	X("+",  GLOBAL, add_text,           BYTES,     P2(BYTES, BYTES)) \
	X("+",  GLOBAL, add_list,           LIST_A,    P2(LIST_A, LIST_A)) \
	X("+",  GLOBAL, add_time_duration,  TIMESTAMP, P2(TIMESTAMP, DURATION)) \
	X("+",  GLOBAL, add_duration_time,  TIMESTAMP, P2(DURATION, TIMESTAMP)) \
	X("+",  GLOBAL, add_duration,       DURATION,  P2(DURATION, DURATION)) \
	X("*",  GLOBAL, mul_int,            INT,       P2(INT, INT)) \
	X("*",  GLOBAL, mul_uint,           UINT,      P2(UINT, UINT)) \
	X("*",  GLOBAL, mul_double,         DOUBLE,    P2(DOUBLE, DOUBLE)) \
	X("/",  GLOBAL, div_int,            INT,       P2(INT, INT)) \
	X("/",  GLOBAL, div_uint,           UINT,      P2(UINT, UINT)) \
	X("/",  GLOBAL, div_double,         DOUBLE,    P2(DOUBLE, DOUBLE)) \
	X("%",  GLOBAL, mod_int,            INT,       P2(INT, INT)) \
	X("%",  GLOBAL, mod_uint,           UINT,      P2(UINT, UINT)) \
	X("==", GLOBAL, equal,              BOOL,      P2(A, A)) \
	X("!=", GLOBAL, unequal,            BOOL,      P2(A, A)) \
	X("<",  GLOBAL, less,               BOOL,      P2(BOOL, BOOL)) \
	X("<",  GLOBAL, less,               BOOL,      P2(INT, INT)) \
	X("<",  GLOBAL, less,               BOOL,      P2(UINT, UINT)) \
	X("<",  GLOBAL, less,               BOOL,      P2(DOUBLE, DOUBLE)) \
	X("<",  GLOBAL, less,               BOOL,      P2(STRING, STRING)) \
	X("<",  GLOBAL, less,               BOOL,      P2(BYTES, BYTES)) \
	X("<",  GLOBAL, less,               BOOL,      P2(TIMESTAMP, TIMESTAMP)) \
	X("<",  GLOBAL, less,               BOOL,      P2(DURATION, DURATION)) \
	X("<",  RUNTIME, less,              BOOL,      P2(A, A)) \
	X("<=", GLOBAL, less_equal,         BOOL,      P2(BOOL, BOOL)) \
	X("<=", GLOBAL, less_equal,         BOOL,      P2(INT, INT)) \
	X("<=", GLOBAL, less_equal,         BOOL,      P2(UINT, UINT)) \
	X("<=", GLOBAL, less_equal,         BOOL,      P2(DOUBLE, DOUBLE)) \
	X("<=", GLOBAL, less_equal,         BOOL,      P2(STRING, STRING)) \
	X("<=", GLOBAL, less_equal,         BOOL,      P2(BYTES, BYTES)) \
	X("<=", GLOBAL, less_equal,         BOOL,      P2(TIMESTAMP, TIMESTAMP)) \
	X("<=", GLOBAL, less_equal,         BOOL,      P2(DURATION, DURATION)) \
	X("<=", RUNTIME, less_equal,        BOOL,      P2(A, A)) \
	X(">",  GLOBAL, greater,            BOOL,      P2(BOOL, BOOL)) \
	X(">",  GLOBAL, greater,            BOOL,      P2(INT, INT)) \
	X(">",  GLOBAL, greater,            BOOL,      P2(UINT, UINT)) \
	X(">",  GLOBAL, greater,            BOOL,      P2(DOUBLE, DOUBLE)) \
	X(">",  GLOBAL, greater,            BOOL,      P2(STRING, STRING)) \
	X(">",  GLOBAL, greater,            BOOL,      P2(BYTES, BYTES)) \
	X(">",  GLOBAL, greater,            BOOL,      P2(TIMESTAMP, TIMESTAMP)) \
	X(">",  GLOBAL, greater,            BOOL,      P2(DURATION, DURATION)) \
	X(">",  RUNTIME, greater,           BOOL,      P2(A, A)) \
	X(">=", GLOBAL, greater_equal,      BOOL,      P2(BOOL, BOOL)) \
	X(">=", GLOBAL, greater_equal,      BOOL,      P2(INT, INT)) \
	X(">=", GLOBAL, greater_equal,      BOOL,      P2(UINT, UINT)) \
	X(">=", GLOBAL, greater_equal,      BOOL,      P2(DOUBLE, DOUBLE)) \
	X(">=", GLOBAL, greater_equal,      BOOL,      P2(STRING, STRING)) \
	X(">=", GLOBAL, greater_equal,      BOOL,      P2(BYTES, BYTES)) \
	X(">=", GLOBAL, greater_equal,      BOOL,      P2(TIMESTAMP, TIMESTAMP)) \
	X(">=", GLOBAL, greater_equal,      BOOL,      P2(DURATION, DURATION)) \
	X(">=", RUNTIME, greater_equal,     BOOL,      P2(A, A)) \
	X("in", GLOBAL, in_list,            BOOL,      P2(A, LIST_A)) \
	X("in", GLOBAL, in_map,             BOOL,      P2(A, MAP_AB)) \
	X("[]", GLOBAL, index_list,         A,         P2(LIST_A, INT)) \
	X("[]", GLOBAL, index_map,          B,         P2(MAP_AB, A)) \
	X("[]", RUNTIME, index_list,        A,         P2(LIST_A, B)) \
	\
	X("size", GLOBAL, size_string,      INT,       P1(STRING)) \
	X("size", GLOBAL, size_bytes,       INT,       P1(BYTES)) \
	X("size", GLOBAL, size_items,       INT,       P1(LIST_A)) \
	X("size", GLOBAL, size_items,       INT,       P1(MAP_AB)) \
	X("size", MEMBER, size_string,      INT,       P1(STRING)) \
	X("size", MEMBER, size_bytes,       INT,       P1(BYTES)) \
	X("size", MEMBER, size_items,       INT,       P1(LIST_A)) \
	X("size", MEMBER, size_items,       INT,       P1(MAP_AB)) \
	\
	X("bool", GLOBAL, identity,         BOOL,      P1(BOOL)) \
	X("bool", GLOBAL, string_to_bool,   BOOL,      P1(STRING)) \
	X("int",  GLOBAL, identity,         INT,       P1(INT)) \
	X("int",  GLOBAL, uint_to_int,      INT,       P1(UINT)) \
	X("int",  GLOBAL, double_to_int,    INT,       P1(DOUBLE)) \
	X("int",  GLOBAL, string_to_int,    INT,       P1(STRING)) \
	X("int",  GLOBAL, time_to_int,      INT,       P1(TIMESTAMP)) \
	X("int",  GLOBAL, duration_to_int,  INT,       P1(DURATION)) \
	X("uint", GLOBAL, identity,         UINT,      P1(UINT)) \
	X("uint", GLOBAL, int_to_uint,      UINT,      P1(INT)) \
	X("uint", GLOBAL, double_to_uint,   UINT,      P1(DOUBLE)) \
	X("uint", GLOBAL, string_to_uint,   UINT,      P1(STRING)) \
	X("double", GLOBAL, identity,       DOUBLE,    P1(DOUBLE)) \
	X("double", GLOBAL, int_to_double,  DOUBLE,    P1(INT)) \
	X("double", GLOBAL, uint_to_double, DOUBLE,    P1(UINT)) \
	X("double", GLOBAL, string_to_double, DOUBLE,  P1(STRING)) \
	X("string", GLOBAL, identity,       STRING,    P1(STRING)) \
	X("string", GLOBAL, bytes_to_string, STRING,   P1(BYTES)) \
	X("string", GLOBAL, to_string,      STRING,    P1(BOOL)) \
	X("string", GLOBAL, to_string,      STRING,    P1(INT)) \
	X("string", GLOBAL, to_string,      STRING,    P1(UINT)) \
	X("string", GLOBAL, to_string,      STRING,    P1(DOUBLE)) \
	X("string", GLOBAL, to_string,      STRING,    P1(TIMESTAMP)) \
	X("string", GLOBAL, to_string,      STRING,    P1(DURATION)) \
	X("string", GLOBAL, to_string,      STRING,    P1(IP)) \
	X("string", GLOBAL, to_string,      STRING,    P1(CIDR)) \
	X("bytes", GLOBAL, identity,        BYTES,     P1(BYTES)) \
	X("bytes", GLOBAL, string_to_bytes, BYTES,     P1(STRING)) \
	X("type", GLOBAL, type,             TYPE,      P1(A)) \
	X("dyn",  GLOBAL, identity,         DYN,       P1(A)) \
	\
	X("timestamp", GLOBAL, identity,    TIMESTAMP, P1(TIMESTAMP)) \
	X("timestamp", GLOBAL, string_to_time, TIMESTAMP, P1(STRING)) \
	X("timestamp", GLOBAL, int_to_time, TIMESTAMP, P1(INT)) \
	X("duration", GLOBAL, identity,     DURATION,  P1(DURATION)) \
	X("duration", GLOBAL, string_to_duration, DURATION, P1(STRING)) \
	X("duration", GLOBAL, int_to_duration, DURATION, P1(INT)) \
	X("getFullYear", MEMBER, full_year, INT,       P1(TIMESTAMP)) \
	X("getFullYear", MEMBER, full_year, INT,       P2(TIMESTAMP, STRING)) \
	X("getMonth", MEMBER, month,        INT,       P1(TIMESTAMP)) \
	X("getMonth", MEMBER, month,        INT,       P2(TIMESTAMP, STRING)) \
	X("getDate", MEMBER, date,          INT,       P1(TIMESTAMP)) \
	X("getDate", MEMBER, date,          INT,       P2(TIMESTAMP, STRING)) \
	X("getDayOfMonth", MEMBER, day_of_month, INT,  P1(TIMESTAMP)) \
	X("getDayOfMonth", MEMBER, day_of_month, INT,  P2(TIMESTAMP, STRING)) \
	X("getDayOfWeek", MEMBER, day_of_week, INT,    P1(TIMESTAMP)) \
	X("getDayOfWeek", MEMBER, day_of_week, INT,    P2(TIMESTAMP, STRING)) \
	X("getDayOfYear", MEMBER, day_of_year, INT,    P1(TIMESTAMP)) \
	X("getDayOfYear", MEMBER, day_of_year, INT,    P2(TIMESTAMP, STRING)) \
	X("getHours", MEMBER, hours,        INT,       P1(TIMESTAMP)) \
	X("getHours", MEMBER, hours,        INT,       P2(TIMESTAMP, STRING)) \
	X("getHours", MEMBER, duration_hours, INT,     P1(DURATION)) \
	X("getMinutes", MEMBER, minutes,    INT,       P1(TIMESTAMP)) \
	X("getMinutes", MEMBER, minutes,    INT,       P2(TIMESTAMP, STRING)) \
	X("getMinutes", MEMBER, duration_minutes, INT, P1(DURATION)) \
	X("getSeconds", MEMBER, seconds,    INT,       P1(TIMESTAMP)) \
	X("getSeconds", MEMBER, seconds,    INT,       P2(TIMESTAMP, STRING)) \
	X("getSeconds", MEMBER, duration_seconds, INT, P1(DURATION)) \
	X("getMilliseconds", MEMBER, milliseconds, INT, P1(TIMESTAMP)) \
	X("getMilliseconds", MEMBER, milliseconds, INT, P2(TIMESTAMP, STRING)) \
	X("getMilliseconds", MEMBER, duration_milliseconds, INT, P1(DURATION)) \
	\
	X("contains", MEMBER, contains,     BOOL,      P2(STRING, STRING)) \
	X("startsWith", MEMBER, starts_with, BOOL,     P2(STRING, STRING)) \
	X("endsWith", MEMBER, ends_with,    BOOL,      P2(STRING, STRING)) \
	X("matches", GLOBAL, matches,       BOOL,      P2(STRING, STRING)) \
	X("matches", MEMBER, matches,       BOOL,      P2(STRING, STRING)) \
	X("lowerAscii", MEMBER, lower_ascii, STRING,   P1(STRING)) \
	X("upperAscii", MEMBER, upper_ascii, STRING,   P1(STRING)) \
	X("trim", MEMBER, trim,             STRING,    P1(STRING)) \
	X("charAt", MEMBER, char_at,        STRING,    P2(STRING, INT)) \
	X("indexOf", MEMBER, index_of,      INT,       P2(STRING, STRING)) \
	X("indexOf", MEMBER, index_of,      INT,       P3(STRING, STRING, INT)) \
	X("substring", MEMBER, substring,   STRING,    P2(STRING, INT)) \
	X("substring", MEMBER, substring,   STRING,    P3(STRING, INT, INT)) \
	X("replace", MEMBER, replace,       STRING,    P3(STRING, STRING, STRING)) \
	X("replace", MEMBER, replace,       STRING,    P4(STRING, STRING, STRING, INT)) \
	X("split", MEMBER, split,           LIST_STRING, P2(STRING, STRING)) \
	X("split", MEMBER, split,           LIST_STRING, P3(STRING, STRING, INT)) \
	X("join", MEMBER, join,             STRING,    P1(LIST_STRING)) \
	X("join", MEMBER, join,             STRING,    P2(LIST_STRING, STRING)) \
	\
	X("ip", GLOBAL, string_to_ip,       IP,        P1(STRING)) \
	X("ip", MEMBER, cidr_ip,            IP,        P1(CIDR)) \
	X("isIP", GLOBAL, is_ip,            BOOL,      P1(STRING)) \
	X("ip.isCanonical", GLOBAL, is_canonical, BOOL, P1(STRING)) \
	X("family", MEMBER, family,         INT,       P1(IP)) \
	X("isUnspecified", MEMBER, is_unspecified, BOOL, P1(IP)) \
	X("isLoopback", MEMBER, is_loopback, BOOL,     P1(IP)) \
	X("isLinkLocalMulticast", MEMBER, is_link_local_multicast, BOOL, P1(IP)) \
	X("isLinkLocalUnicast", MEMBER, is_link_local_unicast, BOOL, P1(IP)) \
	X("isGlobalUnicast", MEMBER, is_global_unicast, BOOL, P1(IP)) \
	X("cidr", GLOBAL, string_to_cidr,   CIDR,      P1(STRING)) \
	X("isCIDR", GLOBAL, is_cidr,        BOOL,      P1(STRING)) \
	X("containsIP", MEMBER, contains_ip, BOOL,     P2(CIDR, IP)) \
	X("containsIP", MEMBER, contains_ip_text, BOOL, P2(CIDR, STRING)) \
	X("containsCIDR", MEMBER, contains_cidr, BOOL, P2(CIDR, CIDR)) \
	X("containsCIDR", MEMBER, contains_cidr_text, BOOL, P2(CIDR, STRING)) \
	X("masked", MEMBER, masked,         CIDR,      P1(CIDR)) \
	X("prefixLength", MEMBER, prefix_length, INT,  P1(CIDR))
/* clang-format on */

#endif
