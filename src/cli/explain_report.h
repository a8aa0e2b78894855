/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_EXPLAIN_REPORT_H
#define OCELLI_CLI_EXPLAIN_REPORT_H

#include "explain/explain.h"

/* What "ocelli policy explain" prints. */
struct explain_report {
	const struct explainer *explainer;
	const struct explanation *v;
	size_t n;
	const struct diagnostics *diags; /* of what is no policy */
};

void explain_report_text(struct str *out, const struct explain_report *report);
void explain_report_json(struct str *out, const struct explain_report *report);

const char *explained_verdict_name(enum explained_verdict verdict);

#endif
