// SPDX-License-Identifier: Apache-2.0
#include "policy/schema_parts.h"

static const struct field match_fields[] = {
	STRING_FIELD("key", policy_label_match, key, .required = true),
	CHOICE_FIELD("operator", label_operators, policy_label_match, operator, .required = true),
	STRINGS_FIELD("values", policy_label_match, values, .atomic = true),
};

static const struct object match_object = {
	.what = "an expression on labels",
	.size = sizeof(struct policy_label_match),
	FIELDS_OF(match_fields),
};

static const struct field labels_fields[] = {
	LIST_FIELD("matchExpressions", match_object, policy_labels, match_expressions,
		   policy_label_matches, .atomic = true),
	PAIRS_FIELD("matchLabels", policy_labels, match_labels),
};

const struct object labels_object = {
	.what = "a label selector",
	.size = sizeof(struct policy_labels),
	.atomic = true,
	FIELDS_OF(labels_fields),
};

static bool is_everything(const void *object)
{
	const struct policy_labels *labels = object;

	return !POLICY_SET(labels->match_labels) && !POLICY_SET(labels->match_expressions);
}

static const struct constraint host_constraints[] = {
	{
		.cel = "!has(self.matchLabels) && !has(self.matchExpressions)",
		.holds = is_everything,
		.what = "hostSelector asks for labels, and hosts have none",
		.remedy = "write hostSelector: {} to select what runs in no container",
	},
};

const struct object host_object = {
	.what = "a hostSelector",
	.size = sizeof(struct policy_labels),
	.atomic = true,
	FIELDS_OF(labels_fields),
	CONSTRAINTS_OF(host_constraints),
};
