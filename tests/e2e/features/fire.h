/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_E2E_FEATURES_FIRE_H
#define OCELLI_TESTS_E2E_FEATURES_FIRE_H

/*
 * Proves features of the kernel by using each once, through libbpf and programs
 * compiled from C: nothing of it is shared with what probes for them.
 */

#include "shared.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#if defined(__x86_64__)
#define SYSCALL_PREFIX "__x64_sys_"
#elif defined(__aarch64__)
#define SYSCALL_PREFIX "__arm64_sys_"
#endif

/* The function of the system call that programs wait for. */
#define CALLED SYSCALL_PREFIX "getpgid"

enum works { NO, YES, CANNOT_TELL };

struct run {
	struct bpf_object *object;
	struct bpf_program *program; /* its first */
	struct bpf_map *data;        /* where struct shared is */
	struct bpf_link *link;
	char why[256];  /* it does not work */
	char note[128]; /* what came of it, for the test to look at */
};

/* What proves a feature. */
struct proof {
	const char *feature;
	const char *object; /* of the program, or NULL; the feature's name by default */
	/* Prepares what is open before it is loaded; may be NULL. Returns false when it cannot. */
	bool (*prepare)(struct run *run);
	enum works (*fire)(struct run *run);
};

extern const struct proof kernel_proofs[], user_proofs[], deny_proofs[], data_proofs[];
extern const size_t n_kernel_proofs, n_user_proofs, n_deny_proofs, n_data_proofs;

/* Say why not. */
enum works no(struct run *run, const char *what, int error);
enum works no_errno(struct run *run, const char *what);

/* Makes it a program of a kind that is newer than libbpf. */
void set_attach_type(struct run *run, unsigned type);

/* Attaches the program as its section says. Returns whether that worked. */
bool attach(struct run *run);

struct shared get_shared(struct run *run);
void set_shared(struct run *run, const struct shared *shared);

/* Makes the system call that programs wait for. Returns what it returned. */
long call(void);

/* A process that ends at once. Returns its pid. */
pid_t fork_once(void);

/* Attaches as its section says, makes the call, and reads what there is to read. Returns whether
 * the program ran for it. */
bool attach_and_call(struct run *run, struct shared *ret);

/* The directory of its own that the tool works in. */
extern const char *scratch;

#endif
