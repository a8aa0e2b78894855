// SPDX-License-Identifier: Apache-2.0
#include "api/policies.h"
#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What was asked for. */
struct question {
	bool of_domains;
	bool extended;
	const char *domain;
};

struct waiting_call {
	struct list node;
	struct grpc_call *call;
	struct question question;
	char domain[];
};

void policy_calls_init(struct policy_calls *calls, const struct api_agent *agent)
{
	calls->agent = *agent;
	list_init(&calls->waiting);
}

/* Returns whether the call is over. */
static bool answer(struct policy_calls *calls, struct grpc_call *call, const struct question *q)
{
	Tetragon__ListTracingPoliciesResponse list = TETRAGON__LIST_TRACING_POLICIES_RESPONSE__INIT;
	Tetragon__ListDomainsResponse domains = TETRAGON__LIST_DOMAINS_RESPONSE__INIT;
	const struct api_agent *agent = &calls->agent;
	struct arena arena = ARENA_INIT;
	int r;

	if (q->of_domains)
		r = agent->list_domains(agent->userdata, &arena, &domains);
	else
		r = agent->list_policies(agent->userdata, q->domain, q->extended, &arena, &list);
	if (r >= 0)
		grpc_reply(call, q->of_domains ? &domains.base : &list.base);
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

static void wait(struct policy_calls *calls, struct grpc_call *call, const struct question *q)
{
	size_t size = strlen(q->domain) + 1;
	struct waiting_call *waiting = malloc(sizeof(*waiting) + size);

	if (!waiting) {
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	waiting->call = call;
	waiting->question = *q;
	waiting->question.domain = memcpy(waiting->domain, q->domain, size);
	list_add_tail(&calls->waiting, &waiting->node);
	grpc_watch(call, on_closed, waiting);
}

static void ask(struct policy_calls *calls, struct grpc_call *call, const struct question *q)
{
	/* It may have to be kept. */
	if (!api_is_domain(q->domain))
		grpc_end(call, GRPC_INVALID_ARGUMENT, API_DOMAIN_WRONG);
	else if (!answer(calls, call, q))
		wait(calls, call, q);
}

void policy_calls_list(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__ListTracingPoliciesRequest *request = (const void *)message;
	const struct question q = {.extended = request->extended, .domain = request->domain};

	ask(userdata, call, &q);
}

void policy_calls_domains(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const struct question q = {.of_domains = true, .domain = ""};

	ask(userdata, call, &q);
}

void policy_calls_retry(struct policy_calls *calls)
{
	list_for_each (item, &calls->waiting) {
		struct waiting_call *waiting = container_of(item, struct waiting_call, node);

		if (!answer(calls, waiting->call, &waiting->question))
			break;
		on_closed(NULL, waiting);
	}
}
