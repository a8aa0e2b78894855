/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_REQUESTS_H
#define OCELLI_AGENT_REQUESTS_H

#include "base/str.h"
#include "core/hook.h"

/*
 * What policies have the agent do besides telling: URLs to get, names to look up.
 * Nobody waits for what comes of it. One thread does one after the other; so many
 * may wait, and those beyond are dropped. All are counted:
 *
 *   added == done + failed + dropped + pending
 */
#define REQUESTS_MAX 256
#define REQUEST_TIMEOUT_MS 5000

struct requests;

int requests_new(struct requests **ret);

/* What is under way has a second to end, what waits is not begun. */
void requests_stop(struct requests *requests);
void requests_free(struct requests **requests);

/* Never blocks; what it takes is copied. */
void requests_add(struct requests *requests, const struct hook_request *request);

struct request_counts {
	uint64_t added, done, failed, dropped;
};

struct request_counts requests_counts(struct requests *requests, enum hook_request_kind kind);

/* As policies call the action. */
const char *request_kind_name(enum hook_request_kind kind);

/* The counts of those that there were, as lines of the ledger. Returns whether the sums hold. */
bool requests_tell(struct requests *requests, ledger_line_fn line, void *userdata);

#endif
