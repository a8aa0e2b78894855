// SPDX-License-Identifier: Apache-2.0
#include "core/calls.h"
#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A power of two. */
#define CHAINS 1024

#define CALL(item, member) container_of(item, struct call, member)

int calls_init(struct calls *calls)
{
	*calls = (struct calls){.chains = calloc(CHAINS, sizeof(*calls->chains))};
	if (!calls->chains)
		return -ENOMEM;
	list_init(&calls->ages);
	for (size_t i = 0; i < CHAINS; i++)
		list_init(&calls->chains[i]);
	return 0;
}

void calls_done(struct calls *calls)
{
	if (!calls->chains)
		return;
	list_for_each (item, &calls->ages)
		free(CALL(item, age));
	free(calls->chains);
	*calls = (struct calls){0};
}

static struct list *chain_of(struct calls *calls, const struct process_key *process)
{
	return &calls->chains[process->pid & (CHAINS - 1)];
}

struct call *calls_surplus(struct calls *calls, size_t size)
{
	if (calls->n == 0 || (calls->n < CALLS_MAX && calls->bytes + size <= CALLS_MAX_BYTES))
		return NULL;
	return CALL(calls->ages.next, age);
}

int calls_add(struct calls *calls, const struct record_hook *record)
{
	size_t size = record->record.size;
	struct call *call = malloc(sizeof(*call) - sizeof(call->record) + size);

	if (!call)
		return -ENOMEM;
	memcpy(&call->record, record, size);
	list_add_tail(&calls->ages, &call->age);
	list_add(chain_of(calls, &record->process), &call->chain);
	calls->n++;
	calls->bytes += size;
	return 0;
}

struct call *calls_find(struct calls *calls, const struct record_hook *returned)
{
	list_for_each (item, chain_of(calls, &returned->process)) {
		struct call *call = CALL(item, chain);

		if (call->record.tid == returned->tid && call->record.hook == returned->hook &&
		    call->record.record.time == returned->record.time)
			return call;
	}
	return NULL;
}

struct call *calls_of(struct calls *calls, const struct process_key *process)
{
	struct call *oldest = NULL;

	list_for_each (item, chain_of(calls, process)) {
		struct call *call = CALL(item, chain);

		if (call->record.process.pid == process->pid &&
		    call->record.process.start == process->start)
			oldest = call;
	}
	return oldest;
}

void calls_remove(struct calls *calls, struct call *call)
{
	list_del(&call->age);
	list_del(&call->chain);
	calls->n--;
	calls->bytes -= call->record.record.size;
	free(call);
}
