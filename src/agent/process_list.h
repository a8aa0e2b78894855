/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_PROCESS_LIST_H
#define OCELLI_AGENT_PROCESS_LIST_H

#include "core/table.h"
#include "message/message.h"

#include "tetragon/sensors.pb-c.h"

/* Tells @each of the processes in the table that @which is about, until it returns below 0. Returns
 * 0, that, or -ENOMEM. */
int process_list(struct table *table, struct messages *messages,
		 const Tetragon__DumpProcessCacheReqArgs *which,
		 int (*each)(const Tetragon__ProcessInternal *process, void *data), void *data);

#endif
