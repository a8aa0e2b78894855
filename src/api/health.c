// SPDX-License-Identifier: Apache-2.0
#include "api/health.h"
#include "base/macro.h"

#include "grpc/health/v1/health.pb-c.h"

#include <stdlib.h>
#include <string.h>

/* Whether there is a loop at all: what answers, lives. An agent that still loads policies is not to
 * be killed for it. */
#define LIVENESS "liveness"

#define STATUS(name) GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__##name

typedef Grpc__Health__V1__HealthCheckResponse__ServingStatus status_t;

struct watcher {
	struct list node;
	struct grpc_call *call;
};

void health_init(struct health *h, const struct grpc_service *services, size_t n_services)
{
	h->services = services;
	h->n_services = n_services;
	list_init(&h->watchers);
}

static status_t status_of(const struct health *h, const char *service)
{
	bool is_known = !service[0];

	if (!strcmp(service, LIVENESS))
		return STATUS(SERVING);
	for (size_t i = 0; i < h->n_services; i++)
		is_known |= !strcmp(service, h->services[i].name);
	return !is_known  ? STATUS(SERVICE_UNKNOWN)
	       : h->ready ? STATUS(SERVING)
			  : STATUS(NOT_SERVING);
}

static void check(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Grpc__Health__V1__HealthCheckRequest *request = (const void *)message;
	Grpc__Health__V1__HealthCheckResponse answer =
		GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

	answer.status = status_of(userdata, request->service);
	if (answer.status == STATUS(SERVICE_UNKNOWN))
		grpc_end(call, GRPC_NOT_FOUND, "this server has no such service");
	else
		grpc_reply(call, &answer.base);
}

static bool tell(struct grpc_call *call, status_t status)
{
	Grpc__Health__V1__HealthCheckResponse answer =
		GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
	struct grpc_message *message;
	bool ok;

	answer.status = status;
	message = grpc_message_new(&answer.base);
	ok = message && grpc_send(call, message);
	grpc_message_unref(message);
	return ok;
}

static void on_closed(struct grpc_call *call, void *userdata)
{
	struct watcher *watcher = userdata;

	list_del(&watcher->node);
	free(watcher);
}

/* What does not change is told once: nobody waits for it. */
static void watch(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Grpc__Health__V1__HealthCheckRequest *request = (const void *)message;
	struct watcher *watcher = calloc(1, sizeof(*watcher));
	struct health *h = userdata;
	status_t status = status_of(h, request->service);

	if (!watcher || !tell(call, status)) {
		free(watcher);
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	if (status == STATUS(SERVICE_UNKNOWN) || !strcmp(request->service, LIVENESS)) {
		free(watcher);
		return;
	}
	watcher->call = call;
	list_add_tail(&h->watchers, &watcher->node);
	grpc_watch(call, on_closed, watcher);
}

void health_set_ready(struct health *h, bool ready)
{
	if (h->ready == ready)
		return;
	h->ready = ready;
	list_for_each (item, &h->watchers) {
		struct watcher *watcher = container_of(item, struct watcher, node);
		struct grpc_call *call = watcher->call;

		if (tell(call, ready ? STATUS(SERVING) : STATUS(NOT_SERVING)))
			continue;
		on_closed(call, watcher);
		grpc_watch(call, NULL, NULL);
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "nobody reads the answers");
	}
}

#define REQUEST &grpc__health__v1__health_check_request__descriptor

const struct grpc_method health_methods[] = {
	{.name = "Check", .input = REQUEST, .run = check, .role = GRPC_READER},
	{.name = "Watch", .input = REQUEST, .run = watch, .role = GRPC_READER},
};

const size_t health_n_methods = ARRAY_SIZE(health_methods);
