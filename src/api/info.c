// SPDX-License-Identifier: Apache-2.0
#include "api/info.h"
#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>

struct waiting_call {
	struct list node;
	struct grpc_call *call;
};

void info_calls_init(struct info_calls *calls, const struct api_agent *agent)
{
	calls->agent = agent;
	list_init(&calls->waiting);
}

/* Returns whether the call is over. */
static bool answer(struct info_calls *calls, struct grpc_call *call)
{
	Tetragon__GetInfoResponse info = TETRAGON__GET_INFO_RESPONSE__INIT;
	struct arena arena = ARENA_INIT;
	int r = calls->agent->get_info(calls->agent->userdata, &arena, &info);

	if (r >= 0)
		grpc_reply(call, &info.base);
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

void info_calls_get(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	struct info_calls *calls = userdata;
	struct waiting_call *waiting;

	if (answer(calls, call))
		return;
	waiting = malloc(sizeof(*waiting));
	if (!waiting) {
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	waiting->call = call;
	list_add_tail(&calls->waiting, &waiting->node);
	grpc_watch(call, on_closed, waiting);
}

void info_calls_retry(struct info_calls *calls)
{
	list_for_each (item, &calls->waiting) {
		struct waiting_call *waiting = container_of(item, struct waiting_call, node);

		if (!answer(calls, waiting->call))
			break;
		on_closed(NULL, waiting);
	}
}
