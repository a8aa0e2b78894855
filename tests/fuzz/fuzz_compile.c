// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/macro.h"
#include "compile/emit.h"
#include "compile/syscalls.h"
#include "policy/policy.h"
#include "tracing/fields.h"
#include "tracing/prototype.h"

#include <errno.h>
#include <string.h>

/*
 * A file of policies to the code of its hooks: whatever is planned can be written, for
 * every kind of place and of its return, and is a whole program of a size that the text
 * accounts for. What kernels say of functions and tracepoints is made up here.
 */

/* The most that a byte of a policy becomes: a short name of what is many tests. */
#define INSNS_PER_BYTE 64
#define INSNS_MIN 65536

/* Where places are as policies say. */
static const struct backend *const backends[] = {
	&backend_sys_enter,     &backend_compat_sys_enter, &backend_syscall_kprobe, &backend_kprobe,
	&backend_compat_kprobe, &backend_raw_tracepoint,   &backend_x32_kprobe,
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
		MUST(r == 0 || r == -E2BIG || r == -EOVERFLOW);
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

/* At @backend, and where it is seen to return. */
static void compile_at(const struct plan *plan, const struct backend *backend, size_t text)
{
	if (!fits(plan, backend))
		return;
	compile(plan, backend, text);
	if (plan->tells_return)
		compile(plan, backend_of_return(backend), text);
}

/* Where calls of all tables come by. */
static void compile_calls(const struct plan *plan, bool on_return, size_t text)
{
	static const struct backend *const at[] = {&backend_sys_enter, &backend_compat_sys_enter,
						   &backend_x32_sys_enter};
	struct syscall_plan calls[ARRAY_SIZE(at)];
	struct verdicts verdicts = {0};
	struct code code = CODE_INIT;
	int r = verdicts_add(&verdicts, plan);

	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		calls[i] = (struct syscall_plan){
			.number = i < 2 ? 8 : 9,
			.backend = on_return ? backend_of_return(at[i]) : at[i],
			.plan = plan,
		};
	if (r == 0)
		r = emit_syscalls(&code, calls, ARRAY_SIZE(calls), &verdicts);
	MUST(r == 0 || r == -E2BIG || r == -EOVERFLOW);
	if (r == 0)
		check_code(&code, text * ARRAY_SIZE(calls));
	code_done(&code);
	verdicts_done(&verdicts);
}

struct input {
	const struct policy *policy;
	struct diagnostics *diags;
	size_t text;
};

static int make_plan(const struct input *in, const struct policy_hook *hook, struct arena *arena,
		     struct plan *plan)
{
	const struct plan_facts facts = {.host_ns = {[0 ... _EXEC_NS_MAX - 1] = 1}};
	size_t mistakes = in->diags->mistakes;
	int r = plan_make(hook, &facts, arena, in->diags, plan);

	MUST(r == 0 || (r == -EOPNOTSUPP && in->diags->mistakes > mistakes));
	return r == 0 ? plan_number(plan, 1, arena) : r;
}

static void compile_untyped(const struct input *in, const struct policy_hook *hook,
			    struct arena *arena)
{
	struct plan plan;

	if (make_plan(in, hook, arena, &plan) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(backends); i++)
		compile_at(&plan, backends[i], in->text);
	if (!fits(&plan, &backend_sys_enter))
		return;
	compile_calls(&plan, false, in->text);
	if (plan.tells_return)
		compile_calls(&plan, true, in->text);
}

/* --- functions that are called with types */

#define NUMBER {.words = 1}
#define WIDE {.words = 2}
#define POINTER(to) {.is_pointer = true, .words = 1, .type = (to)}

static const struct kernel_function functions[] = {
	{.name = "nothing"},
	{.name = "numbers",
	 .n_params = 6,
	 .params = {NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, NUMBER},
	 .returns = true,
	 .returned = NUMBER},
	{.name = "pointers",
	 .n_params = KERNEL_PARAMS_MAX,
	 .params = {POINTER("file"), POINTER("sock"), POINTER(NULL), POINTER("linux_binprm"),
		    POINTER("cred"), POINTER("path"), POINTER("dentry"), POINTER("sk_buff"),
		    POINTER("iov_iter"), POINTER("bpf_attr"), POINTER("module"), NUMBER},
	 .returns = true,
	 .returned = POINTER("sock")},
	{.name = "structures",
	 .n_params = 4,
	 .params = {WIDE, POINTER("file"), WIDE, NUMBER},
	 .returns = true,
	 .returned = NUMBER},
	{.name = "many", .n_params = KERNEL_PARAMS_MAX + 1},
};

static void compile_typed(const struct input *in, const struct policy_hook *hook,
			  const struct kernel_function *function, struct arena *arena)
{
	size_t mistakes = in->diags->mistakes;
	struct plan plan;
	int r = policy_prototype_resolve(function, arena, in->diags, &hook);

	MUST(r == 0 || in->diags->mistakes > mistakes);
	if (r < 0 || make_plan(in, hook, arena, &plan) < 0)
		return;
	if (hook->kind == HOOK_LSM)
		plan.hashed = (struct plan_file){.word = 1, .is_member = true, .offset = 64};
	compile_at(&plan, &backend_typed, in->text);
}

/* --- tracepoints */

#define FIELD(type, offset, size, sign) \
	"\tfield:" type ";\toffset:" #offset ";\tsize:" #size ";\tsigned:" #sign ";\n"
#define COMMON                                               \
	FIELD("unsigned short common_type", 0, 2, 0)         \
	FIELD("unsigned char common_flags", 2, 1, 0)         \
	FIELD("unsigned char common_preempt_count", 3, 1, 0) \
	FIELD("int common_pid", 4, 4, 1) "\n"

static const char *const formats[] = {
	COMMON,
	COMMON FIELD("u64 a", 8, 8, 0) FIELD("s32 b", 16, 4, 1) FIELD("u16 c", 20, 2, 0)
		FIELD("s8 d", 22, 1, 1) FIELD("bool e", 23, 1, 0),
	COMMON FIELD("char comm[16]", 8, 16, 0) FIELD("__data_loc char[] name", 24, 4, 0)
		FIELD("const char * text", 32, 8, 0) FIELD("__u8 address[28]", 40, 28, 0)
			FIELD("size_t size", 72, 8, 0) FIELD("struct wide w", 80, 24, 0),
};

static void compile_tracepoint(const struct input *in, const struct policy_hook *hook,
			       const char *text, struct arena *arena)
{
	static const struct backend *const at[] = {&backend_tracepoint,
						   &backend_syscall_tracepoint};
	static struct tracepoint_format format;
	size_t mistakes = in->diags->mistakes;
	struct plan plan;
	int r;

	MUST(tracepoint_format_parse(text, &format) == 0);
	r = policy_fields_place("made/event", &format, arena, in->policy, in->diags, &hook);
	MUST(r == 0 || in->diags->mistakes > mistakes);
	if (r < 0 || make_plan(in, hook, arena, &plan) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(at); i++)
		if (fits(&plan, at[i]))
			compile(&plan, at[i], in->text);
}

static void compile_hook(const struct input *in, const struct policy_hook *hook)
{
	struct arena arena = ARENA_INIT;

	compile_untyped(in, hook, &arena);
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		compile_typed(in, hook, &functions[i], &arena);
	for (size_t i = 0; i < ARRAY_SIZE(formats) && hook->kind == HOOK_TRACEPOINT; i++)
		compile_tracepoint(in, hook, formats[i], &arena);
	arena_done(&arena);
}

static void compile_policy(const struct policy *policy, struct diagnostics *diags, size_t text)
{
	const struct input in = {policy, diags, text};

	for (enum hook_kind kind = 0; kind < HOOK_KINDS; kind++)
		for (size_t i = 0; i < policy->spec.hooks[kind].n; i++)
			compile_hook(&in, &policy->spec.hooks[kind].v[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policies policies = POLICIES_INIT;
	struct diagnostics diags = DIAGNOSTICS_INIT;

	if (policies_read(&policies, &diags, "fuzz", (const char *)data, size) == 0 &&
	    diags.counts[SEVERITY_ERROR] == 0)
		for (size_t i = 0; i < policies.n; i++)
			compile_policy(policies.v[i], &diags, size);
	policies_done(&policies);
	diagnostics_done(&diags);
	return 0;
}
