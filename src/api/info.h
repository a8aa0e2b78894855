/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_INFO_H
#define OCELLI_API_INFO_H

#include "api/api.h"
#include "base/list.h"
#include "grpc/grpc.h"

/* The method GetInfo. Who asks before the kernel has been probed has to wait. */
struct info_calls {
	const struct api_agent *agent;
	struct list waiting;
};

void info_calls_init(struct info_calls *calls, const struct api_agent *agent);

/* @userdata is struct info_calls. */
void info_calls_get(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);

/* Answers those that wait. */
void info_calls_retry(struct info_calls *calls);

#endif
