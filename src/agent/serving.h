/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_SERVING_H
#define OCELLI_AGENT_SERVING_H

#include "agent/settings.h"
#include "api/api.h"

/* Serves the API where, how and to whom the settings say, which have to outlive it. Returns 0, or a
 * negative errno with *reterr; then there can be an API, which is not complete, all the same. */
int serving_start(uv_loop_t *loop, const struct settings *settings, const struct api_agent *agent,
		  struct api **ret, struct error **reterr);

/* About once a second. */
void serving_tick(struct api *api);

#endif
