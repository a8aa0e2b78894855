/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_EVENT_LOG_H
#define OCELLI_API_EVENT_LOG_H

#include "api/api.h"
#include "grpc/grpc.h"

/* The methods of tetragon.EventLogService: how the exported file is rotated; @userdata is struct
 * api_agent. */
void event_log_set(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);
void event_log_get(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);

#endif
