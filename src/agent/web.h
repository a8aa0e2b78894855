/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_WEB_H
#define OCELLI_AGENT_WEB_H

#include "agent/metrics.h"
#include "base/error.h"

#include <stdbool.h>
#include <uv.h>

/*
 * What the agent tells over HTTP: /metrics, and how it does: /healthz, which is
 * 200 as long as it answers at all, and /readyz, which is 503 while it does not
 * do all that it was told to.
 */
struct web;

struct web_config {
	uv_loop_t *loop;
	struct metrics_sources sources;
	/* Brings what the sources have up to date. Returns whether the policies can be looked at,
	 * too; else what was last told of them is told again. */
	bool (*refresh)(void *userdata);
	void *userdata;
};

/* Returns 0, or a negative errno with *reterr. */
int web_new(const struct web_config *config, const char *address, struct web **ret,
	    struct error **reterr);

/* Where: "127.0.0.1:2112". */
const char *web_address(const struct web *web);

/* When its handles in the loop have been closed. */
void web_free(struct web **web);

#endif
