/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_PROBE_TRIAL_H
#define OCELLI_PROBE_TRIAL_H

/*
 * What probes are made of: loading a program, attaching it, making the kernel
 * run it. Each step that fails says so in the finding: absent, or unknown where
 * this process may not try at all.
 */

#include "probe/feature.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <sys/resource.h>

/* The kernel's types, for whoever may read sysfs. */
#define VMLINUX_BTF "/sys/kernel/btf/vmlinux"

struct btf;

struct prober {
	libbpf_print_fn_t print; /* the process's own */
	struct btf *btf; /* the kernel's types; NULL: there are none, for the reason in btf_error */
	int btf_error;
	int refusal;           /* see prober_refusal() */
	int types;             /* BTF of our programs and maps: enum own_type; -1 without */
	struct rlimit memlock; /* as it was */
};

/* The ids of our own types, in the order in which they are made. */
enum own_type {
	OWN_NONE,
	OWN_U32,
	OWN_U64,
	OWN_FUNC_PROTO,
	OWN_FUNC,
	OWN_SECOND,
	OWN_TIMER,
	OWN_TIMER_VALUE,
};

#define PROGRAM_KFUNCS_MAX 3

struct program {
	const char *what; /* "a tp_btf program calling bpf_loop" */
	uint32_t type;
	uint32_t attach_type; /* expected one; 0 where the type has only one kind */
	uint32_t flags;
	const char *target; /* BTF name of the kernel function or type that it is for, or NULL */
	const struct bpf_insn *insns;
	size_t n;
	const char *kfuncs[PROGRAM_KFUNCS_MAX];
	uint32_t second_at; /* first instruction of its second function, of whose types the kernel
			     * has to be told: a callback for one; 0: has none */
};

#define PROGRAM_INSNS(array) .insns = (array), .n = ARRAY_SIZE(array)

/* Says that a step failed with the errno @error. */
void trial_failed(const struct prober *p, struct finding *ret, int error, const char *fmt, ...)
	_printf_(4, 5);

/*
 * Loads a program with these maps in place of the indices in its instructions.
 * Returns its descriptor; a negative errno when it could not be, which then is
 * what was found.
 */
int trial_load(struct prober *p, const struct program *program, const int *maps,
	       struct finding *ret);

struct map {
	const char *what; /* "a ring buffer" */
	uint32_t type, key_size, value_size, max_entries, flags;
	enum own_type key, value; /* BTF types of its keys and values */
};

/* Creates a map. The same returns. */
int trial_map(struct prober *p, const struct map *map, struct finding *ret);

/* An array of one 64-bit number for programs to count in. The same returns. */
int trial_counter(struct prober *p, struct finding *ret);
uint64_t trial_count(int counter);

/* Offset in bytes of a member, at whatever depth of anonymous members, of a kernel's struct.
 * Returns it or -ENOENT. */
int trial_member(const struct prober *p, const char *type, const char *member);

/* Whether the kernel has a function of that name that programs may call: in its BTF. */
bool trial_has_function(const struct prober *p, const char *name);

/* Finds the last line of a verifier's log that explains something. Returns its length, cut to what
 * is an explanation, or 0 when there is none. */
size_t trial_last_words(const char *log, const char **ret);

/* A probe: the program that is the feature's subject loads. */
void probe_program(struct prober *p, const struct feature *feature, struct finding *ret);

/* Mounts a file system that nobody else sees and that is gone when it is closed: "bpf" or
 * "securityfs", which have no options that this could change for others. Returns a descriptor of
 * its root or a negative errno. */
int trial_mount(const char *type);

/* Reads a small file, NUL-terminated and without its last line end, into @buf. Returns its length
 * or a negative errno. */
int trial_read_file(const char *path, char *buf, size_t size);

/* The same of a file of securityfs, mounted or not. */
int trial_read_security(const char *name, char *buf, size_t size);

/* Where securityfs is mounted, when it is. */
#define SECURITYFS "/sys/kernel/security"

#endif
