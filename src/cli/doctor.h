/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_DOCTOR_H
#define OCELLI_CLI_DOCTOR_H

#include "base/macro.h"
#include "base/str.h"
#include "cli/remote.h"

#include <stdbool.h>
#include <stddef.h>

/* What can be wrong on a host that is to run the agent, found out check by check. */
enum verdict {
	VERDICT_OK,
	VERDICT_NOTE,    /* something is not to be had; the rest is */
	VERDICT_WARNING, /* it works, and worse than it could */
	VERDICT_PROBLEM, /* it does not work */
	VERDICT_UNKNOWN, /* could not be looked at */
	_VERDICT_MAX,
};

struct diagnosis {
	const char *check; /* stable: scripts go by it */
	enum verdict verdict;
	struct str says;   /* one sentence, no full stop */
	struct str remedy; /* empty: none is needed, or there is none */
};

struct doctor {
	const char *root; /* what stands before /proc and /sys; "" */
	struct diagnosis *v;
	size_t n;
	bool failed; /* out of memory */
	size_t counts[_VERDICT_MAX];
};

/* Adds one; @remedy may be NULL. Returns it, good until the next is added, or NULL. */
struct diagnosis *doctor_says(struct doctor *doctor, const char *check, enum verdict verdict,
			      const char *remedy, const char *fmt, ...) _printf_(5, 6);
void doctor_done(struct doctor *doctor);

/* What files and limits say: settings, file systems, the clock (doctor_host.c). */
void doctor_host(struct doctor *doctor);
/* What the kernel has, by trying it (doctor_kernel.c). */
void doctor_kernel(struct doctor *doctor);
/* What the agent says (doctor_agent.c). */
void doctor_agent(struct doctor *doctor, struct remote *remote);

/* Append the report; the worst first where it is for people. */
void doctor_text(struct str *out, const struct doctor *doctor, bool all, bool color);
void doctor_json(struct str *out, const struct doctor *doctor);

#endif
