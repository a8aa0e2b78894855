/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_HTTP_HTTP_H
#define OCELLI_HTTP_HTTP_H

#include <stdbool.h>

/*
 * HTTP by libcurl, which is loaded when a policy asks for it: with what it brings
 * it is larger than the agent.
 */

/* Returns whether it is there. */
bool http_available(void);

/* Gets the document and throws it away. Returns 0 when the server said yes (2xx); -ETIMEDOUT;
 * -ECANCELED when *stop was set meanwhile; -EOPNOTSUPP by a libcurl before 7.85; -EIO. Blocks up to
 * @timeout_ms. */
int http_get(const char *url, long timeout_ms, const bool *stop);

#endif
