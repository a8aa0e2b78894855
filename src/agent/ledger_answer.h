/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_LEDGER_ANSWER_H
#define OCELLI_AGENT_LEDGER_ANSWER_H

#include "base/arena.h"
#include "core/ledger.h"

#include "tetragon/tetragon.pb-c.h"

/* A ledger as it is told to clients: lines are added until there is one without memory. */
struct ledger_answer {
	struct arena *arena;
	Tetragon__LedgerLine **lines;
	size_t n, cap;
	bool failed;
};

/* A ledger_line_fn, of a struct ledger_answer: what is 0 is left out. */
void ledger_answer_add(void *answer, const struct ledger_line *line);

#endif
