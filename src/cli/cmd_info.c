// SPDX-License-Identifier: Apache-2.0
#include "base/escape.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/json_members.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/remote.h"
#include "event/json.h"

#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"
#include "tetragon/sensors.pb-c.h"

struct settings {
	struct common_settings common;
	int output;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

/* What values of options come in. */
static const ProtobufCMessageDescriptor *const wrappers[] = {
	&google__protobuf__string_value__descriptor, &google__protobuf__bool_value__descriptor,
	&google__protobuf__int32_value__descriptor,  &google__protobuf__int64_value__descriptor,
	&google__protobuf__uint32_value__descriptor, &google__protobuf__uint64_value__descriptor,
	&google__protobuf__double_value__descriptor, &google__protobuf__float_value__descriptor,
	&google__protobuf__bytes_value__descriptor,
};

static const ProtobufCMessageDescriptor *type_of(const char *url)
{
	const char *slash = strrchr(url, '/'), *name = slash ? slash + 1 : url;

	for (size_t i = 0; i < ARRAY_SIZE(wrappers); i++)
		if (!strcmp(wrappers[i]->name, name))
			return wrappers[i];
	return NULL;
}

/* As JSON has it; of a type that is not known, what there is to say of it. */
static void write_value(struct str *out, const Google__Protobuf__Any *any)
{
	struct json_writer writer = {0};
	const ProtobufCMessageDescriptor *type = any ? type_of(any->type_url) : NULL;
	_cleanup_message_ ProtobufCMessage *value =
		type ? protobuf_c_message_unpack(type, NULL, any->value.len, any->value.data)
		     : NULL;

	if (value)
		json_write(&writer, out, value);
	else if (any)
		json_write(&writer, out, &any->base);
	else
		str_append_lit(out, "null");
}

static void write_json(struct str *out, const Tetragon__GetInfoResponse *info)
{
	json_put_begin(out, NULL, '{');
	json_put_string(out, "name", info->name);
	json_put_string(out, "version", info->version);
	if (info->build) {
		json_put_begin(out, "build", '{');
		json_put_string(out, "commit", info->build->commit);
		json_put_string(out, "time", info->build->time);
		json_put_string(out, "modified", info->build->modified);
		json_put_end(out, '}');
	}
	json_put_begin(out, "probes", '{');
	for (size_t i = 0; i < info->n_probes; i++)
		json_put_bool(out, info->probes[i]->name,
			      info->probes[i]->enabled && info->probes[i]->enabled->value);
	json_put_end(out, '}');
	json_put_begin(out, "options", '{');
	for (size_t i = 0; i < info->n_conf; i++) {
		json_put_name(out, info->conf[i]->key);
		write_value(out, info->conf[i]->value);
	}
	json_put_end(out, '}');
	json_put_end(out, '}');
	str_append_char(out, '\n');
}

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
		write_value(&value, info->conf[i]->value);
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
		write_json(&out, (const void *)answer);
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
