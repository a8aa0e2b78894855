// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Process life: fork, exec, exit, and who was there before us.
 *
 * Only tracepoints of the stable kind with BTF-typed arguments, so that this
 * runs from 5.10 on, also where there are no kprobes and no trampolines.
 */
#include "kernel.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "bpf/exec_call.bpf.h"
#include "bpf/image.bpf.h"
#include "bpf/preempt.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct exec_scratch);
} exec_scratch SEC(".maps");

/* Apart from the above, since walking the tasks is interrupted by execs. One walk at a time. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct exec_scratch);
} task_scratch SEC(".maps");

static long read_own(void *to, u32 len, u64 from, struct task_struct *task)
{
	return bpf_probe_read_user(to, len, (void *)from);
}

static long read_others(void *to, u32 len, u64 from, struct task_struct *task)
{
	return bpf_copy_from_user_task(to, len, (void *)from, task, 0);
}

static __always_inline int report_fork(struct task_struct *caller, struct task_struct *child)
{
	struct kernel_ledger *count;
	struct record_fork *record;
	struct cpu_state *cpu;
	u64 cgroup, now;

	if (child->pid != child->tgid)
		return 0; /* a thread */
	cpu = get_cpu_state();
	if (!cpu)
		return 0;

	count = &cpu->ledger;
	now = bpf_ktime_get_boot_ns();
	cgroup = cgroup_of(child, cpu);
	count->produced[RECORD_FORK]++;
	if (throttle(cgroup, now, count)) {
		count->throttled[RECORD_FORK]++;
		reader.lost = 1;
		return 0;
	}
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		count->full[RECORD_FORK]++;
		reader.lost = 1;
		return 0;
	}
	record->record.type = RECORD_FORK;
	record->record.size = sizeof(*record);
	record->record.time = now;
	key_of(&record->child, child);
	key_of(&record->creator, caller);
	key_of(&record->parent, child->real_parent);
	record->cgroup_id = cgroup;
	record->nspid = nspid_of(child);
	record->uid = child->cred->euid.val;
	bpf_ringbuf_submit(record, wake_flags());
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *caller, struct task_struct *child)
{
	forbid_preemption();
	report_fork(caller, child);
	allow_preemption();
	return 0;
}

/* As the raw tracepoint, for which the child is to be found. */
extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym __weak;
extern void bpf_task_release(struct task_struct *task) __ksym __weak;

SEC("tp/sched/sched_process_fork")
int process_fork_event(struct trace_event_raw_sched_process_fork *event)
{
	struct task_struct *child = NULL;
	struct cpu_state *cpu;

	if (bpf_task_from_pid && bpf_task_release)
		child = bpf_task_from_pid(event->child_pid);
	if (child) {
		report_fork(bpf_get_current_task_btf(), child);
		bpf_task_release(child);
		return 0;
	}
	cpu = get_cpu_state();
	if (cpu) {
		cpu->ledger.produced[RECORD_FORK]++;
		cpu->ledger.discarded[RECORD_FORK]++;
		reader.lost = 1;
	}
	return 0;
}

static __always_inline int report_exec(struct task_struct *task, const struct exec_call *call,
				       bool can_loop)
{
	struct cpu_state *cpu = get_cpu_state();
	struct mm_struct *mm = task->mm;
	struct kernel_ledger *count;
	const struct cred *old;
	struct exec_scratch *s;
	u32 zero = 0, off = 0;
	u64 now, cgroup;

	s = bpf_map_lookup_elem(&exec_scratch, &zero);
	if (!s || !cpu || !mm)
		return 0;
	count = &cpu->ledger;
	now = bpf_ktime_get_boot_ns();
	cgroup = cgroup_of(task, cpu);
	count->produced[RECORD_EXEC]++;
	if (throttle(cgroup, now, count)) {
		count->throttled[RECORD_EXEC]++;
		reader.lost = 1;
		return 0;
	}

	s->record.record.type = RECORD_EXEC;
	s->record.record.time = now;
	s->record.cgroup_id = cgroup;
	s->record.tid = call->tid;
	s->record.flags = call->privileged ? EXEC_PRIVILEGED : 0;
	/* The image was opened by the task itself in this very execve(2), with the credentials
	 * that it had then (fs/file_table.c: alloc_empty_file). */
	old = mm->exe_file->f_cred;
	bpf_probe_read_kernel(&s->record.old_permitted, sizeof(u64), &old->cap_permitted);

	off = put_string(s, off, EXEC_FILENAME, call->filename, EXEC_ERROR_FILENAME);
	off = put_image(s, off, task, task->cred, can_loop);
	put_field(s, EXEC_INTERP, 0, 0);
	if (call->interp != call->filename) {
		s->record.flags |= EXEC_SCRIPT;
		off = put_string(s, off, EXEC_INTERP, call->interp, 0);
	}
	off = put_strings(s, off, mm, task, read_own);

	if (off > EXEC_DATA_MAX) {
		count->discarded[RECORD_EXEC]++;
		return 0;
	}
	s->record.record.size = sizeof(s->record) + off;
	if (bpf_ringbuf_output(&ring, s, sizeof(s->record) + off, wake_flags())) {
		count->full[RECORD_EXEC]++;
		reader.lost = 1;
	} else {
		wake_waiting();
	}
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_tid, struct linux_binprm *bprm)
{
	struct exec_call call;

	exec_call_get(&call, bprm, (u32)old_tid);
	forbid_preemption();
	report_exec(task, &call, true);
	allow_preemption();
	return 0;
}

/* Where there is no bpf_loop() (before 5.17); a program that mentions it does not load there. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec_unrolled, struct task_struct *task, int old_tid,
	     struct linux_binprm *bprm)
{
	struct exec_call call;

	exec_call_get(&call, bprm, (u32)old_tid);
	return report_exec(task, &call, false);
}

/* The last tracepoint of an execve(2) before the one above, since 6.10 (fs/exec.c:
 * begin_new_exec()). Short, so that hardly anybody is ever preempted in it. */
SEC("tp_btf/sched_prepare_exec")
int BPF_PROG(process_exec_prepare, struct task_struct *task, struct linux_binprm *bprm)
{
	struct exec_call *call = exec_call_slot((u32)task->pid);

	if (call)
		exec_call_get(call, bprm, (u32)task->pid);
	return 0;
}

SEC("tp/sched/sched_process_exec")
int process_exec_event(struct trace_event_raw_sched_process_exec *event)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct exec_call call = {.tid = (u32)event->old_pid}, *prepared = exec_call_slot(call.tid);

	struct cpu_state *cpu = get_cpu_state();

	if (prepared && prepared->tid == call.tid && prepared->file == task->mm->exe_file) {
		call = *prepared;
		/* What it points to goes with this call. */
		prepared->tid = 0;
	} else {
		/* The program above was passed by, or another took the place. */
		if (cpu)
			cpu->ledger.bare_execs++;
		call.filename = (void *)event + (event->__data_loc_filename & 0xffff);
		call.interp = call.filename;
	}
	return report_exec(task, &call, true);
}

static __always_inline u32 wait_status(struct task_struct *leader, struct signal_struct *signal)
{
	/* As kernel/exit.c: wait_task_zombie() */
	return signal->flags & SIGNAL_GROUP_EXIT ? (u32)signal->group_exit_code
						 : (u32)leader->exit_code;
}

static __always_inline int report_exit(struct task_struct *task, bool group_dead)
{
	struct task_struct *leader = task->group_leader;
	struct signal_struct *signal = task->signal;
	struct kernel_ledger *count;
	struct record_exit *record;
	struct cpu_state *cpu;

	/* Since 6.16 the tracepoint tells whether this is the last thread. Before, of two that exit
	 * at once each can find that none is alive; the agent takes the first and knows the second
	 * for what it is. */
	bool is_known =
		bpf_core_field_exists(((struct trace_event_raw_sched_process_exit *)0)->group_dead);

	if (is_known ? !group_dead : signal->live.counter != 0)
		return 0;
	cpu = get_cpu_state();
	if (!cpu)
		return 0;
	count = &cpu->ledger;
	count->produced[RECORD_EXIT]++;
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		count->full[RECORD_EXIT]++;
		return 0;
	}
	record->record.type = RECORD_EXIT;
	record->record.size = sizeof(*record);
	record->record.time = bpf_ktime_get_boot_ns();
	key_of(&record->process, task);
	key_of(&record->parent, leader->real_parent);
	record->tid = (u32)task->pid;
	record->status = wait_status(leader, signal);
	record->uid = task->cred->euid.val;
	record->nspid = nspid_of(leader);
	record->cgroup_id = cgroup_id(task);
	record->threads = is_known ? 0 : (u32)signal->nr_threads;
	record->pad = 0;
	bpf_probe_read_kernel(record->comm, sizeof(record->comm), leader->comm);
	bpf_ringbuf_submit(record, wake_flags());
	wake_waiting();
	return 0;
}

SEC("tp_btf/sched_process_exit")
int process_exit(u64 *ctx)
{
	forbid_preemption();
	report_exit((void *)ctx[0], ctx[1]);
	allow_preemption();
	return 0;
}

SEC("tp/sched/sched_process_exit")
int process_exit_event(struct trace_event_raw_sched_process_exit *event)
{
	return report_exit(bpf_get_current_task_btf(), event->group_dead);
}

/* Whether this task stands for its process: the leader, or, where that has exited before its
 * threads, each thread that still has the memory (the agent keeps the first). */
static __always_inline bool represents(struct task_struct *task, struct task_struct *leader)
{
	if (task == leader)
		return task->mm || task->flags & PF_KTHREAD;
	return task->mm && !leader->mm;
}

/*
 * Whether the task has been in execve(2) while it was looked at, so that what
 * was read may be of two images; the record of that exec says what is true. The
 * new memory comes first (exec_mmap), then the count (both in fs/exec.c:
 * begin_new_exec), then the arguments, and last the end of the environment
 * (fs/binfmt_elf.c: create_elf_tables).
 */
static __always_inline bool executing(struct exec_scratch *s, struct task_struct *task,
				      struct mm_struct *mm)
{
	return (u32)task->self_exec_id != s->record.process.execs || task->mm != mm ||
	       (mm && !mm->env_end);
}

static __always_inline void report_dying(struct task_struct *task, struct kernel_ledger *count)
{
	struct record_dying *record;

	count->produced[RECORD_DYING]++;
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		count->full[RECORD_DYING]++;
		return;
	}
	record->record.type = RECORD_DYING;
	record->record.size = sizeof(*record);
	record->record.time = bpf_ktime_get_boot_ns();
	key_of(&record->process, task);
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

/* It is who walks. */
static __always_inline void know_reader(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	reader.start = BPF_CORE_READ(task, group_leader, start_boottime);
	reader.process = (u32)(bpf_get_current_pid_tgid() >> 32);
}

static __always_inline int report_task(struct bpf_iter__task *ctx, bool modern)
{
	struct task_struct *task = ctx->task, *leader;
	struct cpu_state *cpu = get_cpu_state();
	struct seq_file *seq = ctx->meta->seq;
	struct kernel_ledger *count;
	struct exec_scratch *s;
	struct mm_struct *mm;
	u32 zero = 0, off = 0;

	s = bpf_map_lookup_elem(&task_scratch, &zero);
	if (!task || !s || !cpu)
		return 0;
	know_reader();
	count = &cpu->ledger;
	leader = task->group_leader;
	if (leader->signal->live.counter == 0) {
		/* Before its exit is traced or after; before it is a zombie in any case. */
		if (!task->exit_state)
			report_dying(task, count);
		return 0;
	}
	if (!represents(task, leader))
		return 0;
	mm = task->mm;
	s->record.record.type = RECORD_TASK;
	s->record.record.time = bpf_ktime_get_boot_ns();
	s->record.cgroup_id = cgroup_of(task, cpu);
	s->record.tid = (u32)leader->pid;
	s->record.old_permitted = 0;
	s->record.inode = 0;
	s->record.device = s->record.links = s->record.magic = 0;
	s->record.flags = mm ? 0 : EXEC_KTHREAD;
	put_field(s, EXEC_FILENAME, 0, 0);
	put_field(s, EXEC_INTERP, 0, 0);
	off = put_image(s, off, task, task->real_cred, modern);
	if (mm && modern)
		off = put_strings(s, off, mm, task, read_others);
	else if (mm)
		s->record.flags |= EXEC_STRINGS_LATER;
	count->produced[RECORD_TASK]++;
	if (off > EXEC_DATA_MAX) {
		count->discarded[RECORD_TASK]++;
		return 0;
	}
	s->record.record.size = sizeof(s->record) + off;
	if (executing(s, task, mm)) {
		count->discarded[RECORD_TASK]++;
		/* It has let go of its memory because it ends. */
		if (leader->signal->live.counter == 0)
			report_dying(task, count);
	} else if (bpf_ringbuf_output(&ring, s, sizeof(s->record) + off, BPF_RB_NO_WAKEUP)) {
		count->full[RECORD_TASK]++;
	}

	/* One byte a process: so the agent's read(2) returns now and then and it can empty the
	 * ring between two of them. */
	bpf_seq_write(seq, &(char){1}, 1);
	return 0;
}

SEC("iter.s/task")
int process_report(struct bpf_iter__task *ctx)
{
	return report_task(ctx, true);
}

/* Where BPF cannot read another task's memory, nor loop (before 5.18). */
SEC("iter/task")
int process_report_unread(struct bpf_iter__task *ctx)
{
	return report_task(ctx, false);
}
