// SPDX-License-Identifier: Apache-2.0
#include "compile/scratch.h"
#include "code/insn.h"

void emit_take_scratch(struct code *code, int16_t slot, struct label none)
{
	struct label taken = code_label(code);

	code_call(code, "kernel_preempt_disable");
	code_call(code, "hook_enter");
	code_add(code, INSN_STORE(FP, slot, R0));
	code_load_map(code, R1, "hook_scratch");
	code_add(code, INSN_MOV_REG(R2, FP), INSN_ADD(R2, slot),
		 INSN_CALL(BPF_FUNC_map_lookup_elem));
	code_jump_if(code, BPF_JNE, R0, 0, taken);
	/* The index is no element's. */
	code_call(code, "kernel_preempt_enable");
	code_jump(code, none);
	code_here(code, taken);
	code_add(code, INSN_MOV_REG(R7, R0));
}

void emit_give_scratch(struct code *code, int16_t slot)
{
	code_add(code, INSN_LOAD(R1, FP, slot));
	code_call(code, "hook_leave");
	code_call(code, "kernel_preempt_enable");
}
