/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_INFO_H
#define OCELLI_AGENT_INFO_H

#include "agent/settings.h"
#include "base/arena.h"

#include "tetragon/sensors.pb-c.h"

#include <stdatomic.h>

/* What GetInfo tells. */

/* What the kernel can do of that which Tetragon asks it, by Tetragon's names. Trying it takes up to
 * some seconds, unless it is to @stop. NULL: no memory, or stopped. */
struct info_probes;

struct info_probes *info_probe(const atomic_bool *stop);
void info_probes_free(struct info_probes **probes);

/* Fills the answer, with what it needs from @arena. Returns 0 or -ENOMEM. */
int info_tell(const struct settings *settings, const struct info_probes *probes,
	      const char *node_name, struct arena *arena, Tetragon__GetInfoResponse *answer);

#endif
