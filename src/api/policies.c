// SPDX-License-Identifier: Apache-2.0
#include "api/policies.h"
#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct waiting_call {
	struct list node;
	struct grpc_call *call;
	char domain[]; /* that was asked for */
};

void policy_calls_init(struct policy_calls *calls, const struct api_agent *agent)
{
	calls->agent = *agent;
	list_init(&calls->waiting);
}

/* Returns whether the call is over. */
static bool answer(struct policy_calls *calls, struct grpc_call *call, const char *domain)
{
	Tetragon__ListTracingPoliciesResponse list = TETRAGON__LIST_TRACING_POLICIES_RESPONSE__INIT;
	struct arena arena = ARENA_INIT;
	int r = calls->agent.list_policies(calls->agent.userdata, domain, &arena, &list);

	if (r >= 0)
		grpc_reply(call, &list.base);
	else if (r != -EBUSY)
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "out of memory");
	arena_done(&arena);
	return r != -EBUSY;
}

static void on_closed(struct grpc_call *call, void *userdata)
{
	struct waiting_call *waiting = userdata;

	list_del(&waiting->node);
	free(waiting);
}

static void wait(struct policy_calls *calls, struct grpc_call *call, const char *domain)
{
	size_t size = strlen(domain) + 1;
	struct waiting_call *waiting = malloc(sizeof(*waiting) + size);

	if (!waiting) {
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	waiting->call = call;
	memcpy(waiting->domain, domain, size);
	list_add_tail(&calls->waiting, &waiting->node);
	grpc_watch(call, on_closed, waiting);
}

void policy_calls_list(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__ListTracingPoliciesRequest *request = (const void *)message;
	struct policy_calls *calls = userdata;

	if (!answer(calls, call, request->domain))
		wait(calls, call, request->domain);
}

void policy_calls_retry(struct policy_calls *calls)
{
	list_for_each (item, &calls->waiting) {
		struct waiting_call *waiting = container_of(item, struct waiting_call, node);

		if (!answer(calls, waiting->call, waiting->domain))
			break;
		on_closed(NULL, waiting);
	}
}

void policy_calls_domains(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	Tetragon__ListDomainsResponse list = TETRAGON__LIST_DOMAINS_RESPONSE__INIT;
	struct policy_calls *calls = userdata;
	struct arena arena = ARENA_INIT;

	if (calls->agent.list_domains(calls->agent.userdata, &arena, &list) >= 0)
		grpc_reply(call, &list.base);
	else
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "out of memory");
	arena_done(&arena);
}
