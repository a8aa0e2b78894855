// SPDX-License-Identifier: Apache-2.0
#include "compile/plan.h"
#include "abi/hook.h"
#include "base/clock.h"
#include "base/macro.h"
#include "base/str.h"
#include "compile/process.h"
#include "policy/policy.h"
#include "policy/vocabulary.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

struct scene {
	struct policies policies;
	struct diagnostics diags;
	struct plan_facts facts;
	struct arena arena;
	struct plan plan;
	int r;
};

static int setup(void **state)
{
	static struct scene s;

	s = (struct scene){0};
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	policies_done(&s->policies);
	diagnostics_done(&s->diags);
	arena_done(&s->arena);
	return 0;
}

static void read_hook(struct scene *s, const struct str *text);

/* Of one hook with arguments of these types, and these selectors. */
static void plan(struct scene *s, const char *first, const char *second, const char *selectors)
{
	_cleanup_str_ struct str text = STR_INIT;

	str_appendf(&text,
		    "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: x}\n"
		    "spec:\n  kprobes:\n  - call: sys_x\n    syscall: true\n    args:\n"
		    "    - {index: 0, type: %s}\n    - {index: 2, type: %s}\n    selectors: %s\n",
		    first, second, selectors);
	read_hook(s, &text);
}

static void read_hook(struct scene *s, const struct str *text)
{
	assert_int_equal(policies_read(&s->policies, &s->diags, "f", text->data, text->len), 0);
	if (s->diags.n) {
		_cleanup_str_ struct str said = STR_INIT;

		finding_text(s->diags.v[0], &said);
		fail_msg("%s", str_cstr(&said));
	}
	diagnostics_file(&s->diags, "f");
	s->r = plan_make(&s->policies.v[0]->spec.hooks[HOOK_KPROBE].v[0], &s->facts, &s->arena,
			 &s->diags, &s->plan);
}

static const struct test *test_of(const struct scene *s, size_t selector, size_t i)
{
	assert_int_equal(s->r, 0);
	assert_true(selector < s->plan.n_selectors && i < s->plan.selectors[selector].n);
	return &s->plan.selectors[selector].tests[i];
}

static void assert_range(const struct test *test, size_t i, int64_t low, int64_t high)
{
	assert_true(i < test->n);
	assert_int_equal(test->ranges[i].low, low);
	assert_int_equal(test->ranges[i].high, high);
}

static void captures(void **state)
{
	struct scene *s = *state;

	plan(s, "uint16", "string", "[]");
	assert_int_equal(s->r, 0);
	assert_int_equal(s->plan.n_selectors, 0);
	assert_int_equal(s->plan.n_captures, 2);
	assert_int_equal(s->plan.captures[0].kind, CAPTURE_NUMBER);
	assert_int_equal(s->plan.captures[0].bits, 16);
	assert_false(s->plan.captures[0].is_signed);
	assert_int_equal(s->plan.captures[1].kind, CAPTURE_STRING);
	assert_int_equal(s->plan.captures[1].place, 2);
	assert_int_equal(plan_number(&s->plan, 42, &s->arena), 0);
	assert_int_equal(s->plan.hook, 42);
	assert_string_equal(s->plan.name, "hook_42");
}

static void values_are_sorted_and_merged(void **state)
{
	struct scene *s = *state;
	const struct test *t;

	plan(s, "int", "int",
	     "[{matchArgs: [{index: 0, operator: InMap, values: ['9', '-3:2', '3', '1:4', "
	     "'20']}]}]");
	t = test_of(s, 0, 0);
	assert_int_equal(t->kind, TEST_RANGES);
	assert_int_equal(t->n, 3);
	assert_range(t, 0, -3, 4);
	assert_range(t, 1, 9, 9);
	assert_range(t, 2, 20, 20);
}

static void greater_and_less_are_ranges(void **state)
{
	struct scene *s = *state;

	plan(s, "int64", "uint64",
	     "[{matchArgs: [{index: 0, operator: GT, values: ['-1']},"
	     " {index: 0, operator: LT, values: ['7']},"
	     " {index: 2, operator: LT, values: ['0']},"
	     " {index: 2, operator: GT, values: ['5', '3']}]}]");
	assert_range(test_of(s, 0, 0), 0, 0, INT64_MAX);
	assert_range(test_of(s, 0, 1), 0, INT64_MIN, 6);
	/* Nothing is less. */
	assert_int_equal(test_of(s, 0, 2)->n, 0);
	assert_int_equal(test_of(s, 0, 2)->kind, TEST_RANGES);
	assert_int_equal(test_of(s, 0, 3)->n, 1);
	assert_range(test_of(s, 0, 3), 0, 4, -1);
}

static void masks_are_one(void **state)
{
	struct scene *s = *state;

	plan(s, "uint32", "int",
	     "[{matchArgs: [{index: 0, operator: Mask, values: ['0x10', '3']}]}]");
	assert_int_equal(test_of(s, 0, 0)->kind, TEST_MASK);
	assert_int_equal(test_of(s, 0, 0)->mask, 0x13);
}

static void strings(void **state)
{
	struct scene *s = *state;
	const struct test *t;

	plan(s, "int", "string",
	     "[{matchArgs: [{index: 2, operator: NotPostfix, values: ['.so', 'x']}]}]");
	t = test_of(s, 0, 0);
	assert_int_equal(t->kind, TEST_POSTFIX);
	assert_true(t->negate);
	assert_int_equal(t->capture, 1);
	assert_int_equal(t->n, 2);
	assert_int_equal(t->strings[0].len, 3);
	assert_memory_equal(t->strings[0].s, ".so", 3);
}

static void actions_say_whether_to_post(void **state)
{
	struct scene *s = *state;

	plan(s, "int", "int",
	     "[{matchActions: [{action: NoPost}]}, {matchActions: [{action: Post}]}, {}]");
	assert_int_equal(s->r, 0);
	assert_false(s->plan.selectors[0].actions.post);
	assert_true(s->plan.selectors[1].actions.post);
	assert_true(s->plan.selectors[2].actions.post);
}

static void limits_are_of_what_is_posted(void **state)
{
	struct scene *s = *state;
	const struct plan_actions *of;

	plan(s, "int", "int",
	     "[{matchActions: [{action: Post, rateLimit: 5m, rateLimitScope: global}, "
	     "{action: Post, rateLimit: \"1\"}]}, "
	     "{matchActions: [{action: Post, rateLimit: 5m}, {action: Post}]}, "
	     "{matchActions: [{action: Post, rateLimit: 18446744073709551s}]}]");
	assert_int_equal(s->r, 0);
	of = &s->plan.selectors[0].actions;
	assert_int_equal(of->n_limits, 2);
	assert_int_equal(of->limits[0].ns, 300 * NSEC_PER_SEC);
	assert_int_equal(of->limits[0].by, 0);
	assert_true(of->limits[0].all && of->limits[1].all);
	assert_int_equal(of->limits[1].ns, NSEC_PER_SEC);
	assert_int_equal(of->limits[1].by, HOOK_LIMIT_PROCESS | HOOK_LIMIT_THREAD);
	/* The second has none. */
	assert_int_equal(s->plan.selectors[1].actions.n_limits, 0);
	assert_int_equal(s->plan.selectors[2].actions.limits[0].ns, UINT64_MAX);
}

static void assert_value(const struct plan_limit *limit, size_t i, uint32_t index, size_t offset,
			 unsigned bits)
{
	assert_true(i < limit->n);
	assert_int_equal(limit->values[i].index, index);
	assert_int_equal(limit->values[i].part.offset, offset);
	assert_int_equal(limit->values[i].part.bits, bits);
}

static void what_makes_the_same(void **state)
{
	struct scene *s = *state;
	const struct plan_limit *limits;

	plan(s, "sock", "string",
	     "[{matchActions: ["
	     "{action: Post, rateLimit: 1h, rateLimitFields: [arg0.dport, arg1, arg0.daddr]}, "
	     "{action: Post, rateLimit: 1h, rateLimitFields: [process.pid, process.binary]}, "
	     "{action: Post, rateLimit: 1h, rateLimitFields: []}, "
	     "{action: Post, rateLimit: 1h, rateLimitFields: [process.tid, arg0.protocol]}]}]");
	assert_int_equal(s->r, 0);
	limits = s->plan.selectors[0].actions.limits;
	assert_int_equal(s->plan.selectors[0].actions.n_limits, 4);
	assert_int_equal(limits[0].n, 4);
	assert_value(&limits[0], 0, 0, offsetof(struct value_sock, dport), 16);
	assert_value(&limits[0], 1, 1, 0, 0);
	/* With the family, without which an address is none. */
	assert_value(&limits[0], 2, 0, offsetof(struct value_sock, daddr), 128);
	assert_value(&limits[0], 3, 0, offsetof(struct value_sock, family), 16);
	assert_int_equal(limits[0].by, 0);
	assert_int_equal(limits[1].by, HOOK_LIMIT_PROCESS | HOOK_LIMIT_BINARY);
	assert_int_equal(limits[1].n + limits[2].n + limits[2].by, 0);
	assert_int_equal(limits[3].by, HOOK_LIMIT_PROCESS | HOOK_LIMIT_THREAD);
	assert_value(&limits[3], 0, 0, offsetof(struct value_sock, protocol), 16);
	for (size_t i = 0; i < 4; i++)
		assert_false(limits[i].all);
}

/* The how manieth of what is told, which is not that of what is written. */
static void what_makes_the_same_return(void **state)
{
	static char policy[] =
		"apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: x}\n"
		"spec:\n  kprobes:\n  - call: f\n    syscall: false\n    args:\n"
		"    - {index: 0, type: nop}\n    - {index: 1, type: int, label: a.saddr}\n"
		"    - {index: 2, type: char_buf, returnCopy: true, sizeArgIndex: 4}\n"
		"    - {index: 4, type: char_buf, returnCopy: true, sizeArgIndex: 4, label: read}\n"
		"    return: true\n    returnArg: {index: 0, type: long}\n    selectors:\n"
		"    - matchActions: [{action: Post, rateLimit: 1s, rateLimitFields: [a.saddr]}]\n"
		"      matchReturnActions: [{action: Post, rateLimit: 1s, "
		"rateLimitFields: [read, return]}]\n";
	const struct str text = {.data = policy, .len = sizeof(policy) - 1};
	struct scene *s = *state;
	const struct plan_selector *selector;

	read_hook(s, &text);
	assert_int_equal(s->r, 0);
	selector = s->plan.selectors;
	assert_value(selector->actions.limits, 0, 0, 0, 0);
	assert_value(selector->return_actions.limits, 0, 2, 0, 0);
	assert_value(selector->return_actions.limits, 1, 0, 0, 0);
}

static void a_number_says_how_much_is_in_a_buffer(void **state)
{
	static char policy[] =
		"apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: x}\n"
		"spec:\n  kprobes:\n  - call: f\n    syscall: false\n    args:\n"
		"    - {index: 0, type: char_buf, returnCopy: true, sizeArgIndex: 4}\n"
		"    - {index: 1, type: char_buf, returnCopy: true, sizeArgIndex: 3}\n"
		"    - {index: 2, type: size_t}\n"
		"    - {index: 3, type: uint16, returnCopy: true}\n";
	const struct str text = {.data = policy, .len = sizeof(policy) - 1};
	struct scene *s = *state;
	const struct capture *v;

	read_hook(s, &text);
	assert_int_equal(s->r, 0);
	assert_true(s->plan.tells_return);
	v = s->plan.captures;
	assert_ptr_equal(v[0].filled, &v[3]);
	assert_null(v[1].filled);
	assert_true(v[0].later && v[1].later && v[3].later);
	assert_false(v[2].later);
	assert_int_equal(v[0].kept, 0);
	assert_int_equal(v[3].kept, 2);
}

static void only_the_first_values_make_the_same(void **state)
{
	struct scene *s = *state;

	for (size_t i = HOOK_LIMIT_VALUES - 1; i <= HOOK_LIMIT_VALUES; i++) {
		_cleanup_str_ struct str text = STR_INIT;

		str_append_lit(&text, "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\n"
				      "metadata: {name: x}\nspec:\n  kprobes:\n  - call: f\n"
				      "    syscall: false\n    args:\n");
		for (size_t j = 0; j <= HOOK_LIMIT_VALUES; j++)
			str_appendf(&text, "    - {index: %zu, type: int}\n", j);
		str_appendf(&text,
			    "    selectors: [{matchActions: [{action: Post, rateLimit: 1s, "
			    "rateLimitFields: [arg%zu]}]}]\n",
			    i);
		read_hook(s, &text);
		assert_int_equal(s->r, i < HOOK_LIMIT_VALUES ? 0 : -EOPNOTSUPP);
		teardown(state);
		setup(state);
	}
}

static const struct process_test *process_test_of(const struct scene *s, size_t i, size_t n)
{
	assert_int_equal(s->r, 0);
	assert_int_equal(s->plan.selectors[0].n_process, n);
	return &s->plan.selectors[0].process[i];
}

static void pids(void **state)
{
	struct scene *s = *state;
	const struct process_test *t;

	plan(s, "int", "int",
	     "[{matchPIDs: [{operator: NotIn, values: [7, 1, 2, 9, 8, 3]},"
	     " {operator: In, values: [1], isNamespacePID: true}]}]");
	t = process_test_of(s, 0, 2);
	assert_int_equal(t->value, PROCESS_PID);
	assert_true(t->test.negate);
	assert_int_equal(t->test.n, 2);
	assert_range(&t->test, 0, 1, 3);
	assert_range(&t->test, 1, 7, 9);
	t = process_test_of(s, 1, 2);
	assert_int_equal(t->value, PROCESS_NSPID);
	assert_false(t->test.negate);
}

static void namespaces(void **state)
{
	struct scene *s = *state;
	const struct process_test *t;

	s->facts.host_ns[EXEC_NS_NET] = 4026531840;
	plan(s, "int", "int",
	     "[{matchNamespaces: [{namespace: Net, operator: NotIn, values: ['5', host_ns]}]}]");
	t = process_test_of(s, 0, 1);
	assert_int_equal(t->value, PROCESS_NAMESPACE);
	assert_int_equal(t->which, EXEC_NS_NET);
	assert_true(t->test.negate);
	assert_int_equal(t->test.n, 2);
	assert_range(&t->test, 0, 5, 5);
	assert_range(&t->test, 1, 4026531840, 4026531840);
}

static void a_host_that_is_not_known(void **state)
{
	struct scene *s = *state;
	_cleanup_str_ struct str said = STR_INIT;

	plan(s, "int", "int",
	     "[{matchNamespaces: [{namespace: Net, operator: In, values: [host_ns]}]}]");
	assert_int_equal(s->r, -EOPNOTSUPP);
	finding_text(s->diags.v[0], &said);
	assert_non_null(strstr(str_cstr(&said), "the host's Net namespace is not known"));
}

static void capabilities(void **state)
{
	struct scene *s = *state;
	const struct process_test *t;

	s->facts.host_ns[EXEC_NS_USER] = 4026531837;
	plan(s, "int", "int",
	     "[{matchCapabilities: [{type: Permitted, operator: NotIn, isNamespaceCapability: true,"
	     " values: [CAP_CHOWN, CAP_SYS_ADMIN]}]}]");
	t = process_test_of(s, 0, 2);
	assert_int_equal(t->value, PROCESS_CAPABILITIES);
	assert_int_equal(t->which, CAPABILITY_SET_PERMITTED);
	assert_true(t->test.negate);
	assert_int_equal(t->test.mask, 1 | 1 << 21);
	t = process_test_of(s, 1, 2);
	assert_int_equal(t->value, PROCESS_NAMESPACE);
	assert_int_equal(t->which, EXEC_NS_USER);
	assert_true(t->test.negate);
	assert_range(&t->test, 0, 4026531837, 4026531837);
}

static void binaries(void **state)
{
	static const struct {
		const char *operator;
		enum test_kind kind;
		bool negate;
	} cases[] = {
		{"In", TEST_EQUAL, false},        {"NotIn", TEST_EQUAL, true},
		{"Prefix", TEST_PREFIX, false},   {"NotPrefix", TEST_PREFIX, true},
		{"Postfix", TEST_POSTFIX, false}, {"NotPostfix", TEST_POSTFIX, true},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str text = STR_INIT;
		const struct process_test *t;

		str_appendf(&text, "[{matchBinaries: [{operator: %s, values: [/bin/a, /bin/bc]}]}]",
			    cases[i].operator);
		plan(s, "int", "int", str_cstr(&text));
		t = process_test_of(s, 0, 1);
		assert_int_equal(t->value, PROCESS_IMAGE);
		assert_false(t->follow || t->parent);
		assert_int_equal(t->test.kind, cases[i].kind);
		assert_int_equal(t->test.negate, cases[i].negate);
		assert_int_equal(t->test.n, 2);
		assert_memory_equal(t->test.strings[1].s, "/bin/bc", t->test.strings[1].len + 1);
		teardown(state);
		setup(state);
	}
}

static void families(void **state)
{
	struct scene *s = *state;

	plan(s, "int", "int",
	     "[{matchBinaries: [{operator: In, values: [/a], followChildren: true}],"
	     " matchParentBinaries: [{operator: NotIn, values: [/b]}],"
	     " matchPIDs: [{operator: In, values: [1], followForks: true}]}]");
	assert_int_equal(process_test_of(s, 0, 3)->value, PROCESS_PID);
	assert_true(process_test_of(s, 0, 3)->follow);
	assert_true(process_test_of(s, 1, 3)->follow);
	assert_false(process_test_of(s, 1, 3)->parent);
	assert_true(process_test_of(s, 2, 3)->parent);
	assert_false(process_test_of(s, 2, 3)->follow);
}

static void changes(void **state)
{
	struct scene *s = *state;
	const struct process_test *t;

	s->facts.host_ns[EXEC_NS_USER] = 4026531837;
	plan(s, "int", "int",
	     "[{matchNamespaceChanges: [{operator: In, values: [Uts, Net]},"
	     " {operator: NotIn, values: [Uts, Net]}],"
	     " matchCapabilityChanges: [{type: Inheritable, operator: NotIn, values: [CAP_CHOWN],"
	     " isNamespaceCapability: true}]}]");
	t = process_test_of(s, 0, 4);
	assert_int_equal(t->value, PROCESS_CAPABILITY_CHANGES);
	assert_int_equal(t->which, CAPABILITY_SET_INHERITABLE);
	assert_false(t->test.negate);
	assert_int_equal(t->test.mask, ~1ULL);
	assert_int_equal(t[1].value, PROCESS_NAMESPACE);
	assert_int_equal(t[2].value, PROCESS_NAMESPACE_CHANGES);
	assert_int_equal(t[2].test.mask, 1 << EXEC_NS_UTS | 1 << EXEC_NS_NET);
	assert_int_equal(t[3].test.mask, 0x3ff & ~(1 << EXEC_NS_UTS | 1 << EXEC_NS_NET));
	assert_int_equal(process_renews(&s->plan.selectors[0]),
			 HOOK_BASELINE_NS | HOOK_BASELINE_CAPABILITIES);
}

static void check_hosts(const struct scene *s, size_t selector, size_t n)
{
	assert_int_equal(s->r, 0);
	assert_true(selector < s->plan.n_selectors);
	assert_int_equal(s->plan.selectors[selector].n_process, n);
	if (n)
		assert_int_equal(s->plan.selectors[selector].process[0].value, PROCESS_HOST);
}

static void hosts(void **state)
{
	struct scene *s = *state;

	plan(s, "int", "int", "[{matchWorkloads: {hostSelector: {}}}, {matchWorkloads: {}}]");
	assert_int_equal(s->plan.n_selectors, 2);
	check_hosts(s, 0, 1);
	check_hosts(s, 1, 0);
}

/* The policy's is that of each selector, and of a hook without any the only one. */
static void hosts_of_a_policy(void **state)
{
	_cleanup_str_ struct str text = STR_INIT;
	struct scene *s = *state;

	str_append_z(&text, "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\n"
			    "metadata: {name: x}\nspec: {hostSelector: {}, kprobes: "
			    "[{call: sys_x, syscall: true}]}\n");
	read_hook(s, &text);
	assert_int_equal(s->plan.n_selectors, 1);
	check_hosts(s, 0, 1);
	assert_true(s->plan.selectors[0].actions.post);
}

#ifdef __x86_64__
/* Of one hook with these arguments, data and selectors. */
static void plan_hook(struct scene *s, const char *args, const char *data, const char *selectors)
{
	_cleanup_str_ struct str text = STR_INIT;

	str_appendf(&text,
		    "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: x}\n"
		    "spec:\n  kprobes:\n  - call: f\n    syscall: false\n    args: %s\n"
		    "    data: %s\n    selectors: %s\n",
		    args, data, selectors);
	read_hook(s, &text);
}

static void data_comes_behind_the_arguments(void **state)
{
	struct scene *s = *state;
	const struct capture *c;

	plan_hook(s, "[{index: 0, type: int}]",
		  "[{index: 0, type: uint8, source: pt_regs, resolve: ah},"
		  " {index: 1, type: string, source: pt_regs, resolve: rsi}]",
		  "[{matchData: [{args: [1], operator: Equal, values: [x]},"
		  " {index: 0, operator: Equal, values: ['1']}],"
		  " matchArgs: [{index: 0, operator: Equal, values: ['2']}]}]");
	assert_int_equal(test_of(s, 0, 0)->capture, 0);
	assert_int_equal(test_of(s, 0, 1)->capture, 2);
	assert_int_equal(test_of(s, 0, 2)->capture, 1);
	assert_int_equal(s->plan.n_captures, 3);
	c = &s->plan.captures[1];
	assert_int_equal(c->source, ARG_SOURCE_PT_REGS);
	assert_int_equal(c->place, 80); /* arch/x86/include/asm/ptrace.h */
	assert_int_equal(c->path->n, 0);
	assert_int_equal(c->path->shift, 8);
	assert_int_equal(c->path->bits, 8);
	assert_int_equal(s->plan.captures[2].place, 104);
	assert_int_equal(s->plan.captures[2].kind, CAPTURE_STRING);
}

static void a_register_that_is_none(void **state)
{
	struct scene *s = *state;
	_cleanup_str_ struct str said = STR_INIT;

	plan_hook(s, "[]", "[{index: 0, type: uint8, source: pt_regs, resolve: rdxx}]", "[]");
	assert_int_equal(s->r, -EOPNOTSUPP);
	finding_text(s->diags.v[0], &said);
	assert_non_null(strstr(str_cstr(&said), "\"rdxx\" is not a register"));
	assert_non_null(strstr(str_cstr(&said), "did you mean \"rdx\""));
}
#endif

/* Each with its place. */
static void what_cannot_be_compiled(void **state)
{
	struct scene *s = *state;
	_cleanup_str_ struct str said = STR_INIT;

	plan(s, "char_buf", "char_buf", "[]");
	assert_int_equal(s->r, -EOPNOTSUPP);
	assert_int_equal(s->diags.counts[SEVERITY_ERROR], 2);
	diagnostics_sort(&s->diags);
	finding_text(s->diags.v[1], &said);
	assert_non_null(strstr(str_cstr(&said), "f:10:7: error: nothing says how large"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(captures),
		TEST(values_are_sorted_and_merged),
		TEST(greater_and_less_are_ranges),
		TEST(masks_are_one),
		TEST(strings),
		TEST(actions_say_whether_to_post),
		TEST(limits_are_of_what_is_posted),
		TEST(what_makes_the_same),
		TEST(what_makes_the_same_return),
		TEST(a_number_says_how_much_is_in_a_buffer),
		TEST(only_the_first_values_make_the_same),
		TEST(pids),
		TEST(namespaces),
		TEST(a_host_that_is_not_known),
		TEST(capabilities),
		TEST(binaries),
		TEST(families),
		TEST(changes),
		TEST(hosts),
		TEST(hosts_of_a_policy),
#ifdef __x86_64__
		TEST(data_comes_behind_the_arguments),
		TEST(a_register_that_is_none),
#endif
		TEST(what_cannot_be_compiled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
