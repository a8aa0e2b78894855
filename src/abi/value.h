/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
#ifndef OCELLI_ABI_VALUE_H
#define OCELLI_ABI_VALUE_H

/*
 * Values of hooks that are no plain numbers, as they are in a record and, before
 * that, where filters look at them: numbers at fixed places, and behind them what
 * varies in size. A string has its NUL; other bytes and names of sockets end
 * where the value does.
 */

#include "abi/record.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"

enum value_file_flags {
	VALUE_FILE_UNRESOLVED = 1 << 0, /* of the path only the end is there */
};

/* A file by its path, which follows. */
struct value_file {
	__u32 flags; /* enum value_file_flags */
	__u32 mode;  /* of the inode: type and permission */
};

/* Bytes of a buffer, which follow, as far as they were read. */
struct value_bytes {
	__u64 size; /* that there are */
};

/* An address given to connect(2) and its like. */
struct value_address {
	__u16 family;
	__u16 port; /* in this machine's order; of IP only, like the address */
	__u32 pad;
	__u8 address[16]; /* of IPv4 the first four */
};

/* The address of a local socket, whose path or name follows. */
struct value_unix {
	__u32 family;
	__u32 abstract; /* its name begins with a NUL, which is left out */
};

struct value_sock {
	__u16 family;
	__u16 type;
	__u16 protocol;
	__u16 state;
	__u32 mark;
	__u32 priority;
	__u16 sport, dport;
	__u32 pad;
	__u8 saddr[16], daddr[16];
	__u64 cookie; /* where it is */
};

struct value_skb {
	__u16 family; /* by the packet's first byte; 0: not IP */
	__u16 protocol;
	__u16 sport, dport;
	__u8 saddr[16], daddr[16];
	__u32 hash;
	__u32 len;
	__u32 priority;
	__u32 mark;
	__u32 sec_path_len;
	__u32 sec_path_olen;
	__u32 state; /* of the socket that it is from or for; 0: none */
};

struct value_user_ns {
	__s32 level;
	__u32 uid, gid;
	__u32 inum;
};

struct value_cred {
	__u32 uid, gid, suid, sgid, euid, egid, fsuid, fsgid;
	__u32 securebits;
	__u32 pad;
	__u64 inheritable, permitted, effective;
	struct value_user_ns ns;
};

#define VALUE_MODULE_NAME 64

struct value_module {
	__u64 taints;
	__u32 signature_known; /* whether it is told */
	__u32 signature_ok;
	char name[VALUE_MODULE_NAME];
};

#define VALUE_BPF_NAME 16

/* A program, or what bpf(2) is asked to load. */
struct value_bpf_prog {
	__u32 type;
	__u32 insns;
	char name[VALUE_BPF_NAME];
};

struct value_bpf_map {
	__u32 type;
	__u32 key_size, value_size, max_entries;
	char name[VALUE_BPF_NAME];
};

#define VALUE_FUNCTION_NAME 64

struct value_perf_event {
	__u64 config;
	__u64 probe_offset;
	__u32 type;
	__u32 pad;
	char function[VALUE_FUNCTION_NAME];
};

#pragma GCC diagnostic pop

#endif
