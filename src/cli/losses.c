// SPDX-License-Identifier: Apache-2.0
#include "cli/losses.h"
#include "base/escape.h"
#include "base/macro.h"

#include <inttypes.h>
#include <string.h>

/* So many places are named; they are told in full by the agent's ledger. */
#define PLACES_TOLD 5

const struct loss losses[] = {
	{"record", "full", "ring_full", "records found no room in the ring",
	 "a larger --rb-size-total, or policies that tell of less", false},
	{"record", "no_memory", "no_memory", "records there was no memory for",
	 "more memory for the agent", false},
	{"record", "malformed", "malformed", "records made no sense",
	 "\"ocelli bugtool\" collects what a report needs", false},
	{"place", "missed", "missed", "times the kernel passed programs of policies by", NULL,
	 false},
	{"event", "unrendered", "unrendered", "events there was no memory for",
	 "more memory for the agent", false},
	{"sink", "dropped_full", "sink_full", "events came faster than they were taken",
	 "a faster reader, or filters of the export", false},
	{"sink", "dropped_error", "sink_error", "events could not be written",
	 "the agent's log says why", false},
	{"sink", "dropped_closed", "sink_closed", "events had no reader any more", NULL, false},
	{"streams", "dropped", "streams", "events were not told to those who read streams",
	 "faster readers, or filters that take less", false},
	{"request", "dropped", "request_dropped", "requests of policies came too fast",
	 "rate limits at the actions that make them", false},
	{"processes", "forgotten_alive", "forgotten", "processes were forgotten while they lived",
	 "a larger --process-cache-size", false},
	{"containers", "refused", "containers_refused",
	 "containers are not known: policies do not select them",
	 "fewer containers, or fewer labels of their pods", false},
	{"containers", "scope_failures", "scope_failures",
	 "times the kernel did not take who policies select", NULL, false},
	{"event", "limited", "rate_limited", "events were over --export-rate-limit", NULL, true},
	{"record", "throttled", "throttled", "records were over --cgroup-rate", NULL, true},
};
_Static_assert(ARRAY_SIZE(losses) == LOSSES, "each has a number");

static uint64_t count_of(const Tetragon__LedgerLine *line, const struct loss *loss)
{
	if (strcmp(line->of, loss->of) != 0)
		return 0;
	for (size_t i = 0; i < line->n_counts; i++)
		if (!strcmp(line->counts[i]->name, loss->count))
			return line->counts[i]->value;
	return 0;
}

uint64_t losses_sum(const Tetragon__GetHealthStatusResponse *answer, const struct loss *loss)
{
	uint64_t n = 0;

	for (size_t i = 0; i < answer->n_ledger; i++)
		n += count_of(answer->ledger[i], loss);
	return n;
}

void losses_append_places(struct str *out, const Tetragon__GetHealthStatusResponse *answer,
			  const struct loss *loss)
{
	size_t told = 0;

	for (size_t i = 0; i < answer->n_ledger; i++) {
		const Tetragon__LedgerLine *line = answer->ledger[i];
		uint64_t n = count_of(line, loss);

		if (!n || !*line->name || ++told > PLACES_TOLD)
			continue;
		str_append_z(out, told > 1 ? ", " : " (");
		escape_text(out, line->name, strlen(line->name));
		str_appendf(out, " %" PRIu64, n);
	}
	if (told > PLACES_TOLD)
		str_appendf(out, " and %zu others", told - PLACES_TOLD);
	str_append_z(out, told ? ")" : "");
}
