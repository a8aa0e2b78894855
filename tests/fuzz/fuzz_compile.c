// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/macro.h"
#include "compile/emit.h"
#include "policy/policy.h"

#include <errno.h>
#include <string.h>

/*
 * A file of policies to the code of its hooks: whatever is planned can be written, for
 * every kind of place and of its return, and is a whole program of a size that the text
 * accounts for.
 */

/* The most that a byte of a policy becomes: a short name of what is many tests. */
#define INSNS_PER_BYTE 64
#define INSNS_MIN 65536

/* Those of records and of typed arguments are given other places than policies say. */
static const struct backend *const backends[] = {
	&backend_sys_enter, &backend_compat_sys_enter, &backend_syscall_kprobe,
	&backend_kprobe,    &backend_compat_kprobe,    &backend_raw_tracepoint,
};

static bool is_jump(const struct bpf_insn *insn)
{
	unsigned class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT;
}

/* Nothing goes on behind it. */
static bool ends(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_EXIT) || insn->code == (BPF_JMP | BPF_JA);
}

static bool is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_DW | BPF_IMM);
}

/* Where the function that has the instruction begins and ends. */
static void bounds(const struct code *code, size_t function, size_t *from, size_t *to)
{
	*from = function ? code->functions[function - 1].at : 0;
	*to = function < code->n_functions ? code->functions[function].at : code->n;
}

static void check_function(const struct code *code, size_t from, size_t to)
{
	MUST(from < to && to <= code->n && ends(&code->insns[to - 1]));
	for (size_t i = from; i < to; i++) {
		const struct bpf_insn *insn = &code->insns[i];
		int64_t target = (int64_t)i + 1 + insn->off;

		MUST(insn->dst_reg <= FP && insn->src_reg <= FP);
		if (is_wide(insn)) {
			MUST(++i < to && code->insns[i].code == 0);
			continue;
		}
		if (!is_jump(insn))
			continue;
		MUST(target > (int64_t)i && target < (int64_t)to);
		/* Half an instruction has no code. */
		MUST(code->insns[target].code);
	}
}

static void check_code(const struct code *code, size_t text)
{
	size_t from, to;

	MUST(code->n <= INSNS_MIN + text * INSNS_PER_BYTE);
	for (size_t i = 0; i <= code->n_functions; i++) {
		bounds(code, i, &from, &to);
		if (i || from < to)
			check_function(code, from, to);
	}
	for (size_t i = 0; i < code->n_uses; i++)
		MUST(code->uses[i].at < code->n && code->uses[i].name && *code->uses[i].name);
}

/* As whoever has plans compiled takes care of: src/tracing/points.c. */
static bool fits(const struct plan *plan, const struct backend *backend)
{
	for (size_t i = 0; i < plan->n_captures; i++) {
		const struct capture *c = &plan->captures[i];

		if (c->source == ARG_SOURCE_PT_REGS && !backend->registers)
			return false;
		if (c->source == ARG_SOURCE_CALL &&
		    (c->place >= backend->places || c->size_place > backend->places))
			return false;
	}
	return true;
}

static void compile(const struct plan *plan, const struct backend *backend, size_t text)
{
	struct verdicts verdicts = {0};
	struct code programs[] = {CODE_INIT, CODE_INIT, CODE_INIT};
	int r = verdicts_add(&verdicts, plan);

	MUST(r == 0 || r == -E2BIG);
	if (r == 0) {
		r = emit_program(&programs[0], &plan, 1, backend, &verdicts);
		MUST(r == 0 || r == -E2BIG);
		if (r == 0)
			check_code(&programs[0], text);
		if (verdicts_any(&verdicts)) {
			MUST(emit_fork(&programs[1], &verdicts) == 0);
			check_code(&programs[1], text);
			MUST(emit_exec(&programs[2], &verdicts) == 0);
			check_code(&programs[2], text);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		code_done(&programs[i]);
	verdicts_done(&verdicts);
}

static void plan_hook(const struct policy_hook *hook, struct diagnostics *diags, size_t text)
{
	const struct plan_facts facts = {.host_ns = {[0 ... _EXEC_NS_MAX - 1] = 1}};
	struct arena arena = ARENA_INIT;
	struct plan plan;
	int r = plan_make(hook, &facts, &arena, diags, &plan);

	MUST(r == 0 || (r == -EOPNOTSUPP && diags->n > 0));
	if (r == 0)
		r = plan_number(&plan, 1, &arena);
	for (size_t i = 0; i < ARRAY_SIZE(backends) && r == 0; i++) {
		const struct backend *end = backend_of_return(backends[i]);

		if (!fits(&plan, backends[i]))
			continue;
		compile(&plan, backends[i], text);
		if (plan.tells_return && end)
			compile(&plan, end, text);
	}
	arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policies policies = POLICIES_INIT;
	struct diagnostics diags = DIAGNOSTICS_INIT;

	if (policies_read(&policies, &diags, "fuzz", (const char *)data, size) == 0 &&
	    diags.counts[SEVERITY_ERROR] == 0)
		for (size_t i = 0; i < policies.n; i++)
			for (enum hook_kind kind = 0; kind < HOOK_KINDS; kind++)
				for (size_t j = 0; j < policies.v[i]->spec.hooks[kind].n; j++)
					plan_hook(&policies.v[i]->spec.hooks[kind].v[j], &diags,
						  size);
	policies_done(&policies);
	diagnostics_done(&diags);
	return 0;
}
