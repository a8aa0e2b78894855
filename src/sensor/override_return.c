// SPDX-License-Identifier: Apache-2.0
#include "sensor/override_return.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "code/insn.h"

#include <bpf/bpf.h>
#include <errno.h>

int override_return_try(void)
{
	static const struct bpf_insn insns[] = {
		INSN_MOV(R2, -EPERM),
		INSN_CALL(BPF_FUNC_override_return),
		INSN_RETURN(0),
	};
	_cleanup_close_ int prog = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "override_return", "GPL",
						 insns, ARRAY_SIZE(insns), NULL);

	return prog < 0 ? -errno : 0;
}
