/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_POLICIES_H
#define OCELLI_API_POLICIES_H

#include "api/api.h"
#include "base/list.h"
#include "grpc/grpc.h"

/* What there is to know of policies. Who asks while they are loaded has to wait. */
struct policy_calls {
	struct api_agent agent;
	struct list waiting;
};

void policy_calls_init(struct policy_calls *calls, const struct api_agent *agent);

/* The methods ListTracingPolicies and ListDomains; @userdata is struct policy_calls. */
void policy_calls_list(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);
void policy_calls_domains(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);

/* Answers those that wait. */
void policy_calls_retry(struct policy_calls *calls);

#endif
