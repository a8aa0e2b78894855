/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_KERNEL_H
#define OCELLI_TRACING_KERNEL_H

#include "compile/plan.h"
#include "sensor/ftrace_functions.h"
#include "sensor/kernel_functions.h"
#include "sensor/kernel_symbols.h"

/* What policies are compiled for. What takes long to find out is found out when somebody asks. */
struct policy_kernel {
	struct plan_facts facts;
	bool has_kprobes;
	int has_kprobe_multi; /* < 0: not known yet, like the next */
	int has_uprobe_multi;
	int has_override_return;
	int writes_registers, writes_memory;
	struct kernel_functions *functions; /* NULL: not read yet */
	struct ftrace_functions ftrace;     /* likewise by its ->text */
	struct kernel_symbols symbols;      /* likewise by its ->v */
};

void policy_kernel_init(struct policy_kernel *kernel, const struct plan_facts *facts);

/* Gives back what is large, and would be read again. */
void policy_kernel_forget(struct policy_kernel *kernel);

/* NULL: the reason is in *reterr. Valid until it is forgotten, like the next. */
struct kernel_functions *policy_kernel_functions(struct policy_kernel *kernel,
						 struct error **reterr);
const struct ftrace_functions *policy_kernel_ftrace(struct policy_kernel *kernel,
						    struct error **reterr);

/* Whether the kernel or a module has a symbol of that name; not, if it does not say. */
bool policy_kernel_has_symbol(struct policy_kernel *kernel, const char *name);

/* Whether kprobes can deny calls. */
bool policy_kernel_has_override_return(struct policy_kernel *kernel);

/* Whether one program can be put on many functions at once. */
bool policy_kernel_has_kprobe_multi(struct policy_kernel *kernel);

/* The same of places in a file of programs. */
bool policy_kernel_has_uprobe_multi(struct policy_kernel *kernel);

/* Whether programs may change registers of processes, or their memory. */
bool policy_kernel_writes_registers(struct policy_kernel *kernel);
bool policy_kernel_writes_memory(struct policy_kernel *kernel);

#endif
