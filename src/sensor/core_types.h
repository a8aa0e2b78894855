/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_CORE_TYPES_H
#define OCELLI_SENSOR_CORE_TYPES_H

struct btf;

/*
 * The types of the kernel that a BPF object has relocations for, and what these
 * consist of: some hundred of 110,000. libbpf looks at all types that it is given
 * once for each type of the object, which takes it 20 ms with those of the kernel
 * itself (libbpf 1.1, libbpf.c: bpf_core_add_cands). Pointers lead nowhere here,
 * and ids are others.
 */
struct core_types {
	int fd;
	char path[64]; /* for ->btf_custom_path of the object, which is read when that is loaded */
};

/* Nothing is in it yet. Returns 0 or negative errno. */
int core_types_open(struct core_types *types);

/* @kernel: its types; @object: those of the object, which is open and not loaded. Returns 0 or
 * negative errno. */
int core_types_fill(const struct core_types *types, const struct btf *kernel,
		    const struct btf *object);

void core_types_close(struct core_types *types);

#define _cleanup_core_types_ __attribute__((cleanup(core_types_close)))
#define CORE_TYPES_INIT ((struct core_types){.fd = -1})

#endif
