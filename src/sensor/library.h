/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_LIBRARY_H
#define OCELLI_SENSOR_LIBRARY_H

#include "base/error.h"
#include "code/code.h"
#include "sensor/turns.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * The functions that the programs of policies call (bpf/hook.bpf.c), ready to be
 * put behind the code of one. libbpf fits them to the running kernel once, when
 * the library is made; a program takes the few that it calls, and nothing of its
 * loading is repeated but what the verifier has to see.
 */
struct library;
struct btf;

/* What is shared with the sensor of processes. Descriptors, which stay the caller's. */
struct library_config {
	int ring;
	int cpu_state;
	int reader;
	const struct config *config;
	unsigned verifier_log; /* as libbpf's kernel_log_level */
	/* Of the kernel itself, while the library is made. */
	const struct btf *types;
};

/* Not in two threads at once. Returns 0, or negative errno when the kernel cannot have it. */
int library_new(const struct library_config *config, struct library **ret, struct error **reterr);
void library_free(struct library **library);

struct program_type {
	const char *name; /* as bpftool shows it; cut off at 15 characters */
	enum bpf_prog_type type;
	enum bpf_attach_type attach_type;
	uint32_t attach_btf_id, attach_btf_object; /* 0: in the kernel's own types */
	/* It runs in what a process does itself, and not in the kernel: whatever its type, tasks
	 * can be preempted in it. */
	bool in_process;
	bool waits; /* for the memory of the process, if library_waits() */
	/* What comes before its own code, finished, with the context in R1 behind it; NULL:
	 * nothing.
	 */
	const struct code *prologue;
};

/*
 * Links @code, which must be finished, with the library, and loads it. Returns a
 * descriptor, or negative errno: -ENOENT when the code calls what nobody has;
 * what the kernel says, with the end of the verifier's log in the error.
 */
int library_load(struct library *library, const struct code *code, const struct program_type *type,
		 struct error **reterr);

/* Whether the kernel lets programs that run in what a process does itself wait until the process's
 * memory is there: they read it then whatever has become of its pages. */
bool library_waits(const struct library *library);

/* Of all programs that are linked with it. */
struct turns *library_turns(const struct library *library);

/* The BTF id of the raw tracepoint's type, for ->attach_btf_id; or negative errno. */
int library_tracepoint(const struct library *library, const char *name);

/* A map of the library, or -ENOENT. */
int library_map(const struct library *library, const char *name);

#endif
