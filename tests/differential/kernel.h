/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_DIFFERENTIAL_KERNEL_H
#define OCELLI_TESTS_DIFFERENTIAL_KERNEL_H

#include "base/error.h"
#include "compile/plan.h"
#include "types.h"

#include <errno.h>

/* How a program comes to be run. */
enum way {
	WAY_TEST_RUN,  /* by bpf(2): BPF_PROG_TEST_RUN */
	WAY_SYS_ENTER, /* by the system call, on the tracepoint … */
	WAY_KPROBE,    /* … or on its function … */
	WAY_FENTRY,    /* … by its type */
};

/* The call that is made: it ends before it looks at its arguments. */
#define CALL "sys_process_vm_readv"

/* What it returns. */
#define CALL_RETURNS (-EINVAL)

struct kernel;

/* Whether there is a program where the call returns. */
bool way_returns(enum way way);

int kernel_new(enum way way, struct kernel **ret, struct error **reterr);
void kernel_free(struct kernel **kernel);

/* In place of the one before. */
int kernel_set(struct kernel *kernel, const struct plan *plan, struct error **reterr);

/* Makes the call. Returns what was told of it, until the next one; NULL: nothing. */
const struct record_hook *kernel_call(struct kernel *kernel, const uint64_t *args);

/* What was told of its return; NULL: nothing. */
const struct record_hook *kernel_returned(const struct kernel *kernel);

#endif
