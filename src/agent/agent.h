/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_AGENT_H
#define OCELLI_AGENT_AGENT_H

#include "agent/settings.h"
#include "base/error.h"

/*
 * Runs the agent until a signal or the loss of its last output ends it. The
 * settings must outlive the call. Returns 0 after an orderly end, negative errno
 * when it could not start or its ledger did not balance.
 */
int agent_run(const struct settings *settings, struct error **reterr);

#endif
