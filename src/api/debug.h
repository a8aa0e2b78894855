/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_DEBUG_H
#define OCELLI_API_DEBUG_H

#include "api/api.h"
#include "grpc/grpc.h"

/* The methods GetDebug and SetDebug: the log's level, and the processes that are known; @userdata
 * is struct api_agent. */
void debug_get(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);
void debug_set(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);

#endif
