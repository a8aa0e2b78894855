// SPDX-License-Identifier: Apache-2.0
#include "sensor/uprobe_multi.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "code/insn.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/* include/uapi/linux/bpf.h of 6.6: union bpf_attr for BPF_LINK_CREATE, which libbpf 1.1 does not
 * know so far. */
struct attr {
	uint32_t prog_fd, target_fd, attach_type, flags;
	uint64_t path, offsets, ref_ctr_offsets, cookies;
	uint32_t count, multi_flags, pid, pad;
};

#define MULTI_RETURN 1U

static uint64_t address_of(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

int uprobe_multi_attach(int prog, const struct uprobe_places *places, bool on_return)
{
	struct attr attr = {
		.prog_fd = (uint32_t)prog,
		.attach_type = TRACE_UPROBE_MULTI,
		.path = address_of(places->path),
		.offsets = address_of(places->offsets),
		.ref_ctr_offsets = address_of(places->ref_ctr_offsets),
		.cookies = address_of(places->cookies),
		.count = (uint32_t)places->n,
		.multi_flags = on_return ? MULTI_RETURN : 0,
	};
	long fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	return fd < 0 ? -errno : (int)fd;
}

bool uprobe_multi_works(void)
{
	/* The header of the file, which nobody executes: whether there could be a breakpoint is
	 * not looked at before somebody maps it for that (kernel/events/uprobes.c). */
	static const uint64_t offset = 0, ref_ctr_offset = 0, cookie = 1;
	static const struct uprobe_places places = {
		.path = "/proc/self/exe",
		.offsets = &offset,
		.ref_ctr_offsets = &ref_ctr_offset,
		.cookies = &cookie,
		.n = 1,
	};
	static const struct bpf_insn insns[] = {INSN_RETURN(0)};
	/* Headers have it from 6.6 on. */
	LIBBPF_OPTS(bpf_prog_load_opts, opts,
		    .expected_attach_type = (enum bpf_attach_type)TRACE_UPROBE_MULTI); // NOLINT
	_cleanup_close_ int prog = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "uprobe_multi", "GPL", insns,
						 ARRAY_SIZE(insns), &opts);
	_cleanup_close_ int link = prog < 0 ? prog : uprobe_multi_attach(prog, &places, false);

	return link >= 0;
}
