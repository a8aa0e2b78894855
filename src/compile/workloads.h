/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_COMPILE_WORKLOADS_H
#define OCELLI_COMPILE_WORKLOADS_H

#include "policy/diagnostics.h"
#include "policy/model.h"

/* Whether it is known here what is selected; says so of what is not. */
bool workloads_known(const struct policy_workloads *workloads, struct diagnostics *diags);

#endif
