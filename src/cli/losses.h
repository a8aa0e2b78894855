/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_LOSSES_H
#define OCELLI_CLI_LOSSES_H

#include "base/str.h"

#include "tetragon/tetragon.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an agent's ledger says that nobody gets to see, by what became of it. */
struct loss {
	const char *of, *count; /* where the ledger has it: "record", "full" */
	const char *name;       /* stable: scripts go by it */
	const char *what;       /* "12 ..." */
	const char *remedy;     /* NULL: there is none that holds for all */
	bool wanted;            /* somebody has set it up so */
};

#define LOSSES 15
extern const struct loss losses[LOSSES];

/* How much of it an answer tells of; 0, too, when the agent tells no ledger. */
uint64_t losses_sum(const Tetragon__GetHealthStatusResponse *answer, const struct loss *loss);

/* Appends where that was, if that can be told: " (hook 10, exec 2)". */
void losses_append_places(struct str *out, const Tetragon__GetHealthStatusResponse *answer,
			  const struct loss *loss);

#endif
