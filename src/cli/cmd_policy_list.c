// SPDX-License-Identifier: Apache-2.0
/* policy list, policy domains */
#include "base/escape.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/output.h"
#include "cli/policy_remote.h"
#include "cli/policy_status.h"
#include "event/json.h"

static enum status print(const struct policy_command_settings *settings,
			 const ProtobufCMessage *answer,
			 void (*write_text)(struct str *out, const ProtobufCMessage *answer))
{
	struct json_writer writer = {.extensions = true};
	_cleanup_str_ struct str out = STR_INIT;

	if (settings->output == OUTPUT_JSON) {
		json_write(&writer, &out, answer);
		str_append_char(&out, '\n');
	} else {
		write_text(&out, answer);
	}
	return output_print(&out);
}

static void write_policies(struct str *out, const ProtobufCMessage *answer)
{
	policy_status_table((const Tetragon__ListTracingPoliciesResponse *)answer, out);
}

static enum status run_list(void *data, int argc, char **argv)
{
	const struct policy_command_settings *settings = data;
	Tetragon__ListTracingPoliciesResponse *answer;
	_cleanup_remote_ struct remote remote;
	enum status status;

	remote_init(&remote, &settings->common);
	if (argc > 0) {
		complain("policy list takes no arguments; \"policy show\" tells of one policy");
		return STATUS_USAGE;
	}
	status = policy_remote_list(&remote, settings->domain, false, &answer);
	if (status != STATUS_OK)
		return status;
	status = print(settings, &answer->base, write_policies);
	tetragon__list_tracing_policies_response__free_unpacked(answer, NULL);
	return status;
}

static void write_domains(struct str *out, const ProtobufCMessage *message)
{
	const Tetragon__ListDomainsResponse *answer = (const void *)message;

	for (size_t i = 0; i < answer->n_domains; i++) {
		escape_text(out, answer->domains[i], strlen(answer->domains[i]));
		str_append_char(out, '\n');
	}
}

static enum status run_domains(void *data, int argc, char **argv)
{
	Tetragon__ListDomainsRequest request = TETRAGON__LIST_DOMAINS_REQUEST__INIT;
	const struct policy_command_settings *settings = data;
	_cleanup_error_ struct error *err = NULL;
	_cleanup_remote_ struct remote remote;
	ProtobufCMessage *answer;
	enum status status;
	int r;

	remote_init(&remote, &settings->common);
	if (argc > 0) {
		complain("policy domains takes no arguments");
		return STATUS_USAGE;
	}
	r = remote_ask(&remote, "ListDomains", &request.base,
		       &tetragon__list_domains_response__descriptor, &answer, &err);
	if (r < 0)
		return remote_failed(&remote, err, r);
	status = print(settings, answer, write_domains);
	protobuf_c_message_free_unpacked(answer, NULL);
	return status;
}

static const struct option_spec options[] = {
	POLICY_DOMAIN_OPTION("Only the policies of this domain"),
	OUTPUT_OPTION(POLICY_AT(output), "How to print them"),
};

const struct command policy_list_command = {
	.name = "policy list",
	.summary = "List the agent's policies: their states, modes and what they did",
	.description = "What is wrong with a policy is told below its line, and which of its hooks "
		       "have no place, where only some have. NPOST is how often a policy has told "
		       "of something, NENFORCE how often it has done something about it, NMONITOR "
		       "how often it would have.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct policy_command_settings),
	.remote = true,
	.run = run_list,
};

const struct command policy_domains_command = {
	.name = "policy domains",
	.summary = "List the domains that policies can be in",
	.options = options + 1,
	.n_options = 1,
	.settings_size = sizeof(struct policy_command_settings),
	.remote = true,
	.run = run_domains,
};
