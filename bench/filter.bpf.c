// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Policies by hand: what somebody would write for this one kernel who wants to
 * know of one system call with one number, or with paths below one folder, and
 * of nothing else. And the program that does nothing, for what it costs to have
 * one at all.
 */
#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "filter.h"

#define SIGKILL 9
#define EACCES 13

/* What of it is read; the loader finds where that is. */
struct pt_regs {
#ifdef __TARGET_ARCH_x86
	unsigned long di, si, ax;
#else
	u64 regs[31];
#endif
} __attribute__((preserve_access_index));

#ifdef __TARGET_ARCH_x86
#define FIRST(regs) ((regs)->di)
#define SECOND(regs) ((regs)->si)
#define RESULT(regs) ((regs)->ax)
#else
#define FIRST(regs) ((regs)->regs[0])
#define SECOND(regs) ((regs)->regs[1])
#define RESULT(regs) ((regs)->regs[0])
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, FILTER_RING_BYTES);
} ring SEC(".maps");

/* Set here when the reader is woken, cleared by the reader: one is enough. */
__u32 woken SEC(".data.reader") = 0;

/* Set by who loads it: they differ with the architecture. */
const volatile long lseek_number, faccessat_number;
const volatile unsigned long guarded_number;

static __always_inline u64 wake(void)
{
	if (woken || bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < FILTER_WAKE_BYTES)
		return BPF_RB_NO_WAKEUP;
	woken = 1;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline void fill(struct record_hook *to)
{
	struct task_struct *task = bpf_get_current_task_btf(), *leader = task->group_leader;

	to->record.type = RECORD_HOOK;
	to->record.time = bpf_ktime_get_boot_ns();
	to->process.start = leader->start_boottime;
	to->process.pid = (u32)leader->pid;
	to->process.execs = (u32)task->self_exec_id;
	to->tid = (u32)task->pid;
	to->hook = 1;
	to->selector = 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(empty, struct pt_regs *regs, long number)
{
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(number, struct pt_regs *regs, long number)
{
	struct filter_record *to;

	if (number != lseek_number || (int)FIRST(regs) != FILTER_NUMBER)
		return 0;
	to = bpf_ringbuf_reserve(&ring, offsetof(struct filter_record, path), 0);
	if (!to)
		return 0;
	fill(&to->hook);
	to->number = FILTER_NUMBER;
	bpf_ringbuf_submit(to, wake());
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(path, struct pt_regs *regs, long number)
{
	const char prefix[] = FILTER_PREFIX;
	struct filter_record *to;
	char begins[64];
	const char *path;

	if (number != faccessat_number)
		return 0;
	path = (const char *)SECOND(regs);
	if (bpf_probe_read_user_str(begins, sizeof(begins), path) < 0)
		return 0;
	for (u32 i = 0; i < sizeof(prefix) - 1; i++)
		if (begins[i] != prefix[i])
			return 0;
	to = bpf_ringbuf_reserve(&ring, sizeof(*to), 0);
	if (!to)
		return 0;
	fill(&to->hook);
	bpf_probe_read_user_str(to->path, sizeof(to->path), path);
	bpf_ringbuf_submit(to, wake());
	return 0;
}

/* With what it is about, so much of it as @len says. Whether there is room makes no difference. */
static __always_inline void tell(const char *what, u32 len, u64 number)
{
	struct filter_record *to = bpf_ringbuf_reserve(&ring, sizeof(*to), 0);

	if (!to)
		return;
	fill(&to->hook);
	to->number = number;
	bpf_probe_read_kernel(to->path, len, what);
	bpf_ringbuf_submit(to, wake());
}

SEC("tp_btf/sys_enter")
int BPF_PROG(kill, struct pt_regs *regs, long number)
{
	if (number != lseek_number || (int)FIRST(regs) != FILTER_NUMBER)
		return 0;
	bpf_send_signal(SIGKILL);
	tell("", 1, FILTER_NUMBER);
	return 0;
}

static __always_inline int deny_path(struct path *path)
{
	const char guarded[] = FILTER_FILE;
	char found[256];

	if (bpf_d_path(path, found, sizeof(found)) < (long)sizeof(guarded))
		return 0;
	for (u32 i = 0; i < sizeof(guarded); i++)
		if (found[i] != guarded[i])
			return 0;
	tell(found, sizeof(found), 0);
	return -EACCES;
}

SEC("lsm/file_open")
int BPF_PROG(open_by_path, struct file *file)
{
	return deny_path(&file->f_path);
}

SEC("lsm/file_open")
int BPF_PROG(open_by_number, struct file *file)
{
	if (file->f_inode->i_ino != guarded_number)
		return 0;
	tell("", 1, guarded_number);
	return -EACCES;
}

SEC("lsm/bprm_check_security")
int BPF_PROG(exec_by_path, struct linux_binprm *bprm)
{
	return deny_path(&bprm->file->f_path);
}

SEC("lsm/socket_connect")
int BPF_PROG(connect_by_port, void *sock, void *address, int len)
{
	u16 port = 0;

	/* Behind the family. */
	bpf_probe_read_kernel(&port, sizeof(port), address + sizeof(u16));
	if (port != (FILTER_PORT >> 8 | (FILTER_PORT & 0xff) << 8))
		return 0;
	tell("", 1, FILTER_PORT);
	return -EACCES;
}

/* --- in programs: functions, and static probes, that have a number and a text */

SEC("uprobe")
int program_empty(struct pt_regs *regs)
{
	return 0;
}

/* The same for each: only the number that they are looked for by is in it. */
static __always_inline int tell_number(void)
{
	struct filter_record *to =
		bpf_ringbuf_reserve(&ring, offsetof(struct filter_record, path), 0);

	if (!to)
		return 0;
	fill(&to->hook);
	to->number = FILTER_NUMBER;
	bpf_ringbuf_submit(to, wake());
	return 0;
}

SEC("uprobe")
int program_number(struct pt_regs *regs)
{
	return (int)FIRST(regs) == FILTER_NUMBER ? tell_number() : 0;
}

SEC("uprobe")
int program_text(struct pt_regs *regs)
{
	const char prefix[] = FILTER_PREFIX;
	const char *text = (const char *)SECOND(regs);
	struct filter_record *to;
	char begins[sizeof(prefix)];

	if (bpf_probe_read_user_str(begins, sizeof(begins), text) < 0)
		return 0;
	for (u32 i = 0; i < sizeof(prefix) - 1; i++)
		if (begins[i] != prefix[i])
			return 0;
	to = bpf_ringbuf_reserve(&ring, sizeof(*to), 0);
	if (!to)
		return 0;
	fill(&to->hook);
	bpf_probe_read_user_str(to->path, sizeof(to->path), text);
	bpf_ringbuf_submit(to, wake());
	return 0;
}

SEC("uprobe")
int program_three(struct pt_regs *regs)
{
	struct filter_three *to;

	if ((int)FIRST(regs) != FILTER_NUMBER)
		return 0;
	to = bpf_ringbuf_reserve(&ring, sizeof(*to), 0);
	if (!to)
		return 0;
	fill(&to->hook);
	to->numbers[0] = FILTER_NUMBER;
	to->numbers[1] = SECOND(regs);
	to->numbers[2] = FILTER_THIRD;
	bpf_ringbuf_submit(to, wake());
	return 0;
}

/* Number that the function was called with, by thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, u64);
	__type(value, u64);
} called SEC(".maps");

SEC("uprobe")
int program_call(struct pt_regs *regs)
{
	u64 thread = bpf_get_current_pid_tgid(), number = (u32)FIRST(regs);

	if (number != FILTER_NUMBER)
		return 0;
	bpf_map_update_elem(&called, &thread, &number, BPF_ANY);
	return tell_number();
}

SEC("uretprobe")
int program_return(struct pt_regs *regs)
{
	u64 thread = bpf_get_current_pid_tgid(), *number = bpf_map_lookup_elem(&called, &thread);
	struct filter_three *to;

	if (!number)
		return 0;
	to = bpf_ringbuf_reserve(&ring, sizeof(*to), 0);
	if (to) {
		fill(&to->hook);
		to->numbers[0] = *number;
		to->numbers[1] = (u32)RESULT(regs);
		bpf_ringbuf_submit(to, wake());
	}
	bpf_map_delete_elem(&called, &thread);
	return 0;
}
