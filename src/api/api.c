// SPDX-License-Identifier: Apache-2.0
#include "api/api.h"
#include "api/debug.h"
#include "api/event_log.h"
#include "api/changes.h"
#include "api/events.h"
#include "api/health.h"
#include "api/info.h"
#include "api/policies.h"
#include "api/reflection.h"
#include "api/refusals.h"
#include "base/cleanup.h"
#include "base/macro.h"

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

/* Those who ask for nothing but health: a few probes of whatever looks after the agent. */
#define PROBES 32
#define PROBE_CALLS 4
#define PROBE_BYTES ((size_t)4 << 10)

enum {
	SERVICE_SENSORS,
	SERVICE_EVENT_LOG,
	SERVICE_HEALTH,
	SERVICE_REFLECTION,
	SERVICE_REFLECTION_ALPHA,
	_SERVICE_MAX
};

/* All services, and health alone. */
enum { SERVER_ALL, SERVER_HEALTH, _SERVER_MAX };

struct api {
	uv_loop_t *loop;
	struct grpc_server *servers[_SERVER_MAX]; /* NULL: there is none */
	struct tls *tls;                          /* NULL: TCP is in plain text */
	struct api_access access;
	struct refusals refusals;
	struct event_streams streams;
	struct policy_calls policies;
	struct change_calls changes;
	struct health health;
	struct info_calls info;
	struct reflection reflection;
	struct api_agent agent;
	struct grpc_service services[_SERVICE_MAX];
};

static void get_version(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	Tetragon__GetVersionResponse answer = TETRAGON__GET_VERSION_RESPONSE__INIT;

	answer.version = (char *)(uintptr_t)OCELLI_VERSION;
	grpc_reply(call, &answer.base);
}

static void get_health(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__GetHealthStatusRequest *request = (const void *)message;
	struct api *api = userdata;
	struct arena arena = ARENA_INIT;
	Tetragon__GetHealthStatusResponse answer = TETRAGON__GET_HEALTH_STATUS_RESPONSE__INIT;
	Tetragon__HealthStatus status = TETRAGON__HEALTH_STATUS__INIT, *list = &status;

	status.event = TETRAGON__HEALTH_STATUS_TYPE__HEALTH_STATUS_TYPE_STATUS;
	status.status = TETRAGON__HEALTH_STATUS_RESULT__HEALTH_STATUS_RUNNING;
	status.details = (char *)(uintptr_t)"running";
	answer.n_health_status = 1;
	answer.health_status = &list;
	if (request->extended && api->agent.get_ledger(api->agent.userdata, &arena, &answer) < 0)
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "out of memory");
	else
		grpc_reply(call, &answer.base);
	arena_done(&arena);
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

static void run_hook(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__RuntimeHookRequest *request = (const void *)message;
	Tetragon__RuntimeHookResponse answer = TETRAGON__RUNTIME_HOOK_RESPONSE__INIT;
	_cleanup_error_ struct error *err = NULL;
	struct api *api = userdata;
	int r;

	if (request->event_case != TETRAGON__RUNTIME_HOOK_REQUEST__EVENT_CREATE_CONTAINER) {
		grpc_end(call, GRPC_INVALID_ARGUMENT, "createContainer is the only hook there is");
		return;
	}
	r = api->agent.create_container(api->agent.userdata, request->createcontainer, &err);
	if (r >= 0)
		grpc_reply(call, &answer.base);
	else
		grpc_end(call, r == -EINVAL ? GRPC_INVALID_ARGUMENT : GRPC_RESOURCE_EXHAUSTED,
			 err ? err->message : "out of memory");
}

/* Of what is no more, in the words that clients know. */
static void is_deprecated(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	grpc_end(call, GRPC_UNKNOWN, "sensors are deprecated: use tracing policies");
}

/* For admins, if no other role is said. */
#define METHOD(n, type, fn, ...) \
	{.name = n, .input = &tetragon__##type##__descriptor, .run = fn, __VA_ARGS__}
#define FOR_READERS .role = GRPC_READER

static const struct grpc_method sensors[] = {
	METHOD("GetEvents", get_events_request, get_events, FOR_READERS),
	METHOD("AddTracingPolicy", add_tracing_policy_request, add_policy),
	METHOD("DeleteTracingPolicy", delete_tracing_policy_request, delete_policy),
	METHOD("ConfigureTracingPolicy", configure_tracing_policy_request, configure_policy),
	METHOD("EnableTracingPolicy", enable_tracing_policy_request, enable_policy),
	METHOD("DisableTracingPolicy", disable_tracing_policy_request, disable_policy),
	METHOD("ListTracingPolicies", list_tracing_policies_request, list_policies, FOR_READERS),
	METHOD("ListDomains", list_domains_request, list_domains, FOR_READERS),
	METHOD("GetHealth", get_health_status_request, get_health, FOR_READERS),
	METHOD("GetVersion", get_version_request, get_version, FOR_READERS),
	METHOD("GetInfo", get_info_request, get_info, FOR_READERS),
	METHOD("GetDebug", get_debug_request, get_debug, FOR_READERS),
	METHOD("SetDebug", set_debug_request, set_debug),
	METHOD("RuntimeHook", runtime_hook_request, run_hook),
	METHOD("ListSensors", list_sensors_request, is_deprecated, FOR_READERS),
	METHOD("EnableSensor", enable_sensor_request, is_deprecated),
	METHOD("DisableSensor", disable_sensor_request, is_deprecated),
	METHOD("RemoveSensor", remove_sensor_request, is_deprecated),
};

static const struct grpc_method event_log[] = {
	METHOD("SetEventLogParams", set_event_log_params_request, event_log_set),
	METHOD("GetEventLogParams", get_event_log_params_request, event_log_get, FOR_READERS),
};

int api_new(uv_loop_t *loop, const struct api_agent *agent, const struct api_access *access,
	    struct api **ret, struct error **reterr)
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
	api->access = *access;
	config.why_no_admin = access_why_no_admin;
	config.userdata = &api->access;
	config.refused = refusals_add;
	config.refused_data = &api->refusals;
	event_streams_init(&api->streams, &agent->filter_rules);
	policy_calls_init(&api->policies, agent);
	api->changes.agent = *agent;
	api->agent = *agent;
	info_calls_init(&api->info, &api->agent);
	api->services[SERVICE_SENSORS] = (struct grpc_service){"tetragon.FineGuidanceSensors",
							       sensors, ARRAY_SIZE(sensors), api};
	api->services[SERVICE_EVENT_LOG] = (struct grpc_service){
		"tetragon.EventLogService", event_log, ARRAY_SIZE(event_log), &api->agent};
	api->services[SERVICE_HEALTH] = (struct grpc_service){
		"grpc.health.v1.Health", health_methods, health_n_methods, &api->health};
	api->services[SERVICE_REFLECTION] =
		(struct grpc_service){"grpc.reflection.v1.ServerReflection", reflection_methods,
				      reflection_n_methods, &api->reflection};
	api->services[SERVICE_REFLECTION_ALPHA] = api->services[SERVICE_REFLECTION];
	api->services[SERVICE_REFLECTION_ALPHA].name = "grpc.reflection.v1alpha.ServerReflection";
	health_init(&api->health, api->services, ARRAY_SIZE(api->services));
	api->reflection = (struct reflection){api->services, ARRAY_SIZE(api->services)};
	config.services = api->services;
	config.n_services = ARRAY_SIZE(api->services);
	if (grpc_server_new(&config, &api->servers[SERVER_ALL]) < 0) {
		free(api);
		return error_set(reterr, -ENOMEM, "out of memory");
	}
	*ret = api;
	return 0;
}

int api_use_tls(struct api *api, const struct tls_config *config, struct error **reterr)
{
	return tls_new(config, &api->tls, reterr);
}

int api_reload_tls(struct api *api, struct error **reterr)
{
	return api->tls ? tls_reload(api->tls, reterr) : 0;
}

int api_listen(struct api *api, const char *text, struct error **reterr)
{
	const struct grpc_address address = {
		.text = text,
		.mode = access_mode(&api->access),
		.group = access_group(&api->access),
		.tls = api->tls,
	};

	return grpc_server_listen(api->servers[SERVER_ALL], &address, reterr);
}

int api_listen_for_health(struct api *api, const char *text, struct error **reterr)
{
	const struct grpc_address address = {.text = text, .mode = 0600, .group = (gid_t)-1};
	const struct grpc_config config = {
		.loop = api->loop,
		.services = &api->services[SERVICE_HEALTH],
		.n_services = 1,
		.max_connections = PROBES,
		.max_calls = PROBE_CALLS,
		.max_request = PROBE_BYTES,
		.max_received = PROBES * PROBE_BYTES,
		.max_queue = PROBE_BYTES,
		.max_queued = PROBES * PROBE_BYTES,
	};

	if (grpc_server_new(&config, &api->servers[SERVER_HEALTH]) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	return grpc_server_listen(api->servers[SERVER_HEALTH], &address, reterr);
}

void api_allow_deprecated(struct api *api, bool allow)
{
	api->changes.with_deprecated = allow;
}

void api_set_ready(struct api *api, bool ready)
{
	health_set_ready(&api->health, ready);
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

uint64_t api_dropped(const struct api *api)
{
	return api->streams.dropped;
}

void api_event(struct api *api, const Tetragon__GetEventsResponse *event, struct lazy *lazy)
{
	event_streams_put(&api->streams, event, lazy);
}

static void for_each_server(struct api *api, void (*f)(struct grpc_server *server))
{
	for (int i = 0; i < _SERVER_MAX; i++)
		if (api->servers[i])
			f(api->servers[i]);
}

void api_tick(struct api *api)
{
	event_streams_tick(&api->streams);
	refusals_tick(&api->refusals);
	for_each_server(api, grpc_server_tick);
}

static void on_late(uv_timer_t *timer)
{
	*(bool *)timer->data = true;
}

static bool is_stopped(const struct api *api)
{
	for (int i = 0; i < _SERVER_MAX; i++)
		if (api->servers[i] && !grpc_server_stopped(api->servers[i]))
			return false;
	return true;
}

void api_stop(struct api *api, uint64_t timeout_ms)
{
	bool late = false;
	uv_timer_t timer;

	for_each_server(api, grpc_server_stop);
	uv_timer_init(api->loop, &timer);
	timer.data = &late;
	uv_timer_start(&timer, on_late, timeout_ms, 0);
	while (!late && !is_stopped(api))
		uv_run(api->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(api->loop, UV_RUN_NOWAIT);
}

void api_close(struct api *api)
{
	for_each_server(api, grpc_server_close);
}

void api_free(struct api **api)
{
	if (!*api)
		return;
	for (int i = 0; i < _SERVER_MAX; i++)
		grpc_server_free(&(*api)->servers[i]);
	tls_free(&(*api)->tls);
	free(*api);
	*api = NULL;
}
