// SPDX-License-Identifier: Apache-2.0
#include "sensor/dispatcher.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#define SLOTS 2

int dispatcher_init(struct dispatcher *dispatcher)
{
	dispatcher->slots = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "hook_slots", sizeof(uint32_t),
					   sizeof(uint32_t), SLOTS, NULL);
	return dispatcher->slots < 0 ? dispatcher->slots : 0;
}

void dispatcher_done(struct dispatcher *dispatcher)
{
	if (dispatcher->slots >= 0)
		close(dispatcher->slots);
	*dispatcher = DISPATCHER_NONE;
}

/* With an index that the verifier knows, it becomes a jump (kernel/bpf/verifier.c, since 5.5:
 * tracked poke descriptors). Does nothing when the slot is empty. */
static void emit_jump(struct code *code, int slots, int32_t index)
{
	code_add(code, INSN_LOAD_MAP(R2, slots), INSN_MOV(R3, index),
		 INSN_CALL(BPF_FUNC_tail_call));
}

int dispatcher_emit(const struct dispatcher *dispatcher, const struct turns *turns,
		    struct code *code)
{
	struct label odd = code_label(code), out = code_label(code);

	code_add(code, INSN_LOAD_VALUE(R2, turns_map(turns)),
		 INSN(BPF_LDX | BPF_MEM | BPF_W, R2, R2, 0, 0),
		 INSN(BPF_ALU64 | BPF_AND | BPF_K, R2, 0, 0, 1));
	code_jump_if(code, BPF_JNE, R2, 0, odd);
	emit_jump(code, dispatcher->slots, 0);
	code_jump(code, out);
	code_here(code, odd);
	emit_jump(code, dispatcher->slots, 1);
	code_here(code, out);
	code_add(code, INSN_RETURN(0));
	return code_finish(code);
}

int dispatcher_set(const struct dispatcher *dispatcher, uint32_t turn, int program)
{
	uint32_t slot = turn % SLOTS;
	int r;

	if (program >= 0)
		return bpf_map_update_elem(dispatcher->slots, &slot, &program, BPF_ANY);
	r = bpf_map_delete_elem(dispatcher->slots, &slot);
	return r == -ENOENT ? 0 : r;
}

uint32_t dispatcher_get(const struct dispatcher *dispatcher, uint32_t turn)
{
	uint32_t slot = turn % SLOTS, id = 0;

	return bpf_map_lookup_elem(dispatcher->slots, &slot, &id) < 0 ? 0 : id;
}
