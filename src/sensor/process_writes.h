/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_PROCESS_WRITES_H
#define OCELLI_SENSOR_PROCESS_WRITES_H

/* Whether programs may change registers of a process in which they run (from Linux 6.18 on;
 * kernel/trace/bpf_trace.c: kprobe_prog_is_valid_access()). Returns 0 or negative errno. */
int process_registers_try(void);

/* Whether they may write to its memory, which kernel lockdown forbids. Likewise. */
int process_memory_try(void);

#endif
