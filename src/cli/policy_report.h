/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_POLICY_REPORT_H
#define OCELLI_CLI_POLICY_REPORT_H

#include "policy/policy.h"

/* What "ocelli policy check" prints. */

void policy_report_text(struct str *out, const struct policies *policies,
			const struct diagnostics *diags);
void policy_report_json(struct str *out, const struct policies *policies,
			const struct diagnostics *diags);

#endif
