// SPDX-License-Identifier: Apache-2.0
#include "made.h"

#include "base/macro.h"
#include "policy/vocabulary.h"

/* The matches of the first selector of the first kprobe. */
static const struct policy_arg_match *match_of(const struct policy *policy)
{
	return policy->spec.hooks[HOOK_KPROBE].v[0].selectors.v[0].args.v;
}

static const struct policy_values *values(struct made *made, const char *type, const char *op,
					  const char *list)
{
	char spec[512];

	snprintf(spec, sizeof(spec),
		 " kprobes: [{call: f, syscall: false, args: [{index: 3, type: %s}], selectors: "
		 "[{matchArgs: [{index: 3, operator: %s, values: %s}]}]}]\n",
		 type, op, list);
	return &match_of(made_good(made, spec))->values;
}

static void says(const char *type, const char *op, const char *list, const char *expected)
{
	char spec[512];

	snprintf(spec, sizeof(spec),
		 " kprobes: [{call: f, syscall: false, args: [{index: 3, type: %s}], selectors: "
		 "[{matchArgs: [{index: 3, operator: %s, values: %s}]}]}]\n",
		 type, op, list);
	made_says(spec, expected);
}

static void test_numbers(void **state)
{
	struct made made;
	const struct policy_values *v =
		values(&made, "int", "Equal", "[\"-1\", \"0x10\", \"010\"]");

	assert_int_equal(v->kind, POLICY_VALUES_SIGNED);
	assert_int_equal(v->n, 3);
	assert_true((int64_t)v->v[0].range.low == -1 && (int64_t)v->v[0].range.high == -1);
	assert_int_equal(v->v[1].range.low, 16);
	assert_int_equal(v->v[2].range.high, 8);
	made_done(&made);

	v = values(&made, "uint64", "InMap", "[\"1:3\", \"18446744073709551615\"]");
	assert_int_equal(v->kind, POLICY_VALUES_UNSIGNED);
	assert_int_equal(v->v[0].range.low, 1);
	assert_int_equal(v->v[0].range.high, 3);
	assert_true(v->v[1].range.low == UINT64_MAX);
	made_done(&made);

	v = values(&made, "int8", "InRange", "[\"-128:127\"]");
	assert_true((int64_t)v->v[0].range.low == -128);
	assert_int_equal(v->v[0].range.high, 127);
	made_done(&made);

	says("int8", "Equal", "[\"128\"]", "\"128\" does not fit into 8 bits with a sign");
	says("uint16", "Equal", "[\"-1\"]", "\"-1\" does not fit into 16 bits without a sign");
	says("int", "Equal", "[x]", "\"x\" is not a number");
	says("int", "Equal", "[\"\"]", "\"\" is not a number");
	says("int", "InRange", "[\"1\"]", "\"1\" is not a range");
	says("int", "InRange", "[\"3:1\"]", "the range \"3:1\" ends before it begins");
	says("int", "InRange", "[\"1:2:3\"]", "\"1:2:3\" is not a number");
	says("int", "InMap", "[\"list:x\"]", "there is no list \"x\"");
	says("int", "Equal", "[1]",
	     "\"values\" takes strings, and this is a number\n"
	     "    quote it: \"1\"");
}

static void test_bytes(void **state)
{
	struct made made;
	const struct policy_values *v = values(&made, "string", "Equal", "[\"a\\0\", \"\"]");

	assert_int_equal(v->kind, POLICY_VALUES_BYTES);
	assert_int_equal(v->v[0].bytes.len, 1);
	assert_int_equal(v->v[1].bytes.len, 0);
	made_done(&made);

	/* Only the strings of C end there. */
	v = values(&made, "char_buf", "Equal", "[\"a\\0\"]");
	assert_int_equal(v->v[0].bytes.len, 2);
	made_done(&made);
	says("file", "Prefix", "[\"\"]", "the value is empty");
}

static void test_networks(void **state)
{
	static const uint8_t ten[16] = {10, 1};
	static const uint8_t doc[16] = {0x20, 0x01, 0x0d, 0xb8, 0x80};
	struct made made;
	const struct policy_values *v = values(
		&made, "sock", "DAddr", "[\"10.1.2.3/15\", \"2001:db8:8fff::1/33\", \"::1\"]");

	assert_int_equal(v->kind, POLICY_VALUES_NETWORKS);
	assert_int_equal(v->v[0].network.family, 4);
	assert_int_equal(v->v[0].network.prefix, 15);
	assert_int_equal(v->v[0].network.address[1], 0);
	assert_int_equal(v->v[0].network.address[0], ten[0]);
	assert_int_equal(v->v[1].network.family, 6);
	assert_int_equal(v->v[1].network.prefix, 33);
	assert_memory_equal(v->v[1].network.address, doc, 16);
	assert_int_equal(v->v[2].network.prefix, 128);
	assert_int_equal(v->v[2].network.address[15], 1);
	made_done(&made);

	says("sock", "DAddr", "[\"10.0.0.0/33\"]", "\"10.0.0.0/33\" is not an address");
	says("sock", "DAddr", "[\"10.0.0.0/\"]", "is not an address");
	says("sock", "DAddr", "[\"10.0.0.0/08\"]", "is not an address");
	says("sock", "DAddr", "[\"10.0.0\"]", "is not an address");
	says("sock", "DAddr", "[\"localhost\"]", "is not an address");
	says("sock", "DAddr", "[\"10.0.0.1\\0x\"]", "is not an address");
	says("sock", "DAddr", "[\"${CIDR}\"]", "the placeholder has to be replaced by one");
}

static void test_names(void **state)
{
	struct made made;
	const struct policy_values *v =
		values(&made, "skb", "Protocol", "[\"IPPROTO_UDP\", tcp, \"132\"]");

	assert_int_equal(v->v[0].range.low, 17);
	assert_int_equal(v->v[1].range.low, 6);
	assert_int_equal(v->v[2].range.low, 132);
	made_done(&made);
	v = values(&made, "sock", "State", "[TCP_NEW_SYN_RECV]");
	assert_int_equal(v->v[0].range.low, 12);
	made_done(&made);
	v = values(&made, "file", "FileType", "[socket, reg]");
	assert_int_equal(v->kind, POLICY_VALUES_FILE_TYPES);
	assert_int_equal(v->v[0].range.low, 0140000);
	assert_int_equal(v->v[1].range.low, 0100000);
	made_done(&made);
	v = values(&made, "cap_effective", "Equal", "[\"CAP_CHOWN, DAC_OVERRIDE\", \"0x10\"]");
	assert_int_equal(v->v[0].range.low, 3);
	assert_int_equal(v->v[1].range.low, 16);
	made_done(&made);
	v = values(&made, "sock", "SPort", "[\"80\", \"1000:65535\"]");
	assert_int_equal(v->v[1].range.high, 65535);
	made_done(&made);

	says("skb", "Protocol", "[IPPROTO_TPC]", "did you mean \"IPPROTO_TCP\"?");
	says("sock", "Family", "[AF_INET66]", "\"AF_INET66\" is not an address family");
	says("sock", "State", "[LISTENING]", "\"LISTENING\" is not a state of TCP");
	says("sock", "SPort", "[\"65536\"]", "\"65536\" does not fit into 16 bits");
	says("file", "FileType", "[floppy]", "\"floppy\" is not a type of file");
	says("cap_effective", "Equal", "[\"CAP_CHOWN,CAP_X\"]", "\"CAP_X\" is not a capability");
}

static void test_lists(void **state)
{
	struct made made;
	const struct policy *policy =
		made_good(&made, " lists: [{name: dups, type: syscalls, values: [sys_dup]}]\n"
				 " tracepoints: [{subsystem: raw_syscalls, event: sys_enter, args: "
				 "[{index: 4, type: syscall64}], selectors: [{matchArgs: [{index: "
				 "4, operator: InMap, values: [\"list:dups\"]}]}]}]\n");
	const struct policy_arg_match *match =
		policy->spec.hooks[HOOK_TRACEPOINT].v[0].selectors.v[0].args.v;

	assert_ptr_equal(match->values.v[0].list, policy->spec.lists.v);
	made_done(&made);
	made_says(" lists: [{name: dups, values: [f]}]\n"
		  " tracepoints: [{subsystem: s, event: e, args: [{index: 4, type: syscall64}], "
		  "selectors: [{matchArgs: [{index: 4, operator: InMap, values: "
		  "[\"list:dups\"]}]}]}]\n",
		  "the list \"dups\" is not of system calls");
	made_says(" lists: [{name: dups, values: [f]}]\n"
		  " kprobes: [{call: \"list:dup\"}]\n",
		  "there is no list \"dup\"\n    did you mean \"dups\"?");
}

/* What only the machine can tell is left for then. */
static void test_deferred(void **state)
{
	struct made made;
	const struct policy *policy =
		made_good(&made, " tracepoints: [{subsystem: s, event: e, args: [{index: 4}], "
				 "selectors: [{matchArgs: [{index: 4, operator: Equal, values: "
				 "[whatever]}]}]}]\n");
	const struct policy_arg_match *match =
		policy->spec.hooks[HOOK_TRACEPOINT].v[0].selectors.v[0].args.v;

	assert_int_equal(match->values.kind, POLICY_VALUES_DEFERRED);
	assert_int_equal(match->texts.n, 1);
	made_done(&made);
}

/* There are no small limits. */
static void test_many(void **state)
{
	_cleanup_str_ struct str spec = STR_INIT;
	const struct policy_hook *hook;
	struct made made;

	str_append_lit(&spec, " kprobes:\n");
	for (unsigned k = 0; k < 40; k++) {
		str_append_lit(&spec, " - call: f\n   syscall: false\n   args: [");
		for (unsigned i = 0; i < 12; i++)
			str_appendf(&spec, "{index: %u, type: int},", i);
		str_append_lit(&spec, "]\n   selectors:\n");
		for (unsigned i = 0; i < 40; i++) {
			str_append_lit(&spec, "   - matchArgs:\n     - {index: 11, operator: "
					      "Equal, values: [");
			for (unsigned j = 0; j < 40; j++)
				str_appendf(&spec, "\"%u\",", j);
			str_append_lit(&spec, "]}\n");
		}
	}
	assert_non_null(str_cstr(&spec));
	hook = &made_good(&made, spec.data)->spec.hooks[HOOK_KPROBE].v[39];
	assert_int_equal(hook->args.n, 12);
	assert_int_equal(hook->selectors.n, 40);
	assert_int_equal(hook->selectors.v[39].args.v[0].arg, 11);
	assert_int_equal(hook->selectors.v[39].args.v[0].values.n, 40);
	made_done(&made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),  cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_networks), cmocka_unit_test(test_names),
		cmocka_unit_test(test_lists),    cmocka_unit_test(test_deferred),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
