// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "event/json.h"

#include <google/protobuf/any.pb-c.h>
#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/field_mask.pb-c.h>
#include <google/protobuf/timestamp.pb-c.h>
#include <google/protobuf/wrappers.pb-c.h>
#include <tetragon/sensors.pb-c.h>

#include <errno.h>
#include <stdlib.h>

/* What is read is looked at as it is written again. */
struct sample {
	const ProtobufCMessageDescriptor *type;
	const char *in;
	const char *out; /* NULL: refused */
};

static char *reread(const struct sample *c, struct error **reterr)
{
	ProtobufCMessage *msg;
	struct str out = STR_INIT;
	struct json_writer w = {0};
	int rc = json_read(c->type, c->in, strlen(c->in), &msg, reterr);

	if (rc < 0) {
		assert_int_equal(rc, -EBADMSG);
		return NULL;
	}
	json_write(&w, &out, msg);
	protobuf_c_message_free_unpacked(msg, NULL);
	return str_cstr(&out);
}

static void assert_samples(const struct sample *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_free_ char *out = reread(&cases[i], &err);

		if (!cases[i].out) {
			assert_null(out);
			assert_non_null(err);
			continue;
		}
		if (!out)
			fail_msg("%s: %s", cases[i].in, err->message);
		assert_string_equal(out, cases[i].out);
	}
}

#define INT32 &google__protobuf__int32_value__descriptor
#define UINT32 &google__protobuf__uint32_value__descriptor
#define INT64 &google__protobuf__int64_value__descriptor
#define UINT64 &google__protobuf__uint64_value__descriptor
#define FLOAT &google__protobuf__float_value__descriptor
#define DOUBLE &google__protobuf__double_value__descriptor
#define BOOL &google__protobuf__bool_value__descriptor
#define STRING &google__protobuf__string_value__descriptor
#define BYTES &google__protobuf__bytes_value__descriptor
#define ARG &tetragon__kprobe_argument__descriptor
#define MASK &google__protobuf__field_mask__descriptor
#define ANY &google__protobuf__any__descriptor
#define TIME &google__protobuf__timestamp__descriptor
#define DURATION &google__protobuf__duration__descriptor

static void integers(void **state)
{
	static const struct sample cases[] = {
		{INT32, "0", "0"},
		{INT32, "-0", "0"},
		{INT32, "\"-17\"", "-17"},
		{INT32, "2147483647", "2147483647"},
		{INT32, "2147483648", NULL},
		{INT32, "-2147483648", "-2147483648"},
		{INT32, "-2147483649", NULL},
		{INT32, "1.0", "1"},
		{INT32, "1.5e1", "15"},
		{INT32, "\"1e3\"", "1000"},
		{INT32, "1.5", NULL},
		{INT32, "\"1.5\"", NULL},
		{INT32, "\"\"", NULL},
		{INT32, "\"-\"", NULL},
		{INT32, "\"+1\"", NULL},
		{INT32, "\"0x10\"", NULL},
		{INT32, "\"12a\"", NULL},
		{INT32, "\"[1]\"", NULL},
		{INT32, "true", NULL},
		{INT32, "{}", NULL},
		{INT32, "[1]", NULL},
		{INT32, "null", NULL},
		{UINT32, "4294967295", "4294967295"},
		{UINT32, "4294967296", NULL},
		{UINT32, "-1", NULL},
		{UINT32, "-0.0", "0"},
		{UINT32, "\"4294967296\"", NULL},
		{INT64, "9223372036854775807", "\"9223372036854775807\""},
		{INT64, "\"9223372036854775807\"", "\"9223372036854775807\""},
		{INT64, "\"9223372036854775808\"", NULL},
		{INT64, "-9223372036854775808", "\"-9223372036854775808\""},
		{INT64, "\"-9223372036854775809\"", NULL},
		{UINT64, "\"18446744073709551615\"", "\"18446744073709551615\""},
		{UINT64, "\"18446744073709551616\"", NULL},
		{UINT64, "\"-1\"", NULL},
		{UINT64, "9007199254740992.0", "\"9007199254740992\""},
		{UINT64, "9007199254740994.0", NULL},
		{UINT64, "1e400", NULL},
	};

	assert_samples(cases, ARRAY_SIZE(cases));
}

static void big_integers_have_a_remedy(void **state)
{
	const struct sample c = {UINT64, "18446744073709551615", NULL};
	_cleanup_error_ struct error *err = NULL;

	assert_null(reread(&c, &err));
	assert_string_equal(err->remedy, "write it as a string");
}

static void floats(void **state)
{
	static const struct sample cases[] = {
		{DOUBLE, "1.5", "1.5"},
		{DOUBLE, "3", "3"},
		{DOUBLE, "-0.0", "-0"},
		{DOUBLE, "\"1e-7\"", "1e-7"},
		{DOUBLE, "\"NaN\"", "\"NaN\""},
		{DOUBLE, "\"Infinity\"", "\"Infinity\""},
		{DOUBLE, "\"-Infinity\"", "\"-Infinity\""},
		{DOUBLE, "\"inf\"", NULL},
		{DOUBLE, "\"\"", NULL},
		{DOUBLE, "1e999", NULL},
		{DOUBLE, "true", NULL},
		{FLOAT, "0.1", "0.1"},
		{FLOAT, "\"-Infinity\"", "\"-Infinity\""},
		{FLOAT, "3.4028235e38", "3.4028235e+38"},
		{FLOAT, "1e39", NULL},
		{FLOAT, "\"x\"", NULL},
	};

	assert_samples(cases, ARRAY_SIZE(cases));
}

static void bools_and_strings(void **state)
{
	static const struct sample cases[] = {
		{BOOL, "true", "true"},
		{BOOL, "false", "false"},
		{BOOL, "\"true\"", NULL},
		{BOOL, "1", NULL},
		{STRING, "\"\\u00fc\\ud83d\\udc1d\\n\"", "\"\xc3\xbc\xf0\x9f\x90\x9d\\n\""},
		{STRING, "\"\"", "\"\""},
		{STRING, "1", NULL},
		{STRING, "\"\\u0000\"", NULL},
		{STRING, "\"\\ud83d\"", NULL},
		{STRING, "\"\xff\"", NULL},
	};

	assert_samples(cases, ARRAY_SIZE(cases));
}

static void bytes(void **state)
{
	static const struct sample cases[] = {
		{BYTES, "\"\"", "\"\""},
		{BYTES, "\"Zg==\"", "\"Zg==\""},
		{BYTES, "\"Zg\"", "\"Zg==\""},
		{BYTES, "\"-_8=\"", "\"+/8=\""},
		{BYTES, "\"Z\"", NULL},
		{BYTES, "\"*\"", NULL},
		{BYTES, "1", NULL},
	};

	assert_samples(cases, ARRAY_SIZE(cases));
}

static void enums(void **state)
{
	static const struct sample cases[] = {
		{ARG, "{\"bpf_cmd_arg\":\"BPF_PROG_LOAD\"}", "{\"bpf_cmd_arg\":\"BPF_PROG_LOAD\"}"},
		{ARG, "{\"bpf_cmd_arg\":5}", "{\"bpf_cmd_arg\":\"BPF_PROG_LOAD\"}"},
		{ARG, "{\"bpf_cmd_arg\":4711}", "{\"bpf_cmd_arg\":4711}"},
		{ARG, "{\"bpf_cmd_arg\":-1}", "{\"bpf_cmd_arg\":-1}"},
		{ARG, "{\"bpf_cmd_arg\":\"NO_SUCH\"}", "{}"},
		{ARG, "{\"bpf_cmd_arg\":2147483648}", NULL},
		{ARG, "{\"bpf_cmd_arg\":1.5}", NULL},
		{ARG, "{\"bpf_cmd_arg\":true}", NULL},
	};

	assert_samples(cases, ARRAY_SIZE(cases));
}

static void times(void **state)
{
	static const struct sample cases[] = {
		{TIME, "\"2026-11-18T12:06:40.5+01:00\"", "\"2026-11-18T11:06:40.500Z\""},
		{TIME, "\"yesterday\"", NULL},
		{TIME, "1795000000", NULL},
		{DURATION, "\"-1.5s\"", "\"-1.500s\""},
		{DURATION, "\"1m\"", NULL},
		{DURATION, "1", NULL},
	};

	assert_samples(cases, ARRAY_SIZE(cases));
}

static void masks(void **state)
{
	static const struct sample cases[] = {
		{MASK, "\"\"", "\"\""},
		{MASK, "\" \"", "\"\""},
		{MASK, "\"process.execId,nodeName\"", "\"process.execId,nodeName\""},
		{MASK, "\"process.exec_id, node_name \"", "\"process.execId,nodeName\""},
		{MASK, "\"a b\"", NULL},
		{MASK, "\"a;b\"", NULL},
		{MASK, "[\"a\"]", NULL},
	};

	assert_samples(cases, ARRAY_SIZE(cases));
}

static void anything(void **state)
{
	static const struct sample cases[] = {
		{ANY, "{}", "{}"},
		{ANY, "{\"value\":\"CJYB\",\"@type\":\"x/Y\"}",
		 "{\"@type\":\"x/Y\",\"value\":\"CJYB\"}"},
		{ANY, "{\"@type\":\"x/Y\"}", "{\"@type\":\"x/Y\",\"value\":\"\"}"},
		{ANY, "{\"@type\":1}", NULL},
		{ANY, "{\"@type\":\"x/Y\",\"value\":true}", NULL},
		{ANY, "\"x\"", NULL},
	};

	assert_samples(cases, ARRAY_SIZE(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers), cmocka_unit_test(big_integers_have_a_remedy),
		cmocka_unit_test(floats),   cmocka_unit_test(bools_and_strings),
		cmocka_unit_test(bytes),    cmocka_unit_test(enums),
		cmocka_unit_test(times),    cmocka_unit_test(masks),
		cmocka_unit_test(anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
