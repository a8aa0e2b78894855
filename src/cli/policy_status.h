/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_POLICY_STATUS_H
#define OCELLI_CLI_POLICY_STATUS_H

#include "base/str.h"

#include "tetragon/sensors.pb-c.h"

/* What the agent says of policies, for people. */

/* Appends a line for each, and below it what keeps it from working. */
void policy_status_table(const Tetragon__ListTracingPoliciesResponse *list, struct str *out);

/* Appends all that is known of one. */
void policy_status_text(const Tetragon__TracingPolicyStatus *policy, struct str *out);

#endif
