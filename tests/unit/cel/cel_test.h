/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_CEL_TEST_H
#define OCELLI_TESTS_CEL_TEST_H

#include "unit.h"

#include "base/cleanup.h"
#include "base/error.h"
#include "cel/cel.h"
#include "event/json.h"

#include <tetragon/events.pb-c.h>

/*
 * What the tests' expressions are written in: variables of the plain types, two
 * messages, and in them whatever the schema has.
 */
enum {
	VAR_X,
	VAR_U,
	VAR_S,
	VAR_T,
	VAR_B,
	VAR_DYN,
	VAR_NONE,
	VAR_LIST,
	VAR_MAP,
	VAR_EXEC,
	VAR_KPROBE
};

extern const struct cel_env test_env;

/* An activation with values: x = 7, u = 7u, s = "text", t = "", b = b"\x00\xff", d = 1.5 (as dyn),
 * none without value, list = [1, 2, 3], map = {"a": 1, "b": 2}, and the messages that the tests
 * give. */
struct cel_activation *test_activation(const ProtobufCMessage *exec,
				       const ProtobufCMessage *kprobe);

/* A message of JSON; freed with test_message_free(). */
ProtobufCMessage *test_message(const ProtobufCMessageDescriptor *type, const char *json);
void test_message_free(ProtobufCMessage **message);

#define _cleanup_message_ _cleanup_(test_message_free)

/*
 * The value as text, doubles with a point or exponent at least. When it does not compile "? " and
 * the error; when it has no value, "! " and the error. The caller frees it.
 */
char *test_evaluate(const char *expression, struct cel_activation *a);

/* Expressions and what they come to; of errors, a part of the text. */
struct test_case {
	const char *expression, *expected;
};

/* Fails at the end when any case did, and tells each. */
void test_cases(const struct test_case *cases, size_t n, struct cel_activation *a);

#endif
