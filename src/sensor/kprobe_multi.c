// SPDX-License-Identifier: Apache-2.0
#include "sensor/kprobe_multi.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "code/insn.h"

#include <bpf/bpf.h>
#include <errno.h>

int kprobe_multi_attach(int prog, const char *const *functions, const uint64_t *cookies, size_t n,
			bool on_return)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts,
		    .kprobe_multi = {
			    .flags = on_return ? BPF_F_KPROBE_MULTI_RETURN : 0,
			    .cnt = (__u32)n,
			    /* It takes them as they are, and changes none. */
			    .syms = (const char **)(uintptr_t)functions,
			    .cookies = (const __u64 *)cookies,
		    });
	int link = bpf_link_create(prog, 0, BPF_TRACE_KPROBE_MULTI, &opts);

	return link < 0 ? -errno : link;
}

bool kprobe_multi_works(void)
{
	/* Of any kernel, and seldom called. */
#ifdef __aarch64__
	static const char *const function = "__arm64_sys_sched_getscheduler";
#else
	static const char *const function = "__x64_sys_sched_getscheduler";
#endif
	static const struct bpf_insn insns[] = {INSN_RETURN(0)};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_KPROBE_MULTI);
	const uint64_t cookie = 1;
	_cleanup_close_ int prog = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "kprobe_multi", "GPL", insns,
						 ARRAY_SIZE(insns), &opts);
	_cleanup_close_ int link =
		prog < 0 ? prog : kprobe_multi_attach(prog, &function, &cookie, 1, false);

	return link >= 0;
}
