// SPDX-License-Identifier: Apache-2.0
#include "policy/reach.h"
#include "policy/action.h"
#include "base/macro.h"
#include "policy/made.h"

#include <errno.h>

enum { REFUSED = -EPERM, LOADS = 0 };

/* A selector of a hook, or more of them, and what is said of it. */
static const struct {
	const char *hook, *selectors;
	int wanted;
} rows[] = {
	{"kprobes", "{matchActions: [{action: Sigkill}]}", REFUSED},
	{"kprobes", "{matchActions: [{action: Post}, {action: Override, argError: -1}]}", REFUSED},
	{"kprobes", "{matchActions: [{action: Signal, argSig: 15}]}", REFUSED},
	{"kprobes", "{matchActions: [{action: Signal, argSig: 18}]}", LOADS},
	{"kprobes", "{matchActions: [{action: NotifyEnforcer, argError: -1}]}", REFUSED},
	{"kprobes", "{matchActions: [{action: NotifyEnforcer, argSig: 17}]}", LOADS},
	{"kprobes", "{matchActions: [{action: Post}]}", LOADS},
	{"kprobes", "{matchReturnActions: [{action: Sigkill}]}", REFUSED},
	{"kprobes",
	 "{matchReturnArgs: [{index: 0, operator: Equal, values: [\"1\"]}], "
	 "matchReturnActions: [{action: Sigkill}]}",
	 LOADS},
	{"kprobes",
	 "{matchArgs: [{index: 0, operator: Equal, values: [\"1\"]}], "
	 "matchActions: [{action: Sigkill}]}",
	 LOADS},
	{"kprobes",
	 "{matchBinaries: [{operator: In, values: [/bin/a]}], matchActions: [{action: Sigkill}]}",
	 LOADS},
	/* Who is spared before is not all; who is killed before is some of them. */
	{"kprobes",
	 "{matchBinaries: [{operator: In, values: [/bin/a]}]}, {matchActions: [{action: Sigkill}]}",
	 LOADS},
	{"kprobes",
	 "{matchBinaries: [{operator: In, values: [/bin/a]}], matchActions: [{action: Sigkill}]}, "
	 "{matchActions: [{action: Sigkill}]}",
	 REFUSED},
	{"usdts", "{matchActions: [{action: Sigkill}]}", LOADS},
};

static const char *const fields[] = {
	[HOOK_KPROBE] = "call: sys_dup, syscall: true, return: true, "
			"returnArg: {index: 0, type: int}, args: [{index: 0, type: int}]",
	[HOOK_USDT] = "path: /bin/a, provider: b, name: c",
};

static int check(const char *options, size_t row, size_t *ret_found)
{
	struct str spec = STR_INIT;
	struct made made;
	size_t before;
	int r;

	str_appendf(&spec, " enforcers: [{calls: [sys_dup]}]\n%s %s:\n - {%s, selectors: [%s]}\n",
		    options, rows[row].hook,
		    fields[strcmp(rows[row].hook, "kprobes") ? HOOK_USDT : HOOK_KPROBE],
		    rows[row].selectors);
	assert_non_null(str_cstr(&spec));
	made_spec(&made, spec.data);
	assert_int_equal(made.policies.n, 1);
	before = made.diags.n;
	r = policy_check_reach(made.policies.v[0], &made.diags);
	*ret_found = made.diags.n - before;
	made_done(&made);
	str_free(&spec);
	return r;
}

static void test_rows(void **state)
{
	size_t found;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool refused = rows[i].wanted == REFUSED;

		print_message("%s\n", rows[i].selectors);
		assert_int_equal(check("", i, &found), rows[i].wanted);
		assert_int_equal(found, refused);
		/* In monitor mode it is said, and nothing more. */
		assert_int_equal(
			check(" options: [{name: policy-mode, value: monitor}]\n", i, &found), 0);
		assert_int_equal(found, refused);
		assert_int_equal(
			check(" options: [{name: allow-lockout, value: \"1\"}]\n", i, &found), 0);
		assert_int_equal(found, 0);
	}
}

static void test_scope(void **state)
{
	size_t found;

	assert_int_equal(check(" hostSelector: {}\n", 0, &found), 0);
	assert_int_equal(found, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
