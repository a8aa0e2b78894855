// SPDX-License-Identifier: Apache-2.0
#include "api/event_log.h"
#include "base/cleanup.h"
#include "base/duration.h"
#include "base/macro.h"
#include "base/str.h"

#include "tetragon/eventlogservice.pb-c.h"

#include <errno.h>
#include <string.h>

static void no_file(struct grpc_call *call)
{
	grpc_end(call, GRPC_FAILED_PRECONDITION,
		 "events are not written to a file: start ocellid with --export-filename");
}

static int read_number(const char *name, int32_t value, int64_t max, int64_t *ret,
		       struct error **reterr)
{
	if (value < 0 || value > max)
		return error_set(reterr, -EINVAL, "%s: %d is not between 0 and %lld", name, value,
				 (long long)max);
	*ret = value;
	return 0;
}

static int read_interval(const char *text, uint64_t *ret, struct error **reterr)
{
	int64_t ns;

	if (duration_read(text, strlen(text), &ns) < 0 || ns < 0) {
		error_set(reterr, -EINVAL, "rotation_interval: \"%.64s\" is no time", text);
		error_remedy(reterr, "write it like 1h30m, 45s, or 0 for never");
		return -EINVAL;
	}
	*ret = (uint64_t)ns;
	return 0;
}

/* What is not in the request stays. */
static int read_request(const Tetragon__SetEventLogParamsRequest *request,
			struct api_event_log *log, struct error **reterr)
{
	int r = 0;

	if (request->_max_size_case)
		r = read_number("max_size", request->max_size, API_EVENT_LOG_SIZE_MAX,
				&log->max_size_mb, reterr);
	if (r >= 0 && request->_max_backups_case)
		r = read_number("max_backups", request->max_backups, API_EVENT_LOG_BACKUPS_MAX,
				&log->max_backups, reterr);
	if (r >= 0 && request->_rotation_interval_case)
		r = read_interval(request->rotation_interval, &log->rotation_interval, reterr);
	return r;
}

void event_log_set(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	Tetragon__SetEventLogParamsResponse answer = TETRAGON__SET_EVENT_LOG_PARAMS_RESPONSE__INIT;
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *text = NULL;
	const struct api_agent *agent = userdata;
	struct api_event_log log;

	if (agent->get_event_log(agent->userdata, &log) < 0) {
		no_file(call);
		return;
	}
	if (read_request((const void *)message, &log, &err) < 0) {
		text = err ? error_text(err) : NULL;
		grpc_end(call, GRPC_INVALID_ARGUMENT, text ? text : "out of memory");
		return;
	}
	agent->set_event_log(agent->userdata, &log);
	grpc_reply(call, &answer.base);
}

void event_log_get(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	Tetragon__GetEventLogParamsResponse answer = TETRAGON__GET_EVENT_LOG_PARAMS_RESPONSE__INIT;
	_cleanup_str_ struct str interval = STR_INIT;
	const struct api_agent *agent = userdata;
	struct api_event_log log;

	if (agent->get_event_log(agent->userdata, &log) < 0) {
		no_file(call);
		return;
	}
	duration_append(&interval, (int64_t)log.rotation_interval);
	answer.max_size = (int32_t)log.max_size_mb;
	answer.max_backups = (int32_t)log.max_backups;
	answer.rotation_interval = str_cstr(&interval);
	if (!answer.rotation_interval) {
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	grpc_reply(call, &answer.base);
}
