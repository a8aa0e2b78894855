// SPDX-License-Identifier: Apache-2.0
#include "api/api.h"
#include "api/debug.h"
#include "api/event_log.h"
#include "api/changes.h"
#include "api/events.h"
#include "api/info.h"
#include "api/policies.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include "grpc/health/v1/health.pb-c.h"
#include "tetragon/eventlogservice.pb-c.h"
#include "tetragon/sensors.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of a reader who is slow, some thousands of events; and of all of them together. */
#define QUEUE_BYTES ((size_t)4 << 20)
#define QUEUED_BYTES ((size_t)64 << 20)
/* The largest request is a policy's text, which has a limit of 1 MiB. */
#define REQUEST_BYTES ((size_t)4 << 20)
#define RECEIVED_BYTES ((size_t)16 << 20)
#define CONNECTIONS 256
#define CALLS 128
/* Only root: there are no roles yet. */
#define SOCKET_MODE 0600

struct api {
	uv_loop_t *loop;
	struct grpc_server *server;
	struct event_streams streams;
	struct policy_calls policies;
	struct change_calls changes;
	struct info_calls info;
	struct api_agent agent;
	struct grpc_service services[3];
	bool ready;
};

static void get_version(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	Tetragon__GetVersionResponse answer = TETRAGON__GET_VERSION_RESPONSE__INIT;

	answer.version = (char *)(uintptr_t)OCELLI_VERSION;
	grpc_reply(call, &answer.base);
}

static void get_health(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	Tetragon__GetHealthStatusResponse answer = TETRAGON__GET_HEALTH_STATUS_RESPONSE__INIT;
	Tetragon__HealthStatus status = TETRAGON__HEALTH_STATUS__INIT, *list = &status;

	status.event = TETRAGON__HEALTH_STATUS_TYPE__HEALTH_STATUS_TYPE_STATUS;
	status.status = TETRAGON__HEALTH_STATUS_RESULT__HEALTH_STATUS_RUNNING;
	status.details = (char *)(uintptr_t)"running";
	answer.n_health_status = 1;
	answer.health_status = &list;
	grpc_reply(call, &answer.base);
}

static void get_events(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	struct api *api = userdata;

	event_streams_get(call, request, &api->streams);
}

static void list_policies(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	struct api *api = userdata;

	policy_calls_list(call, request, &api->policies);
}

static void list_domains(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	struct api *api = userdata;

	policy_calls_domains(call, request, &api->policies);
}

#define CHANGES(name)                                                                      \
	static void name##_policy(struct grpc_call *call, const ProtobufCMessage *request, \
				  void *userdata)                                          \
	{                                                                                  \
		struct api *api = userdata;                                                \
                                                                                           \
		change_calls_##name(call, request, &api->changes);                         \
	}

CHANGES(add)
CHANGES(delete)
CHANGES(configure)
CHANGES(enable)
CHANGES(disable)

static void check(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Grpc__Health__V1__HealthCheckRequest *request = (const void *)message;
	Grpc__Health__V1__HealthCheckResponse answer =
		GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
	struct api *api = userdata;
	bool known = !request->service[0];

	for (size_t i = 0; i < ARRAY_SIZE(api->services); i++)
		known |= !strcmp(request->service, api->services[i].name);
	if (!known) {
		grpc_end(call, GRPC_NOT_FOUND, "this server has no such service");
		return;
	}
	answer.status =
		api->ready ? GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
			   : GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING;
	grpc_reply(call, &answer.base);
}

static void get_info(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	struct api *api = userdata;

	info_calls_get(call, request, &api->info);
}

static void get_debug(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	struct api *api = userdata;

	debug_get(call, request, &api->agent);
}

static void set_debug(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	struct api *api = userdata;

	debug_set(call, request, &api->agent);
}

/* The agent knows containers by their cgroups: there is nothing that it need be told. */
static void run_hook(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__RuntimeHookRequest *request = (const void *)message;
	Tetragon__RuntimeHookResponse answer = TETRAGON__RUNTIME_HOOK_RESPONSE__INIT;

	if (request->event_case == TETRAGON__RUNTIME_HOOK_REQUEST__EVENT_CREATE_CONTAINER)
		grpc_reply(call, &answer.base);
	else
		grpc_end(call, GRPC_INVALID_ARGUMENT, "createContainer is the only hook there is");
}

/* Of what is no more, in the words that clients know. */
static void is_deprecated(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	grpc_end(call, GRPC_UNKNOWN, "sensors are deprecated: use tracing policies");
}

#define METHOD(name, type, run) {name, &tetragon__##type##__descriptor, run}

static const struct grpc_method sensors[] = {
	METHOD("GetEvents", get_events_request, get_events),
	METHOD("AddTracingPolicy", add_tracing_policy_request, add_policy),
	METHOD("DeleteTracingPolicy", delete_tracing_policy_request, delete_policy),
	METHOD("ConfigureTracingPolicy", configure_tracing_policy_request, configure_policy),
	METHOD("EnableTracingPolicy", enable_tracing_policy_request, enable_policy),
	METHOD("DisableTracingPolicy", disable_tracing_policy_request, disable_policy),
	METHOD("ListTracingPolicies", list_tracing_policies_request, list_policies),
	METHOD("ListDomains", list_domains_request, list_domains),
	METHOD("GetHealth", get_health_status_request, get_health),
	METHOD("GetVersion", get_version_request, get_version),
	METHOD("GetInfo", get_info_request, get_info),
	METHOD("GetDebug", get_debug_request, get_debug),
	METHOD("SetDebug", set_debug_request, set_debug),
	METHOD("RuntimeHook", runtime_hook_request, run_hook),
	METHOD("ListSensors", list_sensors_request, is_deprecated),
	METHOD("EnableSensor", enable_sensor_request, is_deprecated),
	METHOD("DisableSensor", disable_sensor_request, is_deprecated),
	METHOD("RemoveSensor", remove_sensor_request, is_deprecated),
};

static const struct grpc_method event_log[] = {
	METHOD("SetEventLogParams", set_event_log_params_request, event_log_set),
	METHOD("GetEventLogParams", get_event_log_params_request, event_log_get),
};

static const struct grpc_method health[] = {
	{"Check", &grpc__health__v1__health_check_request__descriptor, check},
};

int api_new(uv_loop_t *loop, const struct api_agent *agent, struct api **ret, struct error **reterr)
{
	struct api *api = calloc(1, sizeof(*api));
	struct grpc_config config = {
		.loop = loop,
		.max_connections = CONNECTIONS,
		.max_calls = CALLS,
		.max_request = REQUEST_BYTES,
		.max_received = RECEIVED_BYTES,
		.max_queue = QUEUE_BYTES,
		.max_queued = QUEUED_BYTES,
	};

	if (!api)
		return error_set(reterr, -ENOMEM, "out of memory");
	api->loop = loop;
	event_streams_init(&api->streams, &agent->filter_rules);
	policy_calls_init(&api->policies, agent);
	api->changes.agent = *agent;
	api->services[0] = (struct grpc_service){"tetragon.FineGuidanceSensors", sensors,
						 ARRAY_SIZE(sensors), api};
	api->services[1] =
		(struct grpc_service){"grpc.health.v1.Health", health, ARRAY_SIZE(health), api};
	api->agent = *agent;
	info_calls_init(&api->info, &api->agent);
	api->services[2] = (struct grpc_service){"tetragon.EventLogService", event_log,
						 ARRAY_SIZE(event_log), &api->agent};
	config.services = api->services;
	config.n_services = ARRAY_SIZE(api->services);
	if (grpc_server_new(&config, &api->server) < 0) {
		free(api);
		return error_set(reterr, -ENOMEM, "out of memory");
	}
	*ret = api;
	return 0;
}

int api_listen(struct api *api, const char *address, struct error **reterr)
{
	return grpc_server_listen(api->server, address, SOCKET_MODE, reterr);
}

void api_allow_deprecated(struct api *api, bool allow)
{
	api->changes.with_deprecated = allow;
}

void api_set_ready(struct api *api, bool ready)
{
	api->ready = ready;
}

void api_retry(struct api *api)
{
	policy_calls_retry(&api->policies);
	info_calls_retry(&api->info);
}

bool api_watched(const struct api *api)
{
	return event_streams_any(&api->streams);
}

void api_event(struct api *api, const Tetragon__GetEventsResponse *event, struct lazy *lazy)
{
	event_streams_put(&api->streams, event, lazy);
}

void api_tick(struct api *api)
{
	event_streams_tick(&api->streams);
	grpc_server_tick(api->server);
}

static void on_late(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

void api_stop(struct api *api, uint64_t timeout_ms)
{
	bool late = false;
	uv_timer_t timer;

	grpc_server_stop(api->server);
	uv_timer_init(api->loop, &timer);
	timer.data = &late;
	uv_timer_start(&timer, on_late, timeout_ms, 0);
	while (!late && !grpc_server_stopped(api->server))
		uv_run(api->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(api->loop, UV_RUN_NOWAIT);
}

void api_close(struct api *api)
{
	grpc_server_close(api->server);
}

void api_free(struct api **api)
{
	if (!*api)
		return;
	grpc_server_free(&(*api)->server);
	free(*api);
	*api = NULL;
}
