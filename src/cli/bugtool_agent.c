// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/bugtool.h"
#include "cli/info_json.h"
#include "cli/message.h"
#include "cli/redact.h"
#include "event/json.h"

#include "tetragon/eventlogservice.pb-c.h"
#include "tetragon/sensors.pb-c.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

/* Text is looked through later; bytes are told so that nothing would be found there. */
static bool is_text(const Google__Protobuf__Any *value)
{
	return strstr(value->type_url, ".StringValue") || strstr(value->type_url, ".BoolValue") ||
	       strstr(value->type_url, ".Int64Value");
}

/* But for values of options whose names say that they are secret. */
static void write_info(struct str *out, ProtobufCMessage *message)
{
	Tetragon__GetInfoResponse *info = (Tetragon__GetInfoResponse *)message;

	for (size_t i = 0; i < info->n_conf; i++)
		if (info->conf[i]->value &&
		    (redact_is_secret(info->conf[i]->key, strlen(info->conf[i]->key)) ||
		     !is_text(info->conf[i]->value)))
			info->conf[i]->value->value.len = 0;
	info_json(out, info);
}

static void write_answer(struct str *out, ProtobufCMessage *message)
{
	struct json_writer writer = {.extensions = true};

	json_write(&writer, out, message);
	str_append_char(out, '\n');
}

static void add_answer(struct bugtool *tool, struct remote *remote, const char *name,
		       const char *method, const ProtobufCMessage *request,
		       const ProtobufCMessageDescriptor *type)
{
	_cleanup_message_ ProtobufCMessage *answer = NULL;
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str out = STR_INIT, what = STR_INIT;

	if (remote_ask(remote, method, request, type, &answer, &err) < 0) {
		bugtool_lack(tool, name, err && err->message ? err->message : "out of memory");
		return;
	}
	(type == &tetragon__get_info_response__descriptor ? write_info : write_answer)(&out,
										       answer);
	str_appendf(&what, "what the agent answers to %s", method);
	bugtool_add(tool, name, str_cstr(&what) ? what.data : method, out.data, out.len);
}

static const char *const process_files[] = {"cmdline", "status",       "stat",      "limits",
					    "cgroup",  "smaps_rollup", "mountinfo", "sched"};

/* What it holds of BPF: each descriptor's facts are in /proc/PID/fdinfo. */
static void add_descriptors(struct bugtool *tool, pid_t pid)
{
	_cleanup_str_ struct str out = STR_INIT;
	char path[320], line[256];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo", (int)pid);
	dir = opendir(path);
	if (!dir) {
		bugtool_lack(tool, "agent/bpf", "its descriptors cannot be seen");
		return;
	}
	while ((entry = readdir(dir))) {
		_cleanup_fclose_ FILE *f = NULL;

		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%s", (int)pid, entry->d_name);
		f = entry->d_name[0] == '.' ? NULL : fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			if (!strncmp(line, "prog_", 5) || !strncmp(line, "map_", 4) ||
			    !strncmp(line, "link_", 5) || !strncmp(line, "memlock", 7) ||
			    !strncmp(line, "verified_insns", 14))
				str_appendf(&out, "%s: %s", entry->d_name, line);
	}
	closedir(dir);
	bugtool_add(tool, "agent/bpf", "its BPF programs, maps and links, by descriptor", out.data,
		    out.len);
}

static void add_process(struct bugtool *tool, pid_t pid)
{
	if (pid <= 0) {
		bugtool_lack(tool, "agent/status", "its process is not known");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(process_files); i++) {
		char name[64], path[64];

		snprintf(name, sizeof(name), "agent/%s", process_files[i]);
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, process_files[i]);
		bugtool_add_file(tool, name, path);
	}
	add_descriptors(tool, pid);
}

void bugtool_agent(struct bugtool *tool, struct remote *remote)
{
	Tetragon__GetVersionRequest version = TETRAGON__GET_VERSION_REQUEST__INIT;
	Tetragon__GetHealthStatusRequest health = TETRAGON__GET_HEALTH_STATUS_REQUEST__INIT;
	Tetragon__ListTracingPoliciesRequest list = TETRAGON__LIST_TRACING_POLICIES_REQUEST__INIT;
	Tetragon__GetInfoRequest info = TETRAGON__GET_INFO_REQUEST__INIT;
	Tetragon__GetDebugRequest debug = TETRAGON__GET_DEBUG_REQUEST__INIT;
	Tetragon__GetEventLogParamsRequest log = TETRAGON__GET_EVENT_LOG_PARAMS_REQUEST__INIT;

	health.extended = true;
	add_answer(tool, remote, "agent/version.json", "GetVersion", &version.base,
		   &tetragon__get_version_response__descriptor);
	if (!remote->client)
		return;
	add_answer(tool, remote, "agent/health.json", "GetHealth", &health.base,
		   &tetragon__get_health_status_response__descriptor);
	add_answer(tool, remote, "agent/policies.json", "ListTracingPolicies", &list.base,
		   &tetragon__list_tracing_policies_response__descriptor);
	add_answer(tool, remote, "agent/info.json", "GetInfo", &info.base,
		   &tetragon__get_info_response__descriptor);
	add_answer(tool, remote, "agent/loglevel.json", "GetDebug", &debug.base,
		   &tetragon__get_debug_response__descriptor);
	add_answer(tool, remote, "agent/eventlog.json",
		   "/tetragon.EventLogService/GetEventLogParams", &log.base,
		   &tetragon__get_event_log_params_response__descriptor);
	if (remote->client)
		add_process(tool, grpc_client_peer(remote->client));
}
