// SPDX-License-Identifier: Apache-2.0
/* policy add, policy modify */
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/output.h"
#include "cli/policy_files.h"
#include "cli/policy_remote.h"
#include "policy/mode_text.h"

#include <errno.h>
#include <string.h>

struct settings {
	struct policy_command_settings of;
	int mode; /* index in modes */
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(of) == 0, "what such commands have in common is at the beginning");

static const char *const modes[] = {"as-written", "enforce", "monitor", NULL};

static enum policy_mode mode_of(const struct settings *settings)
{
	return settings->mode == 1 ? POLICY_MODE_ENFORCE : POLICY_MODE_MONITOR;
}

/* What of the files can be told here is told, with their places; a file with mistakes is none. */
static enum status read_files(const char *command, int argc, char **argv, struct policies *policies)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	enum status status = policy_files_read(command, argc, argv, policies, &diags);

	if (status != STATUS_OK)
		return status;
	policy_files_complain(&diags);
	return diags.counts[SEVERITY_ERROR] ? STATUS_FAILED : STATUS_OK;
}

/* Its text, with the mode that it is to have. */
static int text_of(const struct settings *settings, const struct policy *policy, struct str *out,
		   struct error **reterr)
{
	int r;

	if (settings->mode) {
		r = policy_mode_text(policy->text, strlen(policy->text), mode_of(settings), out,
				     reterr);
		if (r < 0)
			return error_wrap(reterr, r, "%s", policy->file);
	} else {
		str_append_z(out, policy->text);
	}
	return str_cstr(out) ? 0 : error_set(reterr, -ENOMEM, "out of memory");
}

static enum status add(struct remote *remote, const struct settings *settings,
		       const struct policy *policy)
{
	Tetragon__AddTracingPolicyRequest request = TETRAGON__ADD_TRACING_POLICY_REQUEST__INIT;
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str text = STR_INIT;
	ProtobufCMessage *answer;
	int r = text_of(settings, policy, &text, &err);

	if (r < 0) {
		complain_error(err, r);
		return STATUS_FAILED;
	}
	request.yaml = text.data;
	if (settings->of.domain)
		request.domain = settings->of.domain;
	r = remote_ask(remote, "AddTracingPolicy", &request.base,
		       &tetragon__add_tracing_policy_response__descriptor, &answer, &err);
	if (r < 0)
		return remote_failed(remote, err, r);
	protobuf_c_message_free_unpacked(answer, NULL);
	return policy_remote_tell(&settings->of, policy->metadata.name.s, "added");
}

static enum status run_add(void *data, int argc, char **argv)
{
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	const struct settings *settings = data;
	_cleanup_remote_ struct remote remote;
	enum status status = read_files("policy add", argc, argv, &policies);

	remote_init(&remote, &settings->of.common);
	if (status != STATUS_OK)
		return status;
	for (size_t i = 0; i < policies.n; i++) {
		enum status one = add(&remote, settings, policies.v[i]);

		if (one != STATUS_OK)
			status = one;
		if (one == STATUS_UNREACHABLE)
			break;
	}
	return status;
}

static enum status run_modify(void *data, int argc, char **argv)
{
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	const struct settings *settings = data;
	_cleanup_str_ struct str out = STR_INIT;
	enum status status;

	if (!settings->mode) {
		complain("policy modify takes --mode, \"enforce\" or \"monitor\"");
		return STATUS_USAGE;
	}
	status = read_files("policy modify", argc, argv, &policies);
	for (size_t i = 0; i < policies.n && status == STATUS_OK; i++) {
		_cleanup_error_ struct error *err = NULL;
		int r = text_of(settings, policies.v[i], &out, &err);

		/* What is printed is read again as so many documents, each in lines of its own. */
		if (r >= 0 && out.len && out.data[out.len - 1] != '\n')
			str_append_char(&out, '\n');
		if (r >= 0 && i + 1 < policies.n && strncmp(policies.v[i + 1]->text, "---", 3) != 0)
			str_append_lit(&out, "---\n");
		if (r >= 0)
			continue;
		complain_error(err, r);
		status = STATUS_FAILED;
	}
	return status == STATUS_OK ? output_print(&out) : status;
}

#define MODE_OPTION(says)         \
	{.name = "mode",          \
	 .letter = 'm',           \
	 .type = OPTION_CHOICE,   \
	 .choices = modes,        \
	 .offset = AT(mode),      \
	 .initial = "as-written", \
	 .argument = "MODE",      \
	 .help = (says)}

static const struct option_spec options[] = {
	MODE_OPTION("What they are to do about what they find, whatever they say"),
	POLICY_DOMAIN_OPTION("The domain to add them to; if empty, grpc"),
	OUTPUT_OPTION(POLICY_AT(output), "How to print what was done"),
};

static const struct option_spec modify_options[] = {
	MODE_OPTION("What they are to do about what they find"),
};

const struct command policy_add_command = {
	.name = "policy add",
	.arguments = "FILE|DIRECTORY|-...",
	.operands = OPERANDS_FILES,
	.summary = "Have the agent load policies",
	.description =
		"What is wrong with them that can be told here is told before the agent is asked. "
		"They are added one after the other; one that the agent refuses keeps no other "
		"from "
		"it. Whether they outlive the agent its option --persist-grpc-policies says.",
	.exit_status = "0 when all were added; 1 when one was not; 2 for a wrong command line; 3 "
		       "when there is no agent",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = run_add,
};

const struct command policy_modify_command = {
	.name = "policy modify",
	.arguments = "FILE|DIRECTORY|-...",
	.operands = OPERANDS_FILES,
	.summary = "Print policies with another mode",
	.description = "All else in them, comments too, stays as it is. Needs no agent.",
	.options = modify_options,
	.n_options = ARRAY_SIZE(modify_options),
	.settings_size = sizeof(struct settings),
	.run = run_modify,
};
