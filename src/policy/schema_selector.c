// SPDX-License-Identifier: Apache-2.0
#include "policy/action.h"
#include "policy/operator.h"
#include "policy/schema_parts.h"

static const struct field pid_fields[] = {
	BOOL_FIELD("followForks", policy_pid_match, follow_forks, .initial = "false"),
	BOOL_FIELD("isNamespacePID", policy_pid_match, namespaced, .initial = "false"),
	CHOICE_FIELD("operator", in_operators, policy_pid_match, operator, .required = true),
	INTS_FIELD("values", 32, policy_pid_match, values, .required = true),
};

static const struct object pid_object = {
	.what = "an item of matchPIDs",
	.size = sizeof(struct policy_pid_match),
	FIELDS_OF(pid_fields),
};

static const struct field binary_fields[] = {
	BOOL_FIELD("followChildren", policy_binary_match, follow_children, .initial = "false"),
	CHOICE_FIELD("operator", binary_operators, policy_binary_match, operator, .required = true),
	STRINGS_FIELD("values", policy_binary_match, values, .required = true),
};

static const struct object binary_object = {
	.what = "an item of matchBinaries",
	.size = sizeof(struct policy_binary_match),
	FIELDS_OF(binary_fields),
};

static const struct field namespace_fields[] = {
	CHOICE_FIELD("namespace", namespace_kinds, policy_namespace_match, namespace,
		     .required = true),
	CHOICE_FIELD("operator", in_operators, policy_namespace_match, operator, .required = true),
	STRINGS_FIELD("values", policy_namespace_match, values, .required = true),
};

static const struct object namespace_object = {
	.what = "an item of matchNamespaces",
	.size = sizeof(struct policy_namespace_match),
	FIELDS_OF(namespace_fields),
};

static const struct field namespace_change_fields[] = {
	CHOICE_FIELD("operator", in_operators, policy_namespace_change, operator, .required = true),
	STRINGS_FIELD("values", policy_namespace_change, values, .required = true),
};

static const struct object namespace_change_object = {
	.what = "an item of matchNamespaceChanges",
	.size = sizeof(struct policy_namespace_change),
	FIELDS_OF(namespace_change_fields),
};

static const struct field capability_fields[] = {
	BOOL_FIELD("isNamespaceCapability", policy_capability_match, namespaced,
		   .initial = "false"),
	CHOICE_FIELD("operator", in_operators, policy_capability_match, operator, .required = true),
	CHOICE_FIELD("type", capability_sets, policy_capability_match, type,
		     .initial = "\"Effective\""),
	STRINGS_FIELD("values", policy_capability_match, values, .required = true),
};

static const struct object capability_object = {
	.what = "an item that matches capabilities",
	.size = sizeof(struct policy_capability_match),
	FIELDS_OF(capability_fields),
};

static const struct field user_fields[] = {
	CHOICE_FIELD("operator", in_operators, policy_user_match, operator, .required = true),
	CHOICE_FIELD("type", user_ids, policy_user_match, type, .initial = "\"Effective\""),
	STRINGS_FIELD("values", policy_user_match, values, .required = true),
};

static const struct object user_object = {
	.what = "an item of matchUsers",
	.size = sizeof(struct policy_user_match),
	FIELDS_OF(user_fields),
};

static const struct field argument_fields[] = {
	INT_FIELD("index", 32, policy_string_match, index, .not_negative = true),
	CHOICE_FIELD("operator", string_operators, policy_string_match, operator, .required = true),
	STRINGS_FIELD("values", policy_string_match, values),
};

static const struct object argument_object = {
	.what = "an item of matchArguments",
	.size = sizeof(struct policy_string_match),
	FIELDS_OF(argument_fields),
};

static const struct field variable_fields[] = {
	STRING_FIELD("name", policy_string_match, name, .required = true),
	CHOICE_FIELD("operator", string_operators, policy_string_match, operator, .required = true),
	STRINGS_FIELD("values", policy_string_match, values),
};

static const struct object variable_object = {
	.what = "an item of matchEnvironment",
	.size = sizeof(struct policy_string_match),
	FIELDS_OF(variable_fields),
};

static const struct field arg_match_fields[] = {
	INTS_FIELD("args", 32, policy_arg_match, args, .not_negative = true),
	INT_FIELD("index", 32, policy_arg_match, index, .not_negative = true),
	CHOICE_FIELD("operator", operators, policy_arg_match, operator, .required = true),
	STRINGS_FIELD("values", policy_arg_match, texts),
};

static const struct object arg_match_object = {
	.what = "an item that matches an argument",
	.size = sizeof(struct policy_arg_match),
	FIELDS_OF(arg_match_fields),
};

static const struct field workloads_fields[] = {
	OBJECT_FIELD("containerSelector", labels_object, policy_workloads, containers,
		     policy_labels),
	OBJECT_FIELD("hostSelector", host_object, policy_workloads, host, policy_labels),
	OBJECT_FIELD("podSelector", labels_object, policy_workloads, pods, policy_labels),
};

static const struct object workloads_object = {
	.what = "matchWorkloads",
	.size = sizeof(struct policy_workloads),
	FIELDS_OF(workloads_fields),
};

static const struct field action_fields[] = {
	CHOICE_FIELD("action", actions, policy_action, action, .required = true),
	INT_FIELD("argError", 32, policy_action, error),
	STRING_FIELD("argFqdn", policy_action, fqdn),
	INT_FIELD("argIndex", 32, policy_action, index),
	INT_FIELD("argNewAddr", 64, policy_action, new_addr),
	INT_FIELD("argNewOffset", 64, policy_action, new_offset),
	STRING_FIELD("argNewSymbol", policy_action, new_symbol),
	STRINGS_FIELD("argRegs", policy_action, regs),
	INT_FIELD("argSig", 32, policy_action, signal),
	INT_FIELD("argSock", 32, policy_action, sock),
	STRING_FIELD("argUrl", policy_action, url),
	INT_FIELD("argValue", 32, policy_action, value),
	BOOL_FIELD("imaHash", policy_action, ima_hash),
	BOOL_FIELD("kernelStackTrace", policy_action, kernel_stack),
	STRING_FIELD("rateLimit", policy_action, rate_limit),
	STRINGS_FIELD("rateLimitFields", policy_action, rate_limit_fields, .own = true),
	STRING_FIELD("rateLimitScope", policy_action, rate_limit_scope),
	BOOL_FIELD("userStackTrace", policy_action, user_stack),
};

static bool says_where_to_once(const void *object)
{
	const struct policy_action *action = object;

	return POLICY_SET(action->new_symbol) + POLICY_SET(action->new_addr) +
		       POLICY_SET(action->new_offset) <=
	       1;
}

static const struct constraint action_constraints[] = {
	{
		.cel = "!(has(self.argNewSymbol) && has(self.argNewAddr)) && "
		       "!(has(self.argNewSymbol) && has(self.argNewOffset)) && "
		       "!(has(self.argNewAddr) && has(self.argNewOffset))",
		.holds = says_where_to_once,
		.what = "the action says in more than one way where to go on",
		.remedy = "keep one of argNewSymbol, argNewAddr and argNewOffset",
	},
};

static const struct object action_object = {
	.what = "an action",
	.size = sizeof(struct policy_action),
	FIELDS_OF(action_fields),
	CONSTRAINTS_OF(action_constraints),
};

static const struct field selector_fields[] = {
	STRING_FIELD("label", policy_selector, label),
	STRINGS_FIELD("macros", policy_selector, macros),
	LIST_FIELD("matchActions", action_object, policy_selector, actions, policy_actions),
	LIST_FIELD("matchArgs", arg_match_object, policy_selector, args, policy_arg_matches),
	LIST_FIELD("matchArguments", argument_object, policy_selector, arguments,
		   policy_string_matches, .own = true),
	LIST_FIELD("matchBinaries", binary_object, policy_selector, binaries, policy_binary_matches,
		   .items_max = 1),
	LIST_FIELD("matchCapabilities", capability_object, policy_selector, capabilities,
		   policy_capability_matches),
	LIST_FIELD("matchCapabilityChanges", capability_object, policy_selector, capability_changes,
		   policy_capability_matches),
	LIST_FIELD("matchData", arg_match_object, policy_selector, data, policy_arg_matches),
	LIST_FIELD("matchEnvironment", variable_object, policy_selector, environment,
		   policy_string_matches, .own = true),
	LIST_FIELD("matchNamespaceChanges", namespace_change_object, policy_selector,
		   namespace_changes, policy_namespace_changes),
	LIST_FIELD("matchNamespaces", namespace_object, policy_selector, namespaces,
		   policy_namespace_matches),
	LIST_FIELD("matchPIDs", pid_object, policy_selector, pids, policy_pid_matches),
	LIST_FIELD("matchParentBinaries", binary_object, policy_selector, parent_binaries,
		   policy_binary_matches, .items_max = 1),
	LIST_FIELD("matchReturnActions", action_object, policy_selector, return_actions,
		   policy_actions),
	LIST_FIELD("matchReturnArgs", arg_match_object, policy_selector, return_args,
		   policy_arg_matches),
	LIST_FIELD("matchUsers", user_object, policy_selector, users, policy_user_matches,
		   .own = true),
	OBJECT_FIELD("matchWorkloads", workloads_object, policy_selector, workloads,
		     policy_workloads),
};

const struct object selector_object = {
	.what = "a selector",
	.size = sizeof(struct policy_selector),
	FIELDS_OF(selector_fields),
};
