/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CEL_EVENT_ENV_H
#define OCELLI_CEL_EVENT_ENV_H

#include "cel/env.h"

#include <tetragon/events.pb-c.h>

/*
 * What event filters are written in: a variable for each kind of event, named
 * as the member of GetEventsResponse and of its message type, and the schema's
 * enums, in the name space "tetragon". An expression must be a bool.
 */
extern const struct cel_env cel_event_env;

/* The variable of that kind of event, a number of the oneof's; -ENOENT when there is none. */
int cel_event_variable(uint32_t event_case);

#endif
