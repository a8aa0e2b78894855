// SPDX-License-Identifier: Apache-2.0
#include "sensor/gate.h"

#include <bpf/bpf.h>
#include <unistd.h>

#define NO_END UINT32_MAX

static int set_end(const struct gate *gate, uint32_t end)
{
	uint32_t zero = 0;

	return bpf_map_update_elem(gate->map, &zero, &end, BPF_ANY);
}

int gate_init(struct gate *gate, const struct turns *turns)
{
	int r;

	*gate = (struct gate){
		.map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "hook_gate", sizeof(uint32_t),
				      sizeof(uint32_t), 1, NULL),
		.since = turns_now(turns) + 1,
	};
	if (gate->map < 0)
		return gate->map;
	r = set_end(gate, NO_END);
	if (r < 0)
		gate_done(gate);
	return r;
}

void gate_done(struct gate *gate)
{
	if (gate->map >= 0)
		close(gate->map);
	*gate = GATE_NONE;
}

void gate_close(const struct gate *gate, const struct turns *turns)
{
	set_end(gate, turns_now(turns) + 1);
}

void gate_keep(const struct gate *gate)
{
	set_end(gate, NO_END);
}

bool gate_mend(const struct gate *gate)
{
	uint32_t zero = 0, end;

	if (bpf_map_lookup_elem(gate->map, &zero, &end) < 0 || end == NO_END)
		return false;
	gate_keep(gate);
	return true;
}

int gate_emit(const struct gate *gate, const struct turns *turns, struct code *code)
{
	struct label shut = code_label(code), open = code_label(code);

	code_add(code, INSN_LOAD_VALUE(R2, turns_map(turns)),
		 INSN(BPF_LDX | BPF_MEM | BPF_W, R2, R2, 0, 0));
	code_jump_if(code, BPF_JLT, R2, (int32_t)gate->since, shut);
	code_add(code, INSN_LOAD_VALUE(R3, gate->map),
		 INSN(BPF_LDX | BPF_MEM | BPF_W, R3, R3, 0, 0));
	code_jump_if_reg(code, BPF_JLT, R2, R3, open);
	code_here(code, shut);
	code_add(code, INSN_RETURN(0));
	code_here(code, open);
	return code_finish(code);
}
