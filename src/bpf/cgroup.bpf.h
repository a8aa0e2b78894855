/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_CGROUP_BPF_H
#define OCELLI_BPF_CGROUP_BPF_H

/*
 * The workload a process belongs to: its cgroup's id, announced with its path
 * the first time it is seen, and the rate of its events.
 */

#include "bpf/cgroup_node.bpf.h"
#include "bpf/ring.bpf.h"

#define CGROUP_DEPTH_MAX 64
#define CGROUP_PATH_MAX 8192

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, CGROUPS_MAX);
	__type(key, u64);
	__type(value, struct cgroup_state);
} cgroups SEC(".maps");

/* How many have been announced. */
__u64 cgroup_generation = 0;

struct cgroup_scratch {
	struct record_cgroup record;
	char path[CGROUP_PATH_MAX + NAME_KEPT_MAX + 1];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cgroup_scratch);
} cgroup_scratch SEC(".maps");

/*
 * Tells the agent the path of a cgroup that has not been told of. Of several CPUs
 * that see it at once each does: none must write a record of its own that comes
 * before all of theirs.
 */
static __noinline int announce_cgroup(struct kernfs_node *kn, u64 id)
{
	struct cpu_state *cpu = get_cpu_state();
	struct cgroup_state fresh = {}, *state;
	struct kernel_ledger *count;
	struct cgroup_scratch *s;
	u32 zero = 0, off = 0;

	s = bpf_map_lookup_elem(&cgroup_scratch, &zero);
	if (!s || !cpu)
		return 0;
	count = &cpu->ledger;
	/* Another may have had to go for it. */
	if (!bpf_map_update_elem(&cgroups, &id, &fresh, BPF_NOEXIST))
		__sync_fetch_and_add(&cgroup_generation, 1);

	s->record.truncated = 0;
	for (u32 i = 0; i < CGROUP_DEPTH_MAX; i++) {
		struct kernfs_node *parent = node_parent(kn);
		const char *name;
		long n;

		if (!parent)
			break;
		if (off >= CGROUP_PATH_MAX) {
			s->record.truncated = 1;
			break;
		}
		name = BPF_CORE_READ(kn, name);
		n = bpf_probe_read_kernel_str(s->path + off, NAME_KEPT_MAX + 1, name);
		if (n <= 0 || n > NAME_KEPT_MAX + 1) {
			s->record.truncated = 1;
			break;
		}
		off += n;
		kn = parent;
	}

	s->record.record.type = RECORD_CGROUP;
	s->record.record.size = sizeof(s->record) + off;
	s->record.record.time = bpf_ktime_get_boot_ns();
	s->record.cgroup_id = id;
	s->record.kept = off;
	count->produced[RECORD_CGROUP]++;
	if (off > CGROUP_PATH_MAX + NAME_KEPT_MAX + 1)
		return 0;
	if (bpf_ringbuf_output(&ring, s, sizeof(s->record) + off, BPF_RB_NO_WAKEUP)) {
		count->full[RECORD_CGROUP]++;
		return 0;
	}
	state = bpf_map_lookup_elem(&cgroups, &id);
	if (state)
		state->announced = 1;
	return 0;
}

static __always_inline u64 cgroup_id(struct task_struct *task)
{
	return cgroup_node(task)->id;
}

/*
 * Returns the id of the task's cgroup, announced. That it still is need not be
 * looked up again while no other has been announced: nothing else removes one.
 */
static __always_inline u64 cgroup_of(struct task_struct *task, struct cpu_state *cpu)
{
	struct kernfs_node *kn = cgroup_node(task);
	u64 id = kn->id, generation = cgroup_generation;
	struct cgroup_state *state;

	if (cpu->cgroup == id && cpu->generation == generation)
		return id;
	state = bpf_map_lookup_elem(&cgroups, &id);
	if (state && state->announced) {
		cpu->cgroup = id;
		cpu->generation = generation;
	} else {
		announce_cgroup(kn, id);
	}
	return id;
}

/*
 * Counts one event of the cgroup. Returns true when it is over the limit. The
 * rate is that of a window sliding over the current and the last interval. All
 * CPUs share the count; what two of them lose to each other in the turn of a
 * window is a handful of events.
 */
static __always_inline bool throttle(u64 id, u64 now, struct kernel_ledger *count)
{
	struct record_throttle *record;
	struct cgroup_state *st;
	u64 window, into, rate;

	if (!config.throttle_events)
		return false;
	st = bpf_map_lookup_elem(&cgroups, &id);
	if (!st)
		return false;
	window = now / config.throttle_window;
	into = now - window * config.throttle_window;
	if (st->window != window) {
		st->previous = st->window + 1 == window ? st->count : 0;
		st->count = 0;
		st->window = window;
	}
	__sync_fetch_and_add(&st->count, 1);
	rate = st->count + st->previous * (config.throttle_window - into) / config.throttle_window;
	if (rate <= config.throttle_events)
		return false;
	if (st->throttled)
		return true;

	/* Back to 0 by the agent, when it has been quiet for long enough. */
	st->throttled = 1;
	count->produced[RECORD_THROTTLE]++;
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record) {
		count->full[RECORD_THROTTLE]++;
		st->throttled = 0; /* so that the next one tells */
		return true;
	}
	record->record.type = RECORD_THROTTLE;
	record->record.size = sizeof(*record);
	record->record.time = now;
	record->cgroup_id = id;
	record->events = rate;
	bpf_ringbuf_submit(record, wake_flags());
	wake_waiting();
	return true;
}

#endif
