// SPDX-License-Identifier: Apache-2.0
#include "made.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "policy/action.h"
#include "tmpdir.h"

#include <errno.h>
#include <sys/stat.h>

#define HEAD "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\n"
#define GOOD(name) HEAD "metadata: {name: " name "}\nspec: {loader: true}\n"

static void read_z(struct made *made, const char *text)
{
	made_read(made, text, strlen(text));
}

/* A bad document takes no good one with it. */
static void test_documents(void **state)
{
	struct made made;

	read_z(&made, GOOD("a") "---\n" HEAD "metadata: {}\nspec: {}\n---\n[\n---\n" GOOD(
			      "b") "---\n# nothing\n---\nkind: Pod\napiVersion: v1\n");
	assert_int_equal(made.policies.n, 2);
	assert_string_equal(made.policies.v[0]->metadata.name.s, "a");
	assert_string_equal(made.policies.v[0]->file, "f");
	assert_int_equal(made.policies.v[0]->mark.line, 1);
	assert_string_equal(made.policies.v[1]->metadata.name.s, "b");
	assert_int_equal(made.diags.counts[SEVERITY_ERROR], 3);
	made_done(&made);
}

/* The last owner's is the text, too: that of its document. */
static void test_owners(void **state)
{
	static const char text[] = "# why\n" GOOD("a");
	struct policy *first, *second;
	struct made made;

	read_z(&made, text);
	first = policies_take(&made.policies, 0);
	second = policy_ref(first);
	made_done(&made);
	policy_free(&first);
	assert_null(first);
	assert_string_equal(second->text, text);
	policy_free(&second);
	read_z(&made, "# first\n---\n" GOOD("a") "# of it\n--- # second\n" GOOD(
			      "b") "---\n[\n--- \n" GOOD("c"));
	assert_int_equal(made.policies.n, 3);
	assert_string_equal(made.policies.v[0]->text, "# first\n---\n" GOOD("a") "# of it\n");
	assert_string_equal(made.policies.v[1]->text, "--- # second\n" GOOD("b"));
	assert_string_equal(made.policies.v[2]->text, "--- \n" GOOD("c"));
	made_done(&made);
}

static void test_mode(void **state)
{
	const struct policy_selector *selector;
	struct policy *policy;
	struct made made;

	policy = made_good(&made, " kprobes:\n"
				  " - call: sys_write\n"
				  "   syscall: true\n"
				  "   return: true\n"
				  "   returnArg: {index: 0, type: int}\n"
				  "   selectors:\n"
				  "   - matchActions: [{action: Sigkill}]\n"
				  "     matchReturnActions: [{action: Post}]\n");
	selector = policy->spec.hooks[HOOK_KPROBE].v[0].selectors.v;
	for (int i = 0; i < 4; i++) {
		policy_change_mode(policy, i % 2 ? POLICY_MODE_MONITOR : POLICY_MODE_ENFORCE);
		assert_int_equal(policy->settings.mode,
				 i % 2 ? POLICY_MODE_MONITOR : POLICY_MODE_ENFORCE);
		assert_int_equal(selector->actions.v[0].monitored, i % 2);
		assert_int_equal(selector->return_actions.v[0].monitored, i % 2);
	}
	made_done(&made);
}

/* What is read again after a mistake, with the same mistake in it, is no policy either. */
static void test_resumed(void **state)
{
	struct made made;

	read_z(&made, "a: 1\n--- &\nb: 2\n--- \"q', 'x']\nc: 3\n---\n[\n---\n" GOOD("a"));
	assert_int_equal(made.policies.n, 1);
	assert_string_equal(made.policies.v[0]->metadata.name.s, "a");
	made_done(&made);

	read_z(&made, "a: 1\n--- \"q\", 'x']\n---\n" GOOD("a"));
	assert_int_equal(made.policies.n, 1);
	assert_int_equal(made.diags.counts[SEVERITY_ERROR], 4);
	made_done(&made);
}

static void test_what_is_no_policy(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{"", "f: error: there is no policy in it\n"},
		{"# nothing\n", "f: error: there is no policy in it\n"},
		{"---\n---\n", "f: error: there is no policy in it\n"},
		{"text\n", "f:1:1: error: the document is a string, and no policy\n"},
		{"[1]\n", "f:1:1: error: the document is a list, and no policy\n"},
		{"a: 1\n", "the document does not say what it is: it has no \"apiVersion\"\n"},
		{"apiVersion: cilium.io/v1\nkind: TracingPolicy\n",
		 "f:1:13: error: documents of apiVersion \"cilium.io/v1\" are no policies\n"},
		{"apiVersion: cilium.io/v1alpha1\nkind: TracingPolicies\n",
		 "f:2:7: error: a \"TracingPolicies\" is no policy\n    did you mean "
		 "\"TracingPolicy\"?\n"},
		{"apiVersion: cilium.io/v1alpha1\nkind: CiliumNetworkPolicy\n",
		 "policies are of kind TracingPolicy or TracingPolicyNamespaced\n"},
		{HEAD "spec: {}\n", "f:1:1: error: a TracingPolicy needs a field \"metadata\"\n"},
		{HEAD "metadata: {name: a}\n", "f:1:1: error: a TracingPolicy needs a field "
					       "\"spec\"\n"},
		{HEAD "metadata: {name: a}\nspec:\n", "f:4:6: error: \"spec\" has no value\n"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct made made;

		read_z(&made, cases[i].text);
		assert_int_equal(made.policies.n, 0);
		if (!strstr(made.text.data, cases[i].said))
			fail_msg("of: %s\nexpected: %s\ngot: %s", cases[i].text, cases[i].said,
				 made.text.data);
		made_done(&made);
	}
}

static void test_metadata(void **state)
{
	const struct policy *policy;
	struct made made;

	read_z(&made, "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicyNamespaced\n"
		      "metadata: {name: a.b-c, namespace: n-1, labels: {x: \"1\", 2: b}, "
		      "creationTimestamp: null, uid: 3}\nspec: {kprobes: [{call: f}]}\n");
	assert_string_equal(made.text.data, "");
	policy = made.policies.v[0];
	assert_int_equal(policy->kind, POLICY_NAMESPACED);
	assert_string_equal(policy->metadata.namespace.s, "n-1");
	assert_int_equal(policy->metadata.labels.n, 2);
	assert_string_equal(policy->metadata.labels.v[1].key.s, "2");
	assert_string_equal(policy->metadata.labels.v[1].value.s, "b");
	made_done(&made);

	read_z(&made, "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicyNamespaced\n"
		      "metadata: {name: a}\nspec: {hostSelector: {}, uprobes: [{path: /p, "
		      "symbols: [s]}]}\n");
	assert_non_null(strstr(made.text.data, "\"default\" is taken"));
	assert_non_null(strstr(made.text.data, "hosts are in no namespace"));
	made_done(&made);
}

/* What a policy turns into, all in all. */
static void test_model(void **state)
{
	const struct policy_selector *selector;
	const struct policy_hook *hook;
	const struct policy *policy;
	struct made made;

	policy = made_good(
		&made,
		" options: [{name: policy-mode, value: monitor}, {name: disable-kprobe-multi, "
		"value: \"1\"}]\n"
		" selectorsMacros:\n"
		"  host: {label: of the host, matchNamespaces: [{namespace: Pid, operator: In, "
		"values: [host_ns, \"4026531836\"]}]}\n"
		" lsmhooks: [{hook: file_open}]\n"
		" kprobes:\n"
		" - call: sys_write\n"
		"   return: true\n"
		"   returnArg: {index: 0, type: int}\n"
		"   message: a message\n"
		"   tags: [tag]\n"
		"   args: [{index: 0, type: fd}, {index: 1, type: char_buf, sizeArgIndex: 3}]\n"
		"   selectors:\n"
		"   - macros: [host]\n"
		"     matchPIDs: [{operator: NotIn, followForks: true, values: [0, 1]}]\n"
		"     matchCapabilities: [{operator: In, values: [CAP_SYS_ADMIN]}]\n"
		"     matchReturnArgs: [{operator: LT, values: [\"0\"]}]\n"
		"     matchActions: [{action: Post, rateLimit: 5m, rateLimitScope: global}]\n");
	assert_int_equal(policy->settings.mode, POLICY_MODE_MONITOR);
	assert_true(policy->settings.disable_kprobe_multi);
	assert_int_equal(policy->spec.hooks[HOOK_LSM].v[0].kind, HOOK_LSM);
	hook = policy->spec.hooks[HOOK_KPROBE].v;
	assert_int_equal(hook->mark.line, 10);
	assert_true(hook->syscall.v);
	assert_false(POLICY_SET(hook->syscall));
	assert_int_equal(hook->args.v[1].size_index.v, 3);
	assert_int_equal(hook->return_action, -1);
	selector = hook->selectors.v;
	assert_string_equal(selector->label.s, "of the host");
	assert_true(selector->namespaces.v[0].host);
	assert_int_equal(selector->namespaces.v[0].inodes.n, 1);
	assert_int_equal(selector->namespaces.v[0].inodes.v[0].range.low, 4026531836);
	assert_true(selector->pids.v[0].follow_forks.v);
	assert_int_equal(selector->capabilities.v[0].mask, 1 << 21);
	assert_int_equal(selector->capabilities.v[0].type.v, 0);
	assert_int_equal(selector->return_args.v[0].values.kind, POLICY_VALUES_SIGNED);
	assert_int_equal(selector->actions.v[0].rate_limit_ms, 300000);
	assert_int_equal(selector->actions.v[0].scope, RATE_LIMIT_GLOBAL);
	made_done(&made);
}

static void assert_register(const struct policy_register *r, const char *to,
			    enum register_source source, int64_t offset, const char *from)
{
	assert_int_equal(r->to_len, strlen(to));
	assert_memory_equal(r->to, to, r->to_len);
	assert_int_equal(r->source, source);
	assert_true(r->offset == offset);
	assert_int_equal(r->from_len, strlen(from));
	assert_memory_equal(r->from, from, r->from_len);
}

static void test_uprobe(void **state)
{
	const struct policy_register *regs;
	const struct policy_hook *hook;
	struct made made;

	hook = made_good(&made, " uprobes:\n - path: /p\n   symbols: [main, main+0x10, operator+]\n"
				"   selectors: [{matchActions: [{action: Override, argRegs: "
				"[\"rax=0xffffffffffffffff\", \"rip=(%rsp)\", \"rsp=8%rsp\", "
				"\"al=%bl\", \"rdi=-8(%rsp)\"]}]}]\n")
		       ->spec.hooks[HOOK_UPROBE]
		       .v;
	assert_int_equal(hook->places[0].len, 4);
	assert_int_equal(hook->places[0].offset, 0);
	assert_int_equal(hook->places[1].len, 4);
	assert_int_equal(hook->places[1].offset, 16);
	assert_int_equal(hook->places[2].len, 9);
	regs = hook->selectors.v[0].actions.v[0].registers;
	assert_register(&regs[0], "rax", REGISTER_CONSTANT, -1, "");
	assert_register(&regs[1], "rip", REGISTER_MEMORY, 0, "rsp");
	assert_register(&regs[2], "rsp", REGISTER_SUM, 8, "rsp");
	assert_register(&regs[3], "al", REGISTER_SUM, 0, "bl");
	assert_register(&regs[4], "rdi", REGISTER_MEMORY, -8, "rsp");
	made_done(&made);
}

/* Macros are filled in for each selector: the same words mean another thing at another hook. */
static void test_macros(void **state)
{
	const struct policy_hooks *hooks;
	struct made made;

	hooks = made_good(&made, " selectorsMacros: {m: {matchArgs: [{index: 0, operator: Equal, "
				 "values: [\"16\"]}]}}\n"
				 " kprobes:\n"
				 " - {call: f, args: [{index: 0, type: int}], selectors: [{macros: "
				 "[m]}]}\n"
				 " - {call: f, args: [{index: 0, type: string}], selectors: "
				 "[{macros: [m]}]}\n")
			->spec.hooks;
	assert_int_equal(hooks->v[0].selectors.v[0].args.v[0].values.kind, POLICY_VALUES_SIGNED);
	assert_int_equal(hooks->v[1].selectors.v[0].args.v[0].values.kind, POLICY_VALUES_BYTES);
	made_done(&made);
}

/* What stands for more than there is is refused, in time. */
static void test_bombs(void **state)
{
	_cleanup_str_ struct str spec = STR_INIT;
	struct made made;

	str_append_lit(&spec, " kprobes:\n - call: f\n   args: [{index: 0, type: int}]\n"
			      "   selectors:\n   - &s\n     matchArgs:\n     - &m {index: 0, "
			      "operator: Equal, values: &v [");
	for (unsigned i = 0; i < 1000; i++)
		str_append_lit(&spec, "\"1\",");
	str_append_lit(&spec, "]}\n");
	for (unsigned i = 0; i < 1000; i++)
		str_append_lit(&spec, "     - *m\n");
	for (unsigned i = 0; i < 1000; i++)
		str_append_lit(&spec, "   - *s\n");
	assert_non_null(str_cstr(&spec));
	made_spec(&made, spec.data);
	assert_int_equal(made.policies.n, 0);
	assert_non_null(strstr(made.text.data, "bytes or steps to make, which is the limit"));
	made_done(&made);

	str_reset(&spec);
	str_append_lit(&spec, " selectorsMacros: {m: {matchPIDs: [");
	for (unsigned i = 0; i < 2000; i++)
		str_append_lit(&spec, "{operator: In, values: [1]},");
	str_append_lit(&spec, "]}}\n kprobes:\n - call: f\n   selectors:\n");
	for (unsigned i = 0; i < 2000; i++)
		str_append_lit(&spec, "   - macros: [m]\n");
	assert_non_null(str_cstr(&spec));
	made_spec(&made, spec.data);
	assert_non_null(strstr(made.text.data, "bytes or steps to make, which is the limit"));
	made_done(&made);

	str_reset(&spec);
	str_append_lit(&spec,
		       " lists: [{name: all, type: generated_syscalls}]\n tracepoints:\n"
		       " - subsystem: raw_syscalls\n   event: sys_enter\n   args: [{index: 4, "
		       "type: syscall64}]\n   selectors:\n   - matchArgs: [{index: 4, "
		       "operator: InMap, values: [");
	for (unsigned i = 0; i < 100000; i++)
		str_append_lit(&spec, "\"list:all\",");
	str_append_lit(&spec, "]}]\n");
	assert_non_null(str_cstr(&spec));
	made_spec(&made, spec.data);
	assert_non_null(strstr(made.text.data, "bytes or steps to make, which is the limit"));
	made_done(&made);
}

/* Values are compiled for each selector, also those that are read once. */
static void test_values_of_macros(void **state)
{
	static const char *const filters[] = {"matchPIDs: [{operator: In, ",
					      "matchBinaries: [{operator: In, ",
					      "matchArguments: [{operator: Equal, "};

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		_cleanup_str_ struct str spec = STR_INIT;
		struct made made;

		str_appendf(&spec, " selectorsMacros: {m: {%svalues: [", filters[i]);
		for (unsigned j = 0; j < 2000; j++)
			str_appendf(&spec, "%s%u,", i ? "/" : "", j);
		str_append_lit(&spec, "]}]}}\n kprobes:\n - call: f\n   selectors:\n");
		for (unsigned j = 0; j < 2000; j++)
			str_append_lit(&spec, "   - macros: [m]\n");
		assert_non_null(str_cstr(&spec));
		made_spec(&made, spec.data);
		assert_non_null(
			strstr(made.text.data, "bytes or steps to make, which is the limit"));
		made_done(&made);
	}
}

static void test_many_hooks(void **state)
{
	_cleanup_str_ struct str spec = STR_INIT;
	struct made made;

	str_append_lit(&spec, " kprobes:\n");
	for (unsigned i = 0; i < POLICY_HOOKS_MAX; i++)
		str_append_lit(&spec, " - call: f\n");
	assert_non_null(str_cstr(&spec));
	made_spec(&made, spec.data);
	assert_int_equal(made.policies.n, 1);
	made_done(&made);
	str_append_lit(&spec, " lsmhooks:\n - hook: file_open\n");
	assert_non_null(str_cstr(&spec));
	made_spec(&made, spec.data);
	assert_int_equal(made.policies.n, 0);
	assert_non_null(strstr(made.text.data, "the policy has more than 4096 hooks"));
	made_done(&made);
}

/* What was probably meant is looked for as often as it is told. */
static void test_many_wrong_names(void **state)
{
	_cleanup_str_ struct str spec = STR_INIT;
	uint64_t began = clock_ns(CLOCK_MONOTONIC);
	struct made made;

	str_append_lit(&spec, " lists:\n");
	for (unsigned i = 0; i < 5000; i++)
		str_appendf(&spec, " - {name: some-list-%u, type: syscalls, values: [sys_dup]}\n",
			    i);
	str_append_lit(&spec, " selectorsMacros:\n");
	for (unsigned i = 0; i < 5000; i++)
		str_appendf(&spec, "  some-macro-%u: {matchPIDs: [{operator: In, values: [1]}]}\n",
			    i);
	str_append_lit(&spec, " kprobes:\n - call: f\n   selectors:\n");
	for (unsigned i = 0; i < 5000; i++)
		str_append_lit(&spec, "   - macros: [some-macrx]\n");
	for (unsigned i = 0; i < 5000; i++)
		str_append_lit(&spec, " - call: list:some-lixt\n");
	assert_non_null(str_cstr(&spec));
	made_spec(&made, spec.data);
	assert_non_null(strstr(made.text.data, "there is no macro \"some-macrx\""));
	assert_non_null(strstr(made.text.data, "more errors in this file are not shown"));
	made_done(&made);
	/* It was minutes. */
	assert_true(clock_ns(CLOCK_MONOTONIC) - began < 10 * NSEC_PER_SEC);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_load(void **state)
{
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	struct policy *policy;
	char dir[256], path[512];

	assert_int_equal(tmpdir_make(dir, sizeof(dir)), 0);
	write_file(dir, "2.yml", GOOD("second"));
	write_file(dir, "1.yaml", GOOD("first"));
	write_file(dir, "3.txt", "not looked at");
	write_file(dir, ".4.yaml", "not looked at");
	snprintf(path, sizeof(path), "%s/5.yaml", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/6.yaml", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(policies_load(&policies, &diags, dir), 0);
	assert_int_equal(diags.n, 0);
	assert_int_equal(policies.n, 2);
	assert_string_equal(policies.v[0]->metadata.name.s, "first");
	snprintf(path, sizeof(path), "%s/2.yml", dir);
	assert_string_equal(policies.v[1]->file, path);

	/* The same name once more is worth a word. */
	assert_int_equal(policies_load(&policies, &diags, path), 0);
	assert_int_equal(diags.counts[SEVERITY_WARNING], 1);
	assert_int_equal(policies.n, 3);

	snprintf(path, sizeof(path), "%s/nothing", dir);
	assert_int_equal(policies_load(&policies, &diags, path), 0);
	assert_string_equal(diags.v[1]->what, "cannot open it");
	assert_string_equal(diags.v[1]->why, "No such file or directory");
	snprintf(path, sizeof(path), "%s/5.yaml", dir);
	assert_int_equal(policies_load(&policies, &diags, path), 0);
	assert_int_equal(diags.counts[SEVERITY_WARNING], 2);

	policy = policies_take(&policies, 0);
	assert_string_equal(policy->metadata.name.s, "first");
	assert_int_equal(policies.n, 2);
	policy_free(&policy);
	assert_null(policy);
	policy_free(&policy);
	assert_int_equal(tmpdir_remove(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_mode),
		cmocka_unit_test(test_resumed),
		cmocka_unit_test(test_what_is_no_policy),
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_macros),
		cmocka_unit_test(test_uprobe),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_values_of_macros),
		cmocka_unit_test(test_many_hooks),
		cmocka_unit_test(test_many_wrong_names),
		cmocka_unit_test(test_load),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
