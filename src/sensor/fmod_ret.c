// SPDX-License-Identifier: Apache-2.0
#include "sensor/fmod_ret.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "code/insn.h"

#include <bpf/bpf.h>
#include <errno.h>

int fmod_ret_try(uint32_t btf_id)
{
	static const struct bpf_insn insns[] = {INSN_RETURN(0)};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_MODIFY_RETURN,
		    .attach_btf_id = btf_id);
	_cleanup_close_ int prog = bpf_prog_load(BPF_PROG_TYPE_TRACING, "fmod_ret", "GPL", insns,
						 ARRAY_SIZE(insns), &opts);

	return prog < 0 ? -errno : 0;
}
