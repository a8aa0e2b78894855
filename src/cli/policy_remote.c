// SPDX-License-Identifier: Apache-2.0
#include "cli/policy_remote.h"
#include "base/escape.h"
#include "cli/complain.h"
#include "cli/json_members.h"
#include "cli/output.h"

enum status policy_remote_tell(const struct policy_command_settings *settings, const char *name,
			       const char *done)
{
	_cleanup_str_ struct str out = STR_INIT;

	if (settings->output == OUTPUT_JSON) {
		json_put_begin(&out, NULL, '{');
		json_put_string(&out, "policy", name);
		json_put_string(&out, "result", done);
		json_put_end(&out, '}');
	} else {
		str_append_lit(&out, "policy ");
		escape_text(&out, name, strlen(name));
		str_appendf(&out, " %s", done);
	}
	str_append_char(&out, '\n');
	return output_print(&out);
}

enum status policy_remote_each(const struct policy_command_settings *settings, int argc,
			       char **argv, policy_call_fn *call, const char *done)
{
	_cleanup_remote_ struct remote remote;
	enum status status = STATUS_OK;

	remote_init(&remote, &settings->common);
	if (argc == 0) {
		complain("there is no name of a policy; \"ocelli policy list\" has them");
		return STATUS_USAGE;
	}
	for (int i = 0; i < argc; i++) {
		_cleanup_error_ struct error *err = NULL;
		int r = call(&remote, settings, argv[i], &err);
		enum status one = r < 0 ? remote_failed(&remote, err, r)
					: policy_remote_tell(settings, argv[i], done);

		if (one != STATUS_OK)
			status = one;
		if (one == STATUS_UNREACHABLE)
			break;
	}
	return status;
}

enum status policy_remote_list(struct remote *remote, const char *domain, bool extended,
			       Tetragon__ListTracingPoliciesResponse **ret)
{
	Tetragon__ListTracingPoliciesRequest request =
		TETRAGON__LIST_TRACING_POLICIES_REQUEST__INIT;
	_cleanup_error_ struct error *err = NULL;
	ProtobufCMessage *answer;
	int r;

	if (domain)
		request.domain = (char *)(uintptr_t)domain;
	request.extended = extended;
	r = remote_ask(remote, "ListTracingPolicies", &request.base,
		       &tetragon__list_tracing_policies_response__descriptor, &answer, &err);
	if (r < 0)
		return remote_failed(remote, err, r);
	*ret = (Tetragon__ListTracingPoliciesResponse *)answer;
	return STATUS_OK;
}
