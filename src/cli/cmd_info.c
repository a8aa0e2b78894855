// SPDX-License-Identifier: Apache-2.0
#include "base/escape.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/info_json.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/remote.h"

#include "tetragon/sensors.pb-c.h"

struct settings {
	struct common_settings common;
	int output;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static void write_line(struct str *out, const char *name, const char *value)
{
	if (!value[0])
		return;
	str_append_z(out, name);
	escape_text(out, value, strlen(value));
	str_append_char(out, '\n');
}

static void write_text(struct str *out, const Tetragon__GetInfoResponse *info)
{
	write_line(out, "Name: ", info->name);
	write_line(out, "Version: ", info->version);
	if (info->build) {
		write_line(out, "Commit: ", info->build->commit);
		write_line(out, "Built: ", info->build->time);
	}
	if (info->n_probes)
		str_append_lit(out, "What the kernel has:\n");
	for (size_t i = 0; i < info->n_probes; i++) {
		bool enabled = info->probes[i]->enabled && info->probes[i]->enabled->value;

		str_append_z(out, enabled ? "  yes  " : "  no   ");
		write_line(out, "", info->probes[i]->name);
	}
	if (info->n_conf)
		str_append_lit(out, "Options:\n");
	for (size_t i = 0; i < info->n_conf; i++) {
		_cleanup_str_ struct str value = STR_INIT;

		str_append_lit(out, "  ");
		escape_word(out, info->conf[i]->key);
		str_append_lit(out, ": ");
		info_json_value(&value, info->conf[i]->value);
		escape_json(out, value.data, value.len);
		str_append_char(out, '\n');
	}
}

static enum status run(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	Tetragon__GetInfoRequest request = TETRAGON__GET_INFO_REQUEST__INIT;
	_cleanup_message_ ProtobufCMessage *answer = NULL;
	_cleanup_remote_ struct remote remote;
	_cleanup_str_ struct str out = STR_INIT;
	enum status status;

	remote_init(&remote, &settings->common);
	if (argc > 0) {
		complain("info takes no arguments");
		return STATUS_USAGE;
	}
	status = remote_get(&remote, "GetInfo", &request.base,
			    &tetragon__get_info_response__descriptor, &answer);
	if (status != STATUS_OK)
		return status;
	if (settings->output == OUTPUT_JSON)
		info_json(&out, (const void *)answer);
	else
		write_text(&out, (const void *)answer);
	return output_print(&out);
}

static const struct option_spec options[] = {
	OUTPUT_OPTION(AT(output), "How to print it"),
};

static const struct example examples[] = {
	{"ocelli info -o json | jq -r '.options[\"export-filename\"]'",
	 "Prints where the agent writes events to"},
	{0},
};

const struct command info_command = {
	.name = "info",
	.summary = "Tell what the agent is: its build, its options, what its kernel has",
	.examples = examples,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = run,
};
