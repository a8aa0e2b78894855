/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_MESSAGE_STACKS_H
#define OCELLI_MESSAGE_STACKS_H

#include "core/table.h"
#include "message/texts.h"
#include "symbol/symbols.h"

#include "tetragon/tetragon.pb-c.h"

/* Fills in the stacks behind a record's values, which has to fit its hook, if there are any. What
 * they are made of is in the arena of @texts. @with_addresses: these are told, too. */
void put_stacks(struct texts *texts, struct symbols *symbols, const struct record_hook *record,
		const struct process *process, bool with_addresses, Tetragon__ProcessKprobe *to);

#endif
