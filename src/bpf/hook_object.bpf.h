/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_HOOK_OBJECT_BPF_H
#define OCELLI_BPF_HOOK_OBJECT_BPF_H

/* Credentials, modules, programs and other objects of the kernel. */

#include "bpf/hook_slot.bpf.h"

static __always_inline void put_user_ns(struct value_user_ns *v, struct user_namespace *ns)
{
	v->level = BPF_CORE_READ(ns, level);
	v->uid = BPF_CORE_READ(ns, owner.val);
	v->gid = BPF_CORE_READ(ns, group.val);
	v->inum = BPF_CORE_READ(ns, ns.inum);
}

__noinline int hook_read_user_ns(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);

	ALL_USED(what, size);
	if (!slot)
		return -1;
	if (!is_object(s, from))
		return slot_fault(slot);
	put_user_ns((void *)slot->bytes, (void *)from);
	return slot_done(slot, sizeof(struct value_user_ns));
}

__noinline int hook_read_cred(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct cred *cred = (void *)from;
	struct value_cred *v;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	v = (void *)slot->bytes;
	/* Neighbours in struct cred, in our order (include/linux/cred.h, 5.10 to 7.x). */
	if (!is_object(s, from) || bpf_probe_read_kernel(&v->uid, 9 * sizeof(u32), &cred->uid) ||
	    bpf_probe_read_kernel(&v->inheritable, 3 * sizeof(u64), &cred->cap_inheritable))
		return slot_fault(slot);
	v->pad = 0;
	put_user_ns(&v->ns, BPF_CORE_READ(cred, user_ns));
	return slot_done(slot, sizeof(*v));
}

/* struct load_info is the module loader's own (kernel/module/internal.h): it has ->sig_ok where
 * modules can be signed, and ->mod as soon as there is one. */
__noinline int hook_read_module(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct load_info *info = (void *)from;
	struct module *module = (void *)from;
	struct value_module *v;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	v = (void *)slot->bytes;
	__builtin_memset(v, 0, sizeof(*v));
	if (!is_object(s, from))
		return slot_fault(slot);
	if (what == HOOK_LOAD_INFO) {
		if (!bpf_core_type_exists(struct load_info))
			return slot_fault(slot);
		module = BPF_CORE_READ(info, mod);
		v->signature_known = 1;
		if (bpf_core_field_exists(info->sig_ok))
			v->signature_ok = BPF_CORE_READ(info, sig_ok);
		bpf_probe_read_kernel_str(v->name, sizeof(v->name), BPF_CORE_READ(info, name));
	} else {
		bpf_probe_read_kernel_str(v->name, sizeof(v->name),
					  (void *)module +
						  bpf_core_field_offset(struct module, name));
	}
	v->taints = BPF_CORE_READ(module, taints);
	return slot_done(slot, sizeof(*v));
}

/* include/uapi/linux/bpf.h: union bpf_attr of BPF_PROG_LOAD, as far as its name */
struct prog_load_attr {
	u32 prog_type;
	u32 insn_cnt;
	u64 insns, license;
	u32 log_level, log_size;
	u64 log_buf;
	u32 kern_version, prog_flags;
	char prog_name[VALUE_BPF_NAME];
};

__noinline int hook_read_bpf_attr(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct prog_load_attr attr;
	struct value_bpf_prog *v;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	v = (void *)slot->bytes;
	if (read_memory(s, &attr, sizeof(attr), from))
		return slot_fault(slot);
	v->type = attr.prog_type;
	v->insns = attr.insn_cnt;
	__builtin_memcpy(v->name, attr.prog_name, sizeof(v->name));
	return slot_done(slot, sizeof(*v));
}

__noinline int hook_read_bpf_prog(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct bpf_prog *prog = (void *)from;
	struct value_bpf_prog *v;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	v = (void *)slot->bytes;
	if (!is_object(s, from) || bpf_core_read(&v->type, sizeof(v->type), &prog->type))
		return slot_fault(slot);
	v->insns = BPF_CORE_READ(prog, len);
	BPF_CORE_READ_INTO(&v->name, prog, aux, name);
	return slot_done(slot, sizeof(*v));
}

__noinline int hook_read_bpf_map(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct bpf_map *map = (void *)from;
	struct value_bpf_map *v;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	v = (void *)slot->bytes;
	if (!is_object(s, from) || bpf_core_read(&v->type, sizeof(v->type), &map->map_type))
		return slot_fault(slot);
	v->key_size = BPF_CORE_READ(map, key_size);
	v->value_size = BPF_CORE_READ(map, value_size);
	v->max_entries = BPF_CORE_READ(map, max_entries);
	BPF_CORE_READ_INTO(&v->name, map, name);
	return slot_done(slot, sizeof(*v));
}

/* include/uapi/linux/perf_event.h: those above are of probes and other sources that were
 * registered later. */
#define PERF_TYPE_MAX 6

__noinline int hook_read_perf_event(struct hook_scratch *s, u32 place, u64 from, u32 what, u64 size)
{
	struct hook_slot *slot = slot_at(s, place);
	struct perf_event *event = (void *)from;
	struct value_perf_event *v;

	ALL_USED(what, size);
	if (!slot)
		return -1;
	v = (void *)slot->bytes;
	__builtin_memset(v, 0, sizeof(*v));
	if (!is_object(s, from) || bpf_core_read(&v->type, sizeof(v->type), &event->attr.type))
		return slot_fault(slot);
	v->config = BPF_CORE_READ(event, attr.config);
	v->probe_offset = BPF_CORE_READ(event, attr.probe_offset);
	/* The name is still where the process has it. */
	if (v->type >= PERF_TYPE_MAX)
		read_string(s, v->function, sizeof(v->function),
			    BPF_CORE_READ(event, attr.kprobe_func));
	return slot_done(slot, sizeof(*v));
}

#endif
