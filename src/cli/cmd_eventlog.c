// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/escape.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/json_members.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/remote.h"

#include "tetragon/eventlogservice.pb-c.h"

#include <inttypes.h>

#define SERVICE "/tetragon.EventLogService/"

struct settings {
	struct common_settings common;
	int output;
	/* What to set; as text, which is empty when it is to stay. */
	char *max_size, *max_backups, *rotation_interval;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static void write_json(struct str *out, const Tetragon__GetEventLogParamsResponse *params)
{
	json_put_begin(out, NULL, '{');
	json_put_number(out, "max_size_mb", (uint64_t)MAX(params->max_size, 0));
	json_put_string(out, "rotation_interval", params->rotation_interval);
	json_put_number(out, "max_backups", (uint64_t)MAX(params->max_backups, 0));
	json_put_end(out, '}');
	str_append_char(out, '\n');
}

/* What rotates by time only has no size, and the other way round. */
static void write_text(struct str *out, const Tetragon__GetEventLogParamsResponse *params)
{
	const char *interval = params->rotation_interval;
	int64_t ns;

	if (params->max_size > 0)
		str_appendf(out, "Largest file: %" PRId32 " MB\n", params->max_size);
	else
		str_append_lit(out, "Largest file: no limit\n");
	str_append_lit(out, "Rotated each: ");
	if (duration_read(interval, strlen(interval), &ns) == 0 && ns == 0)
		interval = "";
	escape_text(out, interval[0] ? interval : "never",
		    strlen(interval[0] ? interval : "never"));
	str_appendf(out, "\nBackups kept: %" PRId32 "\n", params->max_backups);
}

static enum status print(struct remote *remote, const struct settings *settings)
{
	Tetragon__GetEventLogParamsRequest request = TETRAGON__GET_EVENT_LOG_PARAMS_REQUEST__INIT;
	_cleanup_message_ ProtobufCMessage *answer = NULL;
	_cleanup_str_ struct str out = STR_INIT;
	enum status status =
		remote_get(remote, SERVICE "GetEventLogParams", &request.base,
			   &tetragon__get_event_log_params_response__descriptor, &answer);

	if (status != STATUS_OK)
		return status;
	if (settings->output == OUTPUT_JSON)
		write_json(&out, (const void *)answer);
	else
		write_text(&out, (const void *)answer);
	return output_print(&out);
}

static enum status get(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	_cleanup_remote_ struct remote remote;

	remote_init(&remote, &settings->common);
	if (argc > 0) {
		complain("eventlog get takes no arguments");
		return STATUS_USAGE;
	}
	return print(&remote, settings);
}

static bool parse(const char *option, const char *text, int32_t *ret)
{
	char *end;
	long v = strtol(text, &end, 10);

	if (*end || end == text || v < 0 || v > INT32_MAX) {
		complain("--%s: \"%s\" is no number from 0 to %d", option, text, INT32_MAX);
		return false;
	}
	*ret = (int32_t)v;
	return true;
}

static bool fill(Tetragon__SetEventLogParamsRequest *request, const struct settings *settings)
{
	int64_t ns;

	if (settings->max_size) {
		request->_max_size_case =
			TETRAGON__SET_EVENT_LOG_PARAMS_REQUEST___MAX_SIZE_MAX_SIZE;
		if (!parse("max-size", settings->max_size, &request->max_size))
			return false;
	}
	if (settings->max_backups) {
		request->_max_backups_case =
			TETRAGON__SET_EVENT_LOG_PARAMS_REQUEST___MAX_BACKUPS_MAX_BACKUPS;
		if (!parse("max-backups", settings->max_backups, &request->max_backups))
			return false;
	}
	if (settings->rotation_interval) {
		request->_rotation_interval_case =
			TETRAGON__SET_EVENT_LOG_PARAMS_REQUEST___ROTATION_INTERVAL_ROTATION_INTERVAL;
		request->rotation_interval = settings->rotation_interval;
		if (duration_read(settings->rotation_interval, strlen(settings->rotation_interval),
				  &ns) < 0 ||
		    ns < 0) {
			complain("--rotation-interval: \"%s\" is no time, 24h for one",
				 settings->rotation_interval);
			return false;
		}
	}
	return true;
}

static enum status set(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	Tetragon__SetEventLogParamsRequest request = TETRAGON__SET_EVENT_LOG_PARAMS_REQUEST__INIT;
	_cleanup_message_ ProtobufCMessage *answer = NULL;
	_cleanup_remote_ struct remote remote;
	enum status status;

	remote_init(&remote, &settings->common);
	if (argc > 0 ||
	    (!settings->max_size && !settings->max_backups && !settings->rotation_interval)) {
		complain("eventlog set takes --max-size, --max-backups and --rotation-interval, or "
			 "some of them");
		return STATUS_USAGE;
	}
	if (!fill(&request, settings))
		return STATUS_USAGE;
	status = remote_get(&remote, SERVICE "SetEventLogParams", &request.base,
			    &tetragon__set_event_log_params_response__descriptor, &answer);
	return status == STATUS_OK ? print(&remote, settings) : status;
}

static const struct option_spec get_options[] = {
	OUTPUT_OPTION(AT(output), "How to print it"),
};

const struct command eventlog_get_command = {
	.name = "eventlog get",
	.summary = "Tell how the agent rotates the file that it exports events to",
	.exit_status = "1 when the agent exports to no file",
	.options = get_options,
	.n_options = ARRAY_SIZE(get_options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = get,
};

static const struct option_spec set_options[] = {
	OUTPUT_OPTION(AT(output), "How to print what it is then"),
	{.name = "max-size",
	 .type = OPTION_STRING,
	 .offset = AT(max_size),
	 .argument = "MB",
	 .help = "The largest that the file gets"},
	{.name = "max-backups",
	 .type = OPTION_STRING,
	 .offset = AT(max_backups),
	 .argument = "N",
	 .help = "How many older ones are kept"},
	{.name = "rotation-interval",
	 .type = OPTION_STRING,
	 .offset = AT(rotation_interval),
	 .argument = "TIME",
	 .help = "How often it is rotated whatever its size; 0 for never"},
};

static const struct example examples[] = {
	{"ocelli eventlog set --max-size 100 --rotation-interval 24h",
	 "Has a file for each day, or for 100 MB"},
	{0},
};

const struct command eventlog_set_command = {
	.name = "eventlog set",
	.summary = "Have the agent rotate the file that it exports events to otherwise",
	.description = "What is not given stays. It holds until it is told otherwise, or the agent "
		       "ends. Prints what the agent has then.",
	.exit_status = "1 when the agent exports to no file",
	.examples = examples,
	.options = set_options,
	.n_options = ARRAY_SIZE(set_options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = set,
};
