// SPDX-License-Identifier: Apache-2.0
#include "base/macro.h"
#include "base/str.h"
#include "compile/emit.h"
#include "compile/plan.h"
#include "policy/operator.h"
#include "policy/policy.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

/* Every type with every operator on every kind of hook: what the tables say goes together can be
 * compiled, and nothing else is accepted. */

static const char *const sections[HOOK_KINDS] = {
	[HOOK_KPROBE] = "kprobes:\n  - call: f\n    syscall: false",
	[HOOK_FENTRY] = "fentries:\n  - call: f\n    syscall: false",
	[HOOK_TRACEPOINT] = "tracepoints:\n  - subsystem: s\n    event: e\n    raw: true",
	[HOOK_UPROBE] = "uprobes:\n  - path: /x\n    symbols: [f]",
	[HOOK_USDT] = "usdts:\n  - path: /x\n    provider: p\n    name: m",
	[HOOK_LSM] = "lsmhooks:\n  - hook: file_open",
};

/* Something that is a value of the operator. */
static const char *value_for(const struct operator* op, const struct arg_type *type)
{
	static const char *const values[] = {
		[SYNTAX_BYTES] = "['/x']",         [SYNTAX_NUMBER] = "['1']",
		[SYNTAX_RANGE] = "['1:2']",        [SYNTAX_MEMBER] = "['1', '3:4']",
		[SYNTAX_PORT] = "['80']",          [SYNTAX_NETWORK] = "['10.0.0.0/8', '::1']",
		[SYNTAX_PROTOCOL] = "['TCP']",     [SYNTAX_FAMILY] = "['AF_INET']",
		[SYNTAX_STATE] = "['TCP_LISTEN']", [SYNTAX_FILE_TYPE] = "['reg']",
	};

	if (op->syntax == SYNTAX_NONE)
		return "[]";
	if (op->syntax == SYNTAX_EQUAL)
		return type->groups & ARG_GROUP_CAPABILITIES ? "['CAP_CHOWN']" : "['1']";
	return values[op->syntax];
}

static void append_hook(struct str *text, enum hook_kind kind, const struct arg_type *type,
			const struct operator* op)
{
	str_appendf(text,
		    "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: x}\n"
		    "spec:\n  %s\n    args:\n"
		    "    - {index: 0, type: %s, sizeArgIndex: 3}\n"
		    "    - {index: 1, type: %s, sizeArgIndex: 3}\n"
		    "    selectors:\n    - matchArgs: [{args: [0%s], operator: %s, values: %s}]\n",
		    sections[kind], type->name, type->name, op->args == 2 ? ", 1" : "", op->name,
		    value_for(op, type));
}

static void try(enum hook_kind kind, const struct arg_type *type, const struct operator* op,
		bool fits)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	_cleanup_str_ struct str text = STR_INIT, said = STR_INIT;
	__attribute__((cleanup(code_done))) struct code code = CODE_INIT;
	struct arena arena = ARENA_INIT;
	struct plan_facts facts = {0};
	struct plan plan;
	int r = -EINVAL;

	append_hook(&text, kind, type, op);
	policies_read(&policies, &diags, "f", text.data, text.len);
	diagnostics_file(&diags, "f");
	if (policies.n)
		r = plan_make(&policies.v[0]->spec.hooks[kind].v[0], &facts, &arena, &diags, &plan);
	if (r >= 0)
		r = plan_number(&plan, 1, &arena);
	if (r >= 0)
		r = emit_function(&code, plan.name, (const struct plan *[]){&plan}, 1,
				  &backend_kprobe);
	if (diags.n)
		finding_text(diags.v[0], &said);
	if ((r >= 0) != fits)
		fail_msg("%s of %s in %s: %d %s", op->name, type->name, sections[kind], r,
			 str_cstr(&said));
	arena_done(&arena);
}

static void all_of_them(void **state)
{
	const struct arg_type *type;
	const struct operator* op;
	size_t fitting = 0;

	for (enum hook_kind kind = 0; kind < HOOK_KINDS; kind++)
		for (size_t i = 0; (type = arg_type_at(i)); i++)
			for (size_t j = 0; (op = operator_at(j)); j++) {
				bool in_process = kind == HOOK_UPROBE || kind == HOOK_USDT;
				bool fits = op->groups & type->groups &&
					    type->hooks & HOOK_BIT(kind) &&
					    !(in_process && type->is_object);

				/* Those are known when the hook is, or of other things. */
				if (type->id == ARG_TYPE_AUTO || op->kind == OPERATOR_CEL)
					continue;
				try(kind, type, op, fits);
				fitting += fits;
			}
	assert_true(fitting > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
