// SPDX-License-Identifier: Apache-2.0
/* policy delete, policy enable, policy disable, policy set-mode */
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/output.h"
#include "cli/policy_remote.h"

#include <string.h>

static char *constant(const char *s)
{
	return (char *)(uintptr_t)(s ? s : "");
}

static int ask(struct remote *remote, const char *method, const ProtobufCMessage *request,
	       const ProtobufCMessageDescriptor *type, struct error **reterr)
{
	ProtobufCMessage *answer;
	int r = remote_ask(remote, method, request, type, &answer, reterr);

	if (r >= 0)
		protobuf_c_message_free_unpacked(answer, NULL);
	return r;
}

static int delete(struct remote *remote, const struct policy_command_settings *settings,
		  const char *name, struct error **reterr)
{
	Tetragon__DeleteTracingPolicyRequest request =
		TETRAGON__DELETE_TRACING_POLICY_REQUEST__INIT;

	request.name = constant(name);
	request.namespace_ = constant(settings->namespace);
	request.domain = constant(settings->domain);
	return ask(remote, "DeleteTracingPolicy", &request.base,
		   &tetragon__delete_tracing_policy_response__descriptor, reterr);
}

static Tetragon__ConfigureTracingPolicyRequest of(const struct policy_command_settings *settings,
						  const char *name)
{
	Tetragon__ConfigureTracingPolicyRequest request =
		TETRAGON__CONFIGURE_TRACING_POLICY_REQUEST__INIT;

	request.name = constant(name);
	request.namespace_ = constant(settings->namespace);
	request.domain = constant(settings->domain);
	return request;
}

static int configure(struct remote *remote, const Tetragon__ConfigureTracingPolicyRequest *request,
		     struct error **reterr)
{
	return ask(remote, "ConfigureTracingPolicy", &request->base,
		   &tetragon__configure_tracing_policy_response__descriptor, reterr);
}

static int switch_to(struct remote *remote, const struct policy_command_settings *settings,
		     const char *name, bool enable, struct error **reterr)
{
	Tetragon__ConfigureTracingPolicyRequest request = of(settings, name);

	request._enable_case = TETRAGON__CONFIGURE_TRACING_POLICY_REQUEST___ENABLE_ENABLE;
	request.enable = enable;
	return configure(remote, &request, reterr);
}

static int enable(struct remote *remote, const struct policy_command_settings *settings,
		  const char *name, struct error **reterr)
{
	return switch_to(remote, settings, name, true, reterr);
}

static int disable(struct remote *remote, const struct policy_command_settings *settings,
		   const char *name, struct error **reterr)
{
	return switch_to(remote, settings, name, false, reterr);
}

static enum status run_delete(void *data, int argc, char **argv)
{
	return policy_remote_each(data, argc, argv, delete, "deleted");
}

static enum status run_enable(void *data, int argc, char **argv)
{
	return policy_remote_each(data, argc, argv, enable, "enabled");
}

static enum status run_disable(void *data, int argc, char **argv)
{
	return policy_remote_each(data, argc, argv, disable, "disabled");
}

static const char *const modes[] = {"enforce", "monitor", NULL};

static enum status run_set_mode(void *data, int argc, char **argv)
{
	static const Tetragon__TracingPolicyMode numbers[] = {
		TETRAGON__TRACING_POLICY_MODE__TP_MODE_ENFORCE,
		TETRAGON__TRACING_POLICY_MODE__TP_MODE_MONITOR,
	};
	const struct policy_command_settings *settings = data;
	Tetragon__ConfigureTracingPolicyRequest request;
	_cleanup_remote_ struct remote remote;
	_cleanup_error_ struct error *err = NULL;
	size_t mode = 0;
	int r;

	remote_init(&remote, &settings->common);
	while (argc == 2 && modes[mode] && strcmp(argv[1], modes[mode]) != 0)
		mode++;
	if (argc != 2 || !modes[mode]) {
		complain("set-mode takes the name of a policy and \"enforce\" or \"monitor\"");
		return STATUS_USAGE;
	}
	request = of(settings, argv[0]);
	request._mode_case = TETRAGON__CONFIGURE_TRACING_POLICY_REQUEST___MODE_MODE;
	request.mode = numbers[mode];
	r = configure(&remote, &request, &err);
	if (r < 0)
		return remote_failed(&remote, err, r);
	return policy_remote_tell(settings, argv[0], mode ? "set to monitor" : "set to enforce");
}

static const struct option_spec options[] = {
	POLICY_DOMAIN_OPTION(POLICY_OF_DOMAIN),
	POLICY_NAMESPACE_OPTION,
	OUTPUT_OPTION(POLICY_AT(output), "How to print what was done"),
};

#define ONE_OF_THEM                                                                       \
	.operands = OPERANDS_OTHER, .options = options, .n_options = ARRAY_SIZE(options), \
	.settings_size = sizeof(struct policy_command_settings), .remote = true

const struct command policy_delete_command = {
	.name = "policy delete",
	.arguments = "NAME...",
	.summary = "Unload policies",
	.description = "Those of files come back when the agent reads its files again.",
	ONE_OF_THEM,
	.run = run_delete,
};

const struct command policy_enable_command = {
	.name = "policy enable",
	.arguments = "NAME...",
	.summary = "Have policies work that were disabled",
	ONE_OF_THEM,
	.run = run_enable,
};

const struct command policy_disable_command = {
	.name = "policy disable",
	.arguments = "NAME...",
	.summary = "Have policies do nothing until they are enabled",
	ONE_OF_THEM,
	.run = run_disable,
};

const struct command policy_set_mode_command = {
	.name = "policy set-mode",
	.arguments = "NAME enforce|monitor",
	.summary = "Have a policy do what it says, or only count it",
	.description = "All hooks of the policy change at once. What was counted begins anew.",
	ONE_OF_THEM,
	.run = run_set_mode,
};
