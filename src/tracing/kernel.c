// SPDX-License-Identifier: Apache-2.0
#include "tracing/kernel.h"
#include "base/cleanup.h"
#include "sensor/kprobe_multi.h"
#include "sensor/override_return.h"
#include "sensor/perf_event.h"
#include "sensor/process_writes.h"
#include "sensor/uprobe_multi.h"

void policy_kernel_init(struct policy_kernel *kernel, const struct plan_facts *facts)
{
	*kernel = (struct policy_kernel){
		.facts = *facts,
		.has_kprobes = perf_event_has_kprobes(),
		.has_kprobe_multi = -1,
		.has_uprobe_multi = -1,
		.has_override_return = -1,
		.writes_registers = -1,
		.writes_memory = -1,
	};
}

void policy_kernel_forget(struct policy_kernel *kernel)
{
	kernel_functions_free(&kernel->functions);
	ftrace_functions_done(&kernel->ftrace);
	kernel_symbols_done(&kernel->symbols);
}

struct kernel_functions *policy_kernel_functions(struct policy_kernel *kernel,
						 struct error **reterr)
{
	if (!kernel->functions && kernel_functions_new(&kernel->functions, reterr) < 0)
		return NULL;
	return kernel->functions;
}

const struct ftrace_functions *policy_kernel_ftrace(struct policy_kernel *kernel,
						    struct error **reterr)
{
	if (!kernel->ftrace.text && ftrace_functions_read(&kernel->ftrace, reterr) < 0)
		return NULL;
	return &kernel->ftrace;
}

bool policy_kernel_has_symbol(struct policy_kernel *kernel, const char *name)
{
	if (!kernel->symbols.v) {
		_cleanup_fclose_ FILE *file = fopen("/proc/kallsyms", "re");

		if (!file || kernel_symbols_read(&kernel->symbols, file) < 0)
			return false;
	}
	return kernel_symbols_has(&kernel->symbols, name);
}

bool policy_kernel_has_override_return(struct policy_kernel *kernel)
{
	if (kernel->has_override_return < 0)
		kernel->has_override_return = kernel->has_kprobes && override_return_try() >= 0;
	return kernel->has_override_return > 0;
}

bool policy_kernel_has_kprobe_multi(struct policy_kernel *kernel)
{
	if (kernel->has_kprobe_multi < 0)
		kernel->has_kprobe_multi = kernel->has_kprobes && kprobe_multi_works();
	return kernel->has_kprobe_multi > 0;
}

bool policy_kernel_has_uprobe_multi(struct policy_kernel *kernel)
{
	if (kernel->has_uprobe_multi < 0)
		kernel->has_uprobe_multi = uprobe_multi_works();
	return kernel->has_uprobe_multi > 0;
}

bool policy_kernel_writes_registers(struct policy_kernel *kernel)
{
	if (kernel->writes_registers < 0)
		kernel->writes_registers = process_registers_try() >= 0;
	return kernel->writes_registers > 0;
}

bool policy_kernel_writes_memory(struct policy_kernel *kernel)
{
	if (kernel->writes_memory < 0)
		kernel->writes_memory = process_memory_try() >= 0;
	return kernel->writes_memory > 0;
}
