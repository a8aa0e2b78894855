/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_STACKS_H
#define OCELLI_MESSAGE_STACKS_H

#include "core/table.h"
#include "message/texts.h"
#include "symbol/symbols.h"

#include "tetragon/tetragon.pb-c.h"

struct stack_trace {
	size_t n;
	Tetragon__StackTraceEntry **v;
};

struct stack_traces {
	struct stack_trace kernel, user;
};

/* Fills in the stacks behind a record's values, which has to fit its hook, if there are any; those
 * that there are not stay as they are. What they are made of is in the arena of @texts.
 * @with_addresses: these are told, too. */
void put_stacks(struct texts *texts, struct symbols *symbols, const struct record_hook *record,
		const struct process *process, bool with_addresses, struct stack_traces *to);

#endif
