/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_WORKLOAD_BPF_H
#define OCELLI_BPF_HOOK_WORKLOAD_BPF_H

/*
 * Whether the process that makes the call is the host's: its cgroup, and those
 * above it, are no container's by their names. So it is decided with the first
 * call in a cgroup, and anew when a process is moved to another. Or whether it is
 * in a container that a policy selects: of those the agent tells.
 */

#include "abi/hook.h"
#include "bpf/cgroup_node.bpf.h"
#include "bpf/container.bpf.h"
#include "bpf/hook_scratch.bpf.h"

/* What was found out of cgroups: the id, and in the lowest bit whether it is the host's. Ids are
 * never given to another (fs/kernfs/dir.c). Of those that share an element the last has it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HOOK_CGROUPS);
	__type(key, u32);
	__type(value, u64);
} hook_cgroups SEC(".maps");

/* Looks at the next directory of the path. Returns whether there are more. */
__noinline int hook_cgroup_up(struct hook_scratch *s)
{
	struct kernfs_node *node, *parent;
	const char *name;
	bool supervised;
	char *to;
	long n;

	if (!s)
		return 0;
	node = (void *)s->cgroup.node;
	parent = node_parent(node);
	/* That of the root has no name. */
	if (!parent) {
		s->cgroup.host = 1;
		return 0;
	}
	to = s->slot[0].bytes;
	name = BPF_CORE_READ(node, name);
	n = bpf_probe_read_kernel_str(to, CGROUP_NAME_ROOM, name);
	if (!within(n, CGROUP_NAME_ROOM) || n < 2)
		return 0;
	supervised = s->cgroup.supervised;
	s->cgroup.supervised = names_supervisor(s, (u32)n - 1);
	s->cgroup.node = (u64)parent;
	return !names_container(s, (u32)n - 1, supervised);
}

/* Whether this cgroup is the host's, or HOOK_UNKNOWN. */
static __noinline int learn_cgroup(struct kernfs_node *node, u64 *found, u64 id)
{
	u32 index = (u32)hook_enter();
	struct hook_scratch *s = bpf_map_lookup_elem(&hook_scratch, &index);
	int host;

	if (!s)
		return HOOK_UNKNOWN;
	s->cgroup.node = (u64)node;
	s->cgroup.supervised = 0;
	s->cgroup.host = 0;
	for (u32 i = 0; i < HOOK_CGROUP_DEPTH; i++)
		if (!hook_cgroup_up(s))
			break;
	host = s->cgroup.host;
	*(volatile u64 *)found = id << 1 | host;
	hook_leave(index);
	return host;
}

/* 1: its names say so; 0: they do not; HOOK_UNKNOWN: there is no room to find that out. */
static __always_inline u64 is_named_host(struct kernfs_node *node)
{
	u64 id = node->id, known;
	u32 index = (u32)(id * 0x9e3779b97f4a7c15ULL >> 32) % HOOK_CGROUPS;
	u64 *found = bpf_map_lookup_elem(&hook_cgroups, &index);

	if (!found)
		return 0;
	known = *(volatile u64 *)found;
	if (known >> 1 == id)
		return known & 1;
	return learn_cgroup(node, found, id);
}

/* Of containers that the agent knows: their cgroups' ids, and numbers. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HOOK_CONTAINERS);
	__type(key, u64);
	__type(value, u32);
} hook_containers SEC(".maps");

/* The rows of bits, one behind the other. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HOOK_CONTAINERS *HOOK_SCOPE_WORDS);
	__type(key, u32);
	__type(value, u64);
} hook_scopes SEC(".maps");

/* Another number each time that there are other containers: what was found before is void. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} hook_generation SEC(".maps");

/* What was found. That two write at once, or one reads meanwhile, is seen by the check. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HOOK_CGROUPS);
	__type(key, u32);
	__type(value, struct hook_member);
} hook_members SEC(".maps");

/* On the way up. On the stack: what was not found for a lack of room would be remembered. */
struct container_walk {
	u64 node;
};

/* Looks at the next cgroup up. Returns the number + 1 of the container that it is, 0: it is none,
 * or HOOK_NO_CONTAINER: nor is any above. */
__noinline u32 hook_container_up(struct container_walk *walk)
{
	struct kernfs_node *node;
	u32 *number;
	u64 id;

	if (!walk || !walk->node)
		return HOOK_NO_CONTAINER;
	node = (void *)walk->node;
	id = BPF_CORE_READ(node, id);
	walk->node = (u64)node_parent(node);
	number = bpf_map_lookup_elem(&hook_containers, &id);
	return number ? *number + 1 : 0;
}

/* The number + 1 of the container that the process is in by its cgroup, or one above; 0: none. */
static __noinline u32 find_container(struct kernfs_node *node)
{
	struct container_walk walk = {.node = (u64)node};
	u32 number = 0;

	for (u32 i = 0; i < HOOK_CGROUP_DEPTH && !number; i++)
		number = hook_container_up(&walk);
	return number == HOOK_NO_CONTAINER ? 0 : number;
}

static __always_inline u32 container_of_cgroup(struct kernfs_node *node)
{
	u64 id = node->id;
	u32 index = (u32)(id * 0x9e3779b97f4a7c15ULL >> 32) % HOOK_CGROUPS, zero = 0, number;
	volatile struct hook_member *known = bpf_map_lookup_elem(&hook_members, &index);
	u32 *generation = bpf_map_lookup_elem(&hook_generation, &zero);
	u64 found, now;

	if (!known || !generation)
		return 0;
	now = *(volatile u32 *)generation;
	found = known->found;
	if ((known->check ^ found) == id && found >> 32 == now)
		return (u32)found;
	number = find_container(node);
	found = now << 32 | number;
	known->check = id ^ found;
	known->found = found;
	return number;
}

/* 1: it is in no container, neither by what the agent knows nor by the names; 0: it is; or
 * HOOK_UNKNOWN. */
__noinline u64 hook_is_host(void)
{
	struct kernfs_node *node = cgroup_node(bpf_get_current_task_btf());

	return container_of_cgroup(node) ? 0 : is_named_host(node);
}

/* 1: it is in a container that the scope has, or with HOOK_SCOPE_HOST the host's; 0: it is not; or
 * HOOK_UNKNOWN. */
__noinline u64 hook_in_scope(u32 which)
{
	struct kernfs_node *node = cgroup_node(bpf_get_current_task_btf());
	u32 scope = which >> 1 & (HOOK_SCOPES - 1), word;
	u32 container = container_of_cgroup(node);
	u64 *bits;

	if (!container)
		return which & HOOK_SCOPE_HOST ? is_named_host(node) : 0;
	word = (container - 1) * HOOK_SCOPE_WORDS + scope / 64;
	bits = bpf_map_lookup_elem(&hook_scopes, &word);
	return bits ? *(volatile u64 *)bits >> (scope & 63) & 1 : 0;
}

#endif
