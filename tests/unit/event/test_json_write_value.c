// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "event/json.h"
#include "message.h"

#include <google/protobuf/any.pb-c.h>
#include <google/protobuf/field_mask.pb-c.h>
#include <tetragon/sensors.pb-c.h>

#include <limits.h>
#include <math.h>

static void assert_writes(const void *msg, const char *expected)
{
	_cleanup_str_ struct str out = STR_INIT;
	struct json_writer w = {0};

	json_write(&w, &out, msg);
	assert_string_equal(str_cstr(&out), expected);
}

/* All arguments but those that are messages: every type of value, here and in a oneof. */
static void values(void **state)
{
	const struct {
		Tetragon__KprobeArgument arg;
		const char *expected;
	} cases[] = {
#define ARG(CASE, member, value)                               \
	{.base = INIT(&tetragon__kprobe_argument__descriptor), \
	 .label = (char *)protobuf_c_empty_string,             \
	 .arg_case = TETRAGON__KPROBE_ARGUMENT__ARG_##CASE,    \
	 .member = value}
		{ARG(STRING_ARG, string_arg, TEXT("text")), "{\"string_arg\":\"text\"}"},
		{ARG(STRING_ARG, string_arg, TEXT("")), "{\"string_arg\":\"\"}"},
		{ARG(INT_ARG, int_arg, INT32_MIN), "{\"int_arg\":-2147483648}"},
		{ARG(INT_ARG, int_arg, 0), "{\"int_arg\":0}"},
		{ARG(UINT_ARG, uint_arg, UINT32_MAX), "{\"uint_arg\":4294967295}"},
		{ARG(LONG_ARG, long_arg, INT64_MIN), "{\"long_arg\":\"-9223372036854775808\"}"},
		{ARG(SIZE_ARG, size_arg, UINT64_MAX), "{\"size_arg\":\"18446744073709551615\"}"},
		{ARG(SIZE_ARG, size_arg, 0), "{\"size_arg\":\"0\"}"},
		{ARG(BYTES_ARG, bytes_arg, ((ProtobufCBinaryData){3, (uint8_t *)"\xfb\xff\x00"})),
		 "{\"bytes_arg\":\"+/8A\"}"},
		{ARG(BYTES_ARG, bytes_arg, {0}), "{\"bytes_arg\":\"\"}"},
		{ARG(BPF_CMD_ARG, bpf_cmd_arg, TETRAGON__BPF_CMD__BPF_PROG_LOAD),
		 "{\"bpf_cmd_arg\":\"BPF_PROG_LOAD\"}"},
		{ARG(BPF_CMD_ARG, bpf_cmd_arg, 0), "{\"bpf_cmd_arg\":\"BPF_MAP_CREATE\"}"},
		{ARG(BPF_CMD_ARG, bpf_cmd_arg, (Tetragon__BpfCmd)4711), "{\"bpf_cmd_arg\":4711}"},
		{ARG(BPF_CMD_ARG, bpf_cmd_arg, (Tetragon__BpfCmd)-1), "{\"bpf_cmd_arg\":-1}"},
		{ARG(STRING_ARG, string_arg, NULL), "{}"},
		{ARG(SKB_ARG, skb_arg, NULL), "{}"},
		{ARG(_NOT_SET, int_arg, 1), "{}"},
#undef ARG
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_writes(&cases[i].arg, cases[i].expected);
}

static void bools(void **state)
{
	Tetragon__Namespace ns = TETRAGON__NAMESPACE__INIT;

	assert_writes(&ns, "{}");
	ns.is_host = true;
	assert_writes(&ns, "{\"is_host\":true}");
}

#define WRAPPER(type, descriptor, v) \
	(&(Google__Protobuf__##type){INIT(&google__protobuf__##descriptor##__descriptor), v})

static void wrappers(void **state)
{
	assert_writes(BOOL(true), "true");
	assert_writes(BOOL(false), "false");
	assert_writes(INT32(-1), "-1");
	assert_writes(INT32(0), "0");
	assert_writes(UINT32(0), "0");
	assert_writes(UINT32(UINT32_MAX), "4294967295");
	assert_writes(WRAPPER(Int64Value, int64_value, INT64_MIN), "\"-9223372036854775808\"");
	assert_writes(WRAPPER(UInt64Value, uint64_value, 0), "\"0\"");
	assert_writes(WRAPPER(FloatValue, float_value, 0.1f), "0.1");
	assert_writes(WRAPPER(DoubleValue, double_value, 1e21), "1e+21");
	assert_writes(WRAPPER(DoubleValue, double_value, NAN), "\"NaN\"");
	assert_writes(WRAPPER(StringValue, string_value, (char *)"a\n"), "\"a\\n\"");
	assert_writes(WRAPPER(StringValue, string_value, (char *)protobuf_c_empty_string), "\"\"");
	assert_writes(WRAPPER(BytesValue, bytes_value, ((ProtobufCBinaryData){1, (uint8_t *)"f"})),
		      "\"Zg==\"");
}

static void times(void **state)
{
	assert_writes(TIME(0, 0), "\"1970-01-01T00:00:00Z\"");
	assert_writes(TIME(1795000000, 120000000), "\"2026-11-18T11:06:40.120Z\"");
	assert_writes(TIME(1795000000, 120), "\"2026-11-18T11:06:40.000000120Z\"");
	assert_writes(TIME(-1, 500000), "\"1969-12-31T23:59:59.000500Z\"");
	assert_writes(DURATION(0, 0), "\"0s\"");
	assert_writes(DURATION(1, 500000000), "\"1.500s\"");
	assert_writes(DURATION(0, -1000), "\"-0.000001s\"");
}

static void masks(void **state)
{
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char *paths[] = {TEXT("process.exec_id"), TEXT("node_name"), TEXT("bad\xff\"path")};

	assert_writes(&mask, "\"\"");
	mask.paths = paths;
	mask.n_paths = 2;
	assert_writes(&mask, "\"process.execId,nodeName\"");
	mask.n_paths = 3;
	assert_writes(&mask, "\"process.execId,nodeName,bad\xef\xbf\xbd\\\"path\"");
}

static void anything(void **state)
{
	Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;

	assert_writes(&any, "{}");
	any.type_url = TEXT("type.googleapis.com/x.Y");
	assert_writes(&any, "{\"@type\":\"type.googleapis.com/x.Y\",\"value\":\"\"}");
	any.value = (ProtobufCBinaryData){3, (uint8_t *)"\x08\x96\x01"};
	assert_writes(&any, "{\"@type\":\"type.googleapis.com/x.Y\",\"value\":\"CJYB\"}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values), cmocka_unit_test(bools), cmocka_unit_test(wrappers),
		cmocka_unit_test(times),  cmocka_unit_test(masks), cmocka_unit_test(anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
