/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_POLICY_REPORT_H
#define OCELLI_CLI_POLICY_REPORT_H

#include "policy/policy.h"

/* What "ocelli policy check" prints. */

void policy_report_text(struct str *out, const struct policies *policies,
			const struct diagnostics *diags);
void policy_report_json(struct str *out, const struct policies *policies,
			const struct diagnostics *diags);

/* Parts of it, for others: a finding as text; the member "findings" of an object. */
void policy_report_put_finding(struct str *out, const struct finding *finding);
void policy_report_put_findings(struct str *out, const struct diagnostics *diags);

#endif
