/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_PERF_EVENT_H
#define OCELLI_SENSOR_PERF_EVENT_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Events of perf_event_open(2) that programs can be put on. Each is a descriptor of the caller's,
 * or negative errno with the reason in *reterr. */

/* "SUBSYSTEM/EVENT" */
int perf_event_tracepoint(const char *name, struct error **reterr);

/* Of the function @symbol: -ENOENT when the kernel has none, -EOPNOTSUPP when it has no kprobes. */
int perf_event_kprobe(const char *symbol, bool on_return, struct error **reterr);

/* Of what is executed at @offset in the file, or of the return from the function that begins there,
 * in any process. @ref_ctr_offset: where the file has the count of who listens to it; 0: nowhere.
 * -EOPNOTSUPP when the kernel has no uprobes. */
int perf_event_uprobe(const char *path, uint64_t offset, uint64_t ref_ctr_offset, bool on_return,
		      struct error **reterr);

/* Says why the kernel refused with @r to hook that place, however it was asked. Returns @r. */
int perf_event_explain_uprobe(int r, uint64_t offset, struct error **reterr);

/* Has the program run whenever the event happens, on any CPU, until what this returns is closed: a
 * descriptor, or negative errno. The event is closed here, or is what is returned. */
int perf_event_attach(int event, int prog);

/* Whether this kernel has kprobes at all. */
bool perf_event_has_kprobes(void);

#endif
