/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_SENSOR_PERF_EVENT_H
#define OCELLI_SENSOR_PERF_EVENT_H

#include "base/error.h"

#include <stdbool.h>

/* Events of perf_event_open(2) that programs can be put on. Each is a descriptor of the caller's,
 * or negative errno with the reason in *reterr. */

/* "SUBSYSTEM/EVENT" */
int perf_event_tracepoint(const char *name, struct error **reterr);

/* Of the function @symbol: -ENOENT when the kernel has none, -EOPNOTSUPP when it has no kprobes. */
int perf_event_kprobe(const char *symbol, bool on_return, struct error **reterr);

/* Has the program run whenever the event happens, on any CPU, until what this returns is closed: a
 * descriptor, or negative errno. The event is closed here, or is what is returned. */
int perf_event_attach(int event, int prog);

/* Whether this kernel has kprobes at all. */
bool perf_event_has_kprobes(void);

#endif
