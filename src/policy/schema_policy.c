// SPDX-License-Identifier: Apache-2.0
#include "policy/schema_parts.h"

/* Those of any object of a cluster. What a cluster adds to what it gives back is of no use here. */
static const struct field metadata_fields[] = {
	STRING_FIELD("name", policy_metadata, name, .required = true),
	STRING_FIELD("namespace", policy_metadata, namespace),
	PAIRS_FIELD("labels", policy_metadata, labels),
	PAIRS_FIELD("annotations", policy_metadata, annotations),
	IGNORED_FIELD("creationTimestamp"),
	IGNORED_FIELD("deletionGracePeriodSeconds"),
	IGNORED_FIELD("deletionTimestamp"),
	IGNORED_FIELD("finalizers"),
	IGNORED_FIELD("generateName"),
	IGNORED_FIELD("generation"),
	IGNORED_FIELD("managedFields"),
	IGNORED_FIELD("ownerReferences"),
	IGNORED_FIELD("resourceVersion"),
	IGNORED_FIELD("selfLink"),
	IGNORED_FIELD("uid"),
};

const struct object metadata_object = {
	.what = "metadata",
	.size = sizeof(struct policy_metadata),
	FIELDS_OF(metadata_fields),
};

static const struct field list_fields[] = {
	STRING_FIELD("name", policy_list, name, .required = true),
	STRING_FIELD("pattern", policy_list, pattern),
	CHOICE_FIELD("type", list_types, policy_list, type),
	BOOL_FIELD("validated", policy_list, validated),
	STRINGS_FIELD("values", policy_list, values),
};

static const struct object list_object = {
	.what = "a list",
	.size = sizeof(struct policy_list),
	FIELDS_OF(list_fields),
};

static const struct field enforcer_fields[] = {
	STRINGS_FIELD("calls", policy_enforcer, calls, .required = true),
};

static const struct object enforcer_object = {
	.what = "an enforcer",
	.size = sizeof(struct policy_enforcer),
	FIELDS_OF(enforcer_fields),
};

static const struct field option_fields[] = {
	STRING_FIELD("name", policy_option, name, .required = true),
	STRING_FIELD("value", policy_option, value),
};

static const struct object option_object = {
	.what = "an option",
	.size = sizeof(struct policy_option),
	FIELDS_OF(option_fields),
};

#define HOOKS_FIELD(section, which) \
	LIST_FIELD(section, hook_objects[which], policy_spec, hooks[which], policy_hooks)

static const struct field spec_fields[] = {
	OBJECT_FIELD("containerSelector", labels_object, policy_spec, workloads.containers,
		     policy_labels),
	LIST_FIELD("enforcers", enforcer_object, policy_spec, enforcers, policy_enforcers),
	HOOKS_FIELD("fentries", HOOK_FENTRY),
	OBJECT_FIELD("hostSelector", host_object, policy_spec, workloads.host, policy_labels),
	HOOKS_FIELD("kprobes", HOOK_KPROBE),
	LIST_FIELD("lists", list_object, policy_spec, lists, policy_lists),
	BOOL_FIELD("loader", policy_spec, loader),
	HOOKS_FIELD("lsmhooks", HOOK_LSM),
	OBJECT_FIELD("nodeSelector", labels_object, policy_spec, nodes, policy_labels),
	LIST_FIELD("options", option_object, policy_spec, options, policy_options),
	OBJECT_FIELD("podSelector", labels_object, policy_spec, workloads.pods, policy_labels),
	{.name = "selectorsMacros",
	 .type = FIELD_OBJECT,
	 .shape = FIELD_MAP,
	 .object = &selector_object,
	 .entry_size = sizeof(struct policy_macro),
	 .entry_key = offsetof(struct policy_macro, key),
	 .entry_object = offsetof(struct policy_macro, selector),
	 .offset = MEMBER_OF(policy_spec, macros, policy_macros)},
	HOOKS_FIELD("tracepoints", HOOK_TRACEPOINT),
	HOOKS_FIELD("uprobes", HOOK_UPROBE),
	HOOKS_FIELD("usdts", HOOK_USDT),
};

static const struct object spec_object = {
	.what = "a spec",
	.size = sizeof(struct policy_spec),
	FIELDS_OF(spec_fields),
};

static const struct field policy_fields[] = {
	STRING_FIELD("apiVersion", policy, api_version),
	STRING_FIELD("kind", policy, kind_name),
	OBJECT_FIELD("metadata", metadata_object, policy, metadata, policy_metadata,
		     .required = true),
	OBJECT_FIELD("spec", spec_object, policy, spec, policy_spec, .required = true),
};

static bool has_no_host(const void *object)
{
	const struct policy *policy = object;

	return !POLICY_SET(policy->spec.workloads.host);
}

static const struct constraint namespaced_constraints[] = {
	{
		.cel = "!has(self.spec.hostSelector)",
		.holds = has_no_host,
		.what = "a TracingPolicyNamespaced has a hostSelector, and hosts are in no "
			"namespace",
		.remedy = "make it a TracingPolicy, or leave the hostSelector out",
	},
};

const struct object policy_objects[POLICY_KINDS] = {
	[POLICY_CLUSTER] = {.what = "a TracingPolicy",
			    .size = sizeof(struct policy),
			    FIELDS_OF(policy_fields)},
	[POLICY_NAMESPACED] = {.what = "a TracingPolicyNamespaced",
			       .size = sizeof(struct policy),
			       FIELDS_OF(policy_fields),
			       CONSTRAINTS_OF(namespaced_constraints)},
};

const char *const policy_kind_names[POLICY_KINDS] = {
	[POLICY_CLUSTER] = "TracingPolicy",
	[POLICY_NAMESPACED] = "TracingPolicyNamespaced",
};
