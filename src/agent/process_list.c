// SPDX-License-Identifier: Apache-2.0
#include "agent/process_list.h"

#include <errno.h>
#include <stdint.h>

struct listing {
	struct messages *messages;
	const Tetragon__DumpProcessCacheReqArgs *which;
	int (*each)(const Tetragon__ProcessInternal *process, void *data);
	void *data;
	int r;
};

/* In the words that readers of such lists know: the dead stay while somebody names them. */
static const char *state_of(const struct process *p, uint32_t references)
{
	if (!(p->flags & PROCESS_DEAD))
		return "inUse";
	return references ? "deletePending" : "deleteReady";
}

static void tell(void *userdata, struct process *p)
{
	Tetragon__ProcessInternal internal = TETRAGON__PROCESS_INTERNAL__INIT;
	Google__Protobuf__UInt32Value references = GOOGLE__PROTOBUF__UINT32_VALUE__INIT;
	struct listing *list = userdata;

	if (list->r || (list->which->exclude_execve_map_processes && !(p->flags & PROCESS_DEAD)))
		return;
	internal.process = messages_process(list->messages, p);
	if (!internal.process) {
		list->r = -ENOMEM;
		return;
	}
	references.value = internal.process->refcnt;
	if (list->which->skip_zero_refcnt && !references.value)
		return;
	internal.refcnt = &references;
	internal.color = (char *)(uintptr_t)state_of(p, references.value);
	list->r = list->each(&internal, list->data);
}

int process_list(struct table *table, struct messages *messages,
		 const Tetragon__DumpProcessCacheReqArgs *which,
		 int (*each)(const Tetragon__ProcessInternal *process, void *data), void *data)
{
	struct listing list = {.messages = messages, .which = which, .each = each, .data = data};

	table_each(table, tell, &list);
	return list.r;
}
