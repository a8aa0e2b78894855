// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"

static void check_match(struct check *check, const struct policy_label_match *match)
{
	bool takes = match->operator.v == LABEL_IN || match->operator.v == LABEL_NOT_IN;

	if (POLICY_SET(match->key) && !match->key.len)
		check_error(check, match->key.mark, "the key of a label is empty");
	if (!POLICY_CHOSEN(match->operator))
		return;
	if (takes && !match->values.n)
		check_error(check, match->mark, "%s needs values",
			    match->operator.v == LABEL_IN ? "In" : "NotIn");
	if (!takes && match->values.n)
		check_error(check, match->values.mark, "%s takes no values",
			    match->operator.v == LABEL_EXISTS ? "Exists" : "DoesNotExist");
}

static void check_labels(struct check *check, const struct policy_labels *labels)
{
	for (size_t i = 0; i < labels->match_expressions.n; i++)
		if (POLICY_SET(labels->match_expressions.v[i]))
			check_match(check, &labels->match_expressions.v[i]);
	for (size_t i = 0; i < labels->match_labels.n; i++)
		if (!labels->match_labels.v[i].key.len)
			check_error(check, labels->match_labels.v[i].mark,
				    "the key of a label is empty");
}

static void check_container_key(struct check *check, const struct policy_text *key)
{
	if (key->len && !check_text_is(key, "name") && !check_text_is(key, "repo"))
		finding_remedy(check_warning(check, key->mark, "containers have no " QUOTED,
					     QUOTE(key->s, key->len)),
			       "a containerSelector asks for \"name\", or for \"repo\", the image "
			       "without its tag");
}

static void check_containers(struct check *check, const struct policy_labels *labels)
{
	check_labels(check, labels);
	for (size_t i = 0; i < labels->match_expressions.n; i++)
		check_container_key(check, &labels->match_expressions.v[i].key);
	for (size_t i = 0; i < labels->match_labels.n; i++)
		check_container_key(check, &labels->match_labels.v[i].key);
}

void check_workloads(struct check *check, const struct policy_workloads *workloads)
{
	check_labels(check, &workloads->pods);
	check_containers(check, &workloads->containers);
}

void check_scope(struct check *check)
{
	struct policy_spec *spec = &check->policy->spec;

	check_workloads(check, &spec->workloads);
	check_labels(check, &spec->nodes);
	if (check->policy->kind == POLICY_NAMESPACED)
		spec->workloads.namespace = check->policy->metadata.namespace.s;
	for (size_t kind = 0; kind < HOOK_KINDS; kind++)
		for (size_t i = 0; i < spec->hooks[kind].n; i++)
			spec->hooks[kind].v[i].scope = &spec->workloads;
}
