// SPDX-License-Identifier: Apache-2.0
#include "base/escape.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/json_members.h"
#include "cli/output.h"
#include "cli/remote.h"

#include "tetragon/sensors.pb-c.h"

#include <protobuf-c/protobuf-c.h>

struct settings {
	struct common_settings common;
	int output;
	bool build;
	bool server;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static void write_json(struct str *out, const struct settings *settings, const char *server)
{
	json_put_begin(out, NULL, '{');
	json_put_string(out, "version", OCELLI_VERSION);
	if (settings->build) {
		json_put_string(out, "compiler", __VERSION__);
		json_put_string(out, "protobuf_c", protobuf_c_version());
	}
	if (settings->server)
		json_put_string(out, "server_version", server);
	json_put_end(out, '}');
	str_append_char(out, '\n');
}

static void write_text(struct str *out, const struct settings *settings, const char *server)
{
	str_append_lit(out, "CLI version: " OCELLI_VERSION "\n");
	if (settings->build)
		str_appendf(out, "Compiler: %s\nprotobuf-c: %s\n", __VERSION__,
			    protobuf_c_version());
	if (server) {
		str_append_lit(out, "Server version: ");
		escape_text(out, server, strlen(server));
		str_append_char(out, '\n');
	}
}

static enum status run(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	Tetragon__GetVersionRequest request = TETRAGON__GET_VERSION_REQUEST__INIT;
	ProtobufCMessage *server = NULL;
	enum status status = STATUS_OK, printed;
	_cleanup_str_ struct str out = STR_INIT;
	_cleanup_remote_ struct remote remote;
	const char *version;

	remote_init(&remote, &settings->common);
	if (argc > 0) {
		complain("version takes no arguments");
		return STATUS_USAGE;
	}
	if (settings->server)
		status = remote_get(&remote, "GetVersion", &request.base,
				    &tetragon__get_version_response__descriptor, &server);
	version = server ? ((Tetragon__GetVersionResponse *)server)->version : NULL;
	if (settings->output == OUTPUT_JSON)
		write_json(&out, settings, version);
	else
		write_text(&out, settings, version);
	if (server)
		protobuf_c_message_free_unpacked(server, NULL);
	printed = output_print(&out);
	return status == STATUS_OK ? printed : status;
}

static const struct option_spec options[] = {
	{.name = "build",
	 .letter = 'b',
	 .type = OPTION_BOOL,
	 .offset = AT(build),
	 .help = "Print also what it was built with"},
	{.name = "server",
	 .letter = 's',
	 .type = OPTION_BOOL,
	 .offset = AT(server),
	 .help = "Print also the version of the agent"},
	OUTPUT_OPTION(AT(output), "How to print it"),
};

const struct command version_command = {
	.name = "version",
	.summary = "Print the version",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = run,
};
