/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_UNIT_CLI_PROBE_RESULTS_H
#define OCELLI_TESTS_UNIT_CLI_PROBE_RESULTS_H

#include "cli/probe_report.h"

#include <stdlib.h>
#include <string.h>

/* Made-up findings of all features, present to begin with. */
static inline struct finding *results_new(void)
{
	struct finding *findings = calloc(feature_count(), sizeof(*findings));

	assert_non_null(findings);
	for (size_t i = 0; i < feature_count(); i++)
		finding_present(&findings[i], "saw it");
	return findings;
}

static inline void results_free(struct finding **findings)
{
	for (size_t i = 0; i < feature_count(); i++)
		finding_done(&(*findings)[i]);
	free(*findings);
}

#define _cleanup_results_ __attribute__((cleanup(results_free)))

static inline struct finding *results_of(struct finding *findings, const char *name)
{
	for (size_t i = 0; i < feature_count(); i++)
		if (!strcmp(feature_at(i)->name, name))
			return &findings[i];
	fail_msg("there is no feature %s", name);
	return NULL;
}

#endif
