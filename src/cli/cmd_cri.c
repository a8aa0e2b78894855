// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/escape.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/json_members.h"
#include "cli/output.h"
#include "cri/cri.h"
#include "event/json.h"

#include <errno.h>

enum { CRI_RAW, CRI_JSON };

static const char *const format_names[] = {"raw", "json", NULL};

struct settings {
	struct common_settings common;
	int output;
	char *endpoint;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static enum status failed(const struct grpc_client *client, const struct error *err, int r)
{
	complain_error(err, r);
	if (!client && r == -EINVAL)
		return STATUS_USAGE;
	return client ? STATUS_FAILED : STATUS_UNREACHABLE;
}

static int connect_to(const struct settings *settings, struct grpc_client **ret,
		      ProtobufCMessage **ret_version, struct error **reterr)
{
	const struct grpc_client_config config = {
		.address = settings->endpoint,
		.timeout = settings->common.timeout,
		.max_message = (size_t)settings->common.max_recv_size,
		.stop_fd = -1,
	};
	int r = cri_connect(&config, ret, ret_version, reterr);

	if (r < 0 && r != -EINVAL && !settings->endpoint)
		error_remedy(reterr, "--runtime-endpoint says where one listens");
	return r == -EINVAL ? error_wrap(reterr, r, "--runtime-endpoint") : r;
}

/* All that it says of itself are strings. */
static void print_raw(const ProtobufCMessage *version, struct str *out)
{
	for (unsigned i = 0; i < version->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &version->descriptor->fields[i];
		const char *value =
			*(const char *const *)(const void *)((const char *)version + field->offset);

		str_appendf(out, "%s%s:\"", i ? " " : "", field->name);
		escape_text(out, value, strlen(value));
		str_append_char(out, '"');
	}
}

static void print_version(const struct settings *settings, const ProtobufCMessage *version,
			  struct str *out)
{
	struct json_writer writer = {0};

	if (settings->output == CRI_JSON)
		json_write(&writer, out, version);
	else
		print_raw(version, out);
	str_append_char(out, '\n');
}

static enum status run_version(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	_cleanup_grpc_client_ struct grpc_client *client = NULL;
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str out = STR_INIT;
	ProtobufCMessage *version;
	int r;

	if (argc > 0) {
		complain("cri version takes no arguments");
		return STATUS_USAGE;
	}
	r = connect_to(settings, &client, &version, &err);
	if (r < 0)
		return failed(client, err, r);
	print_version(settings, version, &out);
	protobuf_c_message_free_unpacked(version, NULL);
	return output_print(&out);
}

static void print_path(const struct settings *settings, const struct str *path, struct str *out)
{
	if (settings->output == CRI_JSON) {
		json_put_begin(out, NULL, '{');
		json_put_bytes(out, "cgroup_path", path->data, path->len);
		json_put_end(out, '}');
	} else {
		escape_text(out, path->data, path->len);
	}
	str_append_char(out, '\n');
}

static enum status run_cgroup_path(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	_cleanup_grpc_client_ struct grpc_client *client = NULL;
	_cleanup_str_ struct str path = STR_INIT, out = STR_INIT;
	uint64_t started;
	_cleanup_error_ struct error *err = NULL;
	ProtobufCMessage *version;
	int r;

	if (argc != 1) {
		complain("cri cgroup_path takes the id of one container");
		return STATUS_USAGE;
	}
	r = connect_to(settings, &client, &version, &err);
	if (r < 0)
		return failed(client, err, r);
	protobuf_c_message_free_unpacked(version, NULL);
	r = cri_container_status(client, argv[0], &path, &started, &err);
	if (r < 0)
		return failed(client, err, r);
	print_path(settings, &path, &out);
	return output_print(&out);
}

static const struct option_spec options[] = {
	{.name = "output",
	 .letter = 'o',
	 .type = OPTION_CHOICE,
	 .choices = format_names,
	 .offset = AT(output),
	 .initial = "raw",
	 .argument = "FORMAT",
	 .help = "How to print it"},
	{.name = "runtime-endpoint",
	 .letter = 'r',
	 .type = OPTION_STRING,
	 .offset = AT(endpoint),
	 .argument = "ADDRESS",
	 .help = "Where the runtime listens, unix://PATH; if empty, the first of the sockets of "
		 "containerd, CRI-O and cri-dockerd that answers"},
};

#define EXIT_STATUS                                                                            \
	"0 when the runtime has told; 1 when it does not; 2 for a wrong command line; 3 when " \
	"there is no runtime"

const struct command cri_version_command = {
	.name = "cri version",
	.summary = "Print the name and version of the container runtime",
	.exit_status = EXIT_STATUS,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.run = run_version,
};

const struct command cri_cgroup_path_command = {
	.name = "cri cgroup_path",
	.arguments = "ID",
	.operands = OPERANDS_OTHER,
	.summary = "Print the path of a container's cgroup",
	.description = "As the container runtime says it: what it gives to systemd to make a path "
		       "of is made one.",
	.exit_status = EXIT_STATUS,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.run = run_cgroup_path,
};
