// SPDX-License-Identifier: Apache-2.0
#include "sensor/process_writes.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "code/insn.h"

#include <bpf/bpf.h>
#include <errno.h>

static int try(const char *name, const struct bpf_insn *insns, size_t n)
{
	_cleanup_close_ int prog = bpf_prog_load(BPF_PROG_TYPE_KPROBE, name, "GPL", insns, n, NULL);

	return prog < 0 ? -errno : 0;
}

int process_registers_try(void)
{
	static const struct bpf_insn insns[] = {
		INSN_LOAD(R2, R1, 0),
		INSN_STORE(R1, 0, R2),
		INSN_RETURN(0),
	};

	return try("registers", insns, ARRAY_SIZE(insns));
}

int process_memory_try(void)
{
	static const struct bpf_insn insns[] = {
		INSN_STORE_IMM(FP, -8, 0),
		INSN_MOV_REG(R2, FP),
		INSN_ADD(R2, -8),
		INSN_MOV(R1, 0),
		INSN_MOV(R3, 8),
		INSN_CALL(BPF_FUNC_probe_write_user),
		INSN_RETURN(0),
	};

	return try("memory", insns, ARRAY_SIZE(insns));
}
