// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/output.h"
#include "cli/policy_remote.h"
#include "cli/policy_status.h"
#include "event/json.h"

#include <string.h>

static bool is_meant(const struct policy_command_settings *settings, const char *name,
		     const Tetragon__TracingPolicyStatus *p)
{
	return !strcmp(p->name, name) &&
	       (!settings->namespace || !strcmp(p->namespace_, settings->namespace));
}

static void write_one(struct str *out, const struct policy_command_settings *settings,
		      const Tetragon__TracingPolicyStatus *p)
{
	struct json_writer writer = {.extensions = true};

	if (settings->output == OUTPUT_JSON) {
		json_write(&writer, out, &p->base);
		str_append_char(out, '\n');
		return;
	}
	if (out->len)
		str_append_char(out, '\n');
	policy_status_text(p, out);
}

static enum status show(const struct policy_command_settings *settings, int argc, char **argv,
			const Tetragon__ListTracingPoliciesResponse *list)
{
	_cleanup_str_ struct str out = STR_INIT;
	enum status status = STATUS_OK, printed;

	for (int i = 0; i < argc; i++) {
		bool found = false;

		for (size_t j = 0; j < list->n_policies; j++) {
			if (!is_meant(settings, argv[i], list->policies[j]))
				continue;
			write_one(&out, settings, list->policies[j]);
			found = true;
		}
		if (found)
			continue;
		complain("there is no policy %s; \"ocelli policy list\" has them", argv[i]);
		status = STATUS_FAILED;
	}
	printed = output_print(&out);
	return status == STATUS_OK ? printed : status;
}

static enum status run(void *data, int argc, char **argv)
{
	const struct policy_command_settings *settings = data;
	Tetragon__ListTracingPoliciesResponse *list;
	_cleanup_remote_ struct remote remote;
	enum status status;

	remote_init(&remote, &settings->common);
	if (argc == 0) {
		complain("there is no name of a policy; \"ocelli policy list\" has them");
		return STATUS_USAGE;
	}
	status = policy_remote_list(&remote, settings->domain, true, &list);
	if (status != STATUS_OK)
		return status;
	status = show(settings, argc, argv, list);
	tetragon__list_tracing_policies_response__free_unpacked(list, NULL);
	return status;
}

static const struct option_spec options[] = {
	POLICY_DOMAIN_OPTION("Only of this domain"),
	POLICY_NAMESPACE_OPTION,
	OUTPUT_OPTION(POLICY_AT(output), "How to print it"),
};

const struct command policy_show_command = {
	.name = "policy show",
	.arguments = "NAME...",
	.operands = OPERANDS_OTHER,
	.summary = "Tell all that the agent knows of policies, with their texts",
	.description = "Each hook with what stands for it in the kernel, and each selector with "
		       "what it has counted. Of several policies of a name, in several domains or "
		       "namespaces, all are told.",
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct policy_command_settings),
	.remote = true,
	.run = run,
};
