// SPDX-License-Identifier: Apache-2.0
#include "agent/phase.h"

const char *phase_name(enum phase phase)
{
	static const char *const names[_PHASE_MAX] = {
		[PHASE_STARTING] = "starting",   [PHASE_LOADING] = "loading",
		[PHASE_RUNNING] = "running",     [PHASE_INCOMPLETE] = "incomplete",
		[PHASE_RELOADING] = "reloading", [PHASE_STOPPING] = "stopping",
	};

	return names[phase];
}
