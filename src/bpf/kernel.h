/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_BPF_KERNEL_H
#define OCELLI_BPF_KERNEL_H

/*
 * The few kernel types that we touch, with the few members that we read. CO-RE
 * finds their real offsets in the running kernel's BTF at load time; a name
 * that changed between kernels has a ___flavour below.
 */
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef signed char __s8;
typedef short __s16;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_TASK_STORAGE = 29,
};

enum bpf_prog_type {
	BPF_PROG_TYPE_UNSPEC,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

enum {
	BPF_F_NO_PREALLOC = 1,
};

enum {
	BPF_LOCAL_STORAGE_GET_F_CREATE = 1,
};

enum {
	BPF_RB_NO_WAKEUP = 1,
	BPF_RB_FORCE_WAKEUP = 2,
};

enum {
	BPF_RB_AVAIL_DATA = 0,
};

/* include/linux/sched.h, include/linux/sched/signal.h, fs.h: unchanged from 5.10 to 7.x */
#define PF_KTHREAD 0x00200000
#define SIGNAL_GROUP_EXIT 0x00000004
#define PIDTYPE_PGID 2
#define PIDTYPE_SID 3

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next, *prev;
};

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	u32 val;
} kuid_t;

typedef struct {
	u32 val;
} kgid_t;

typedef struct {
	u64 val;
} kernel_cap_t;

/* Two u32 up to 6.2, one u64 from 6.3 on (include/linux/capability.h): the same bytes. */
struct kernel_cap_struct___old {
	u32 cap[2];
};

struct ns_common {
	u32 inum;
};

struct uts_namespace {
	struct ns_common ns;
};

struct ipc_namespace {
	struct ns_common ns;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct pid_namespace {
	struct ns_common ns;
};

struct net {
	struct ns_common ns;
};

struct time_namespace {
	struct ns_common ns;
};

struct cgroup_namespace {
	struct ns_common ns;
};

struct user_namespace {
	int level;
	kuid_t owner;
	kgid_t group;
	struct ns_common ns;
};

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
	struct net *net_ns;
	struct time_namespace *time_ns;
	struct time_namespace *time_ns_for_children;
	struct cgroup_namespace *cgroup_ns;
};

struct cred {
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
	unsigned int securebits;
	kernel_cap_t cap_inheritable;
	kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective;
	kernel_cap_t cap_bset;
	kernel_cap_t cap_ambient;
	struct user_namespace *user_ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct tty_driver {
	int major;
	int minor_start;
};

struct tty_struct {
	struct tty_driver *driver;
	int index;
};

struct signal_struct {
	atomic_t live;
	int nr_threads;
	int group_exit_code;
	unsigned int flags;
	struct pid *pids[4];
	struct tty_struct *tty;
};

struct qstr {
	union {
		struct {
			u32 hash;
			u32 len;
		};
	};
	const unsigned char *name;
};

struct hlist_bl_node {
	struct hlist_bl_node *next, **pprev;
};

struct super_block {
	u32 s_dev;
	unsigned long s_magic;
};

struct inode {
	u16 i_mode;
	struct super_block *i_sb;
	unsigned long i_ino;
	unsigned int i_nlink;
	u32 i_generation;
};

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	struct inode *f_inode;
	const struct cred *f_cred;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct kiocb {
	struct file *ki_filp;
};

struct filename {
	const char *name;
};

struct iovec {
	void *iov_base;
	u64 iov_len;
};

struct iov_iter {
	u8 iter_type;
	u64 iov_offset;
	const struct iovec *__iov;
	void *ubuf;
	u64 count;
	unsigned long nr_segs;
};

/* Up to 6.3. */
struct iov_iter___old {
	const struct iovec *iov;
};

enum iter_type {
	ITER_UBUF = 100,
	ITER_IOVEC,
	ITER_KVEC,
};

struct fs_struct {
	struct path root;
	struct path pwd;
};

struct mm_struct {
	unsigned long arg_start, arg_end, env_start, env_end;
	struct file *exe_file;
};

struct linux_binprm {
	unsigned int per_clear;
	int argc;
	const char *filename;
	const char *interp;
	struct file *file;
};

struct in6_addr {
	u8 bytes[16];
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	u16 skc_num;
	unsigned short skc_family;
	unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
	struct sock_common __sk_common;
	u16 sk_type;
	u16 sk_protocol;
	u32 sk_priority;
	u32 sk_mark;
};

struct socket {
	struct sock *sk;
};

struct net_device {
	char name[16];
};

struct skb_ext {
	u8 offset[1];
};

struct sec_path {
	int len;
	int olen;
};

enum skb_ext_id {
	SKB_EXT_SEC_PATH = 100,
};

struct sk_buff {
	struct sock *sk;
	unsigned int len;
	u8 active_extensions;
	u32 priority;
	u32 hash;
	u32 mark;
	u16 network_header;
	unsigned int tail;
	unsigned char *head;
	struct skb_ext *extensions;
};

struct module {
	char name[56];
	unsigned long taints;
};

struct load_info {
	const char *name;
	struct module *mod;
	bool sig_ok;
};

struct bpf_prog_aux {
	char name[16];
};

struct bpf_prog {
	enum bpf_prog_type type;
	u32 len;
	struct bpf_prog_aux *aux;
};

struct bpf_map {
	enum bpf_map_type map_type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	char name[16];
};

struct perf_event_attr {
	u32 type;
	u64 config;
	u64 kprobe_func;
	u64 probe_offset;
};

struct perf_event {
	struct perf_event_attr attr;
};

struct kernfs_node {
	const char *name;
	u64 id;
};

struct kernfs_node___parent {
	struct kernfs_node *parent;
};

/* Since 6.15 (fs/kernfs: parent became RCU-managed). */
struct kernfs_node___rcu_parent {
	struct kernfs_node *__parent;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct css_set {
	struct cgroup_subsys_state *subsys[32];
	struct cgroup *dfl_cgrp;
};

struct thread_info {
	unsigned long flags;
	u32 status; /* x86 */
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int exit_state;
	int exit_code;
	int pid;
	int tgid;
	u64 start_boottime;
	u64 self_exec_id;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	const struct cred *cred;
	const struct cred *real_cred;
	char comm[16];
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct css_set *cgroups;
	kuid_t loginuid;
	unsigned int sessionid;
};

/* Since 6.16; before, the event shared another's struct. */
struct trace_event_raw_sched_process_fork {
	int child_pid;
};

struct trace_event_raw_sched_process_exec {
	u32 __data_loc_filename;
	int old_pid;
};

struct trace_event_raw_sched_process_exit {
	bool group_dead;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

/* Values from the running kernel: their order depends on its configuration. */
enum cgroup_subsys_id {
	cpuset_cgrp_id,
	memory_cgrp_id,
	pids_cgrp_id,
};

enum bpf_func_id___probe {
	BPF_FUNC_loop = 181,
	BPF_FUNC_copy_from_user_task = 191,
};

#pragma clang attribute pop

#endif
