/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_CHANGES_H
#define OCELLI_API_CHANGES_H

#include "api/api.h"
#include "grpc/grpc.h"

/* What clients have done to policies: one thing after the other, by the agent. */
struct change_calls {
	struct api_agent agent;
	unsigned n; /* that are not done yet */
	bool with_deprecated;
};

/* The methods AddTracingPolicy, DeleteTracingPolicy and ConfigureTracingPolicy; @userdata is
 * struct change_calls. */
void change_calls_add(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);
void change_calls_delete(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);
void change_calls_configure(struct grpc_call *call, const ProtobufCMessage *request,
			    void *userdata);

/* EnableTracingPolicy and DisableTracingPolicy, which are refused but ->with_deprecated. */
void change_calls_enable(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);
void change_calls_disable(struct grpc_call *call, const ProtobufCMessage *request, void *userdata);

#endif
