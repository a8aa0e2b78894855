// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"
#include "policy/schema.h"
#include "policy/values.h"

#define MISTAKES_MAX 3

/* Macros. */

static struct policy_macro *find_macro(struct check *check, const struct policy_text *name)
{
	const struct policy_macros *macros = &check->policy->spec.macros;
	struct suggest suggest;
	struct finding *finding;

	if (!builder_spend(&check->builder, name->mark, macros->n))
		return NULL;
	for (size_t i = 0; i < macros->n; i++) {
		const struct policy_text *key = &macros->v[i].key;

		if (key->len == name->len && !memcmp(key->s, name->s, name->len))
			return &macros->v[i];
	}
	finding = check_error(check, name->mark, "there is no macro " QUOTED,
			      QUOTE(name->s, name->len));
	/* How near names are takes long to say, and few are told. */
	if (!finding)
		return NULL;
	suggest_init(&suggest, name->s, name->len, MISTAKES_MAX);
	for (size_t i = 0; i < macros->n; i++)
		suggest_offer(&suggest, macros->v[i].key.s);
	if (!finding_suggest(finding, &suggest))
		finding_remedy(finding, "define it in spec.selectorsMacros");
	return NULL;
}

/* Copies what a macro has in this field: what is read out of the items is the selector's own. */
static void merge_field(struct check *check, const struct field *field,
			const struct policy_text *name, const void *from, void *to)
{
	const struct policy_array *source = from;
	struct policy_array *target = to;
	struct finding *finding;

	if (!POLICY_SET(*source))
		return;
	if (POLICY_SET(*target)) {
		finding = check_error(check, name->mark,
				      "the macro " QUOTED " has %s, and so has "
				      "the selector or another of its macros",
				      QUOTE(name->s, name->len), field->name);
		finding_why(finding, "they are in lines %u and %u", source->mark.line,
			    target->mark.line);
		return;
	}
	if (field->shape == FIELD_ONE) {
		memcpy(to, from, field->object->size);
		return;
	}
	*target = *source;
	target->v = builder_alloc(&check->builder, name->mark, source->n, field->object->size);
	if (target->v && source->n)
		memcpy(target->v, source->v, source->n * field->object->size);
	else
		target->n = 0;
}

static void merge_macro(struct check *check, struct policy_selector *selector,
			const struct policy_text *name, const struct policy_macro *macro)
{
	if (!selector->label.len)
		selector->label = macro->selector.label;
	if (POLICY_SET(macro->selector.workloads))
		finding_why(check_warning(check, macro->selector.workloads.mark,
					  "the macro limits selectors to some workloads"),
			    "Tetragon takes no notice of matchWorkloads in a macro");
	for (size_t i = 0; i < selector_object.n_fields; i++) {
		const struct field *field = &selector_object.fields[i];

		if (field->type == FIELD_OBJECT)
			merge_field(check, field, name,
				    (const char *)&macro->selector + field->offset,
				    (char *)selector + field->offset);
	}
}

static void merge_macros(struct check *check, struct policy_selector *selector)
{
	for (size_t i = 0; i < selector->macros.n; i++) {
		const struct policy_text *name = &selector->macros.v[i];
		struct policy_macro *macro;
		bool twice = false;

		if (!POLICY_SET(*name) || !builder_spend(&check->builder, name->mark, i))
			continue;
		for (size_t j = 0; j < i; j++)
			twice |= selector->macros.v[j].len == name->len &&
				 !memcmp(selector->macros.v[j].s, name->s, name->len);
		macro = twice ? NULL : find_macro(check, name);
		if (twice)
			check_error(check, name->mark, "the macro " QUOTED " is here twice",
				    QUOTE(name->s, name->len));
		if (!macro)
			continue;
		macro->used = true;
		merge_macro(check, selector, name, macro);
	}
}

void check_unused_macros(struct check *check)
{
	const struct policy_macros *macros = &check->policy->spec.macros;

	for (size_t i = 0; i < macros->n; i++) {
		const struct policy_macro *macro = &macros->v[i];

		if (macro->selector.macros.n)
			finding_remedy(check_error(check, macro->selector.macros.mark,
						   "a macro cannot be made of macros"),
				       "name all of them in the selector");
		if (!macro->used)
			finding_why(check_warning(check, macro->mark,
						  "no selector uses the macro " QUOTED,
						  QUOTE(macro->key.s, macro->key.len)),
				    "whether it makes sense is not looked at");
	}
}

/* Filters. */

static void check_pids(struct check *check, const struct policy_pid_match *match)
{
	check_has_values(check, (const struct policy_array *)(const void *)&match->values,
			 match->mark, "matchPIDs");
	for (size_t i = 0; i < match->values.n; i++)
		if (match->values.v[i].v < 0)
			check_error(check, match->values.v[i].mark, "no process has a negative id");
}

static void check_binaries(struct check *check, const struct policy_binary_match *match)
{
	bool whole = match->operator.v == BINARY_IN || match->operator.v == BINARY_NOT_IN;

	check_has_values(check, (const struct policy_array *)(const void *)&match->values,
			 match->mark, "matchBinaries");
	if (match->operator.v >= 0 && !whole && match->follow_children.v)
		finding_remedy(check_error(check, match->follow_children.mark,
					   "followChildren is for In and NotIn"),
			       "name the whole paths of the binaries");
	for (size_t i = 0; i < match->values.n; i++) {
		const struct policy_text *value = &match->values.v[i];

		if (POLICY_SET(*value) && !value->len)
			check_error(check, value->mark, "the path is empty");
		else if (whole && value->len && *value->s != '/')
			finding_remedy(check_warning(check, value->mark,
						     QUOTED " is not the whole path of a binary",
						     QUOTE(value->s, value->len)),
				       "begin it with \"/\", or use Postfix");
	}
}

static void check_namespaces(struct check *check, struct policy_namespace_match *match)
{
	check_has_values(check, (const struct policy_array *)(const void *)&match->values,
			 match->mark, "matchNamespaces");
	values_read_namespaces(&check->builder, &match->values, &match->inodes, &match->host);
}

static void check_namespace_changes(struct check *check, struct policy_namespace_change *match)
{
	check_has_values(check, (const struct policy_array *)(const void *)&match->values,
			 match->mark, "matchNamespaceChanges");
	for (size_t i = 0; i < match->values.n; i++) {
		const struct policy_text *value = &match->values.v[i];
		int kind = vocabulary_find(&namespace_kinds, value->s, value->len);

		if (kind >= 0)
			match->namespaces |= 1U << kind;
		else if (POLICY_SET(*value))
			vocabulary_remedy(&namespace_kinds, value->s, value->len,
					  check_error(check, value->mark, QUOTED " is not %s",
						      QUOTE(value->s, value->len),
						      namespace_kinds.what));
	}
}

static void check_capabilities(struct check *check, struct policy_capability_match *match,
			       const char *filter)
{
	check_has_values(check, (const struct policy_array *)(const void *)&match->values,
			 match->mark, filter);
	match->mask = values_read_capabilities(&check->builder, &match->values);
}

static void check_users(struct check *check, struct policy_user_match *match)
{
	check_has_values(check, (const struct policy_array *)(const void *)&match->values,
			 match->mark, "matchUsers");
	values_read_users(&check->builder, &match->values, &match->ids);
}

static void check_string(struct check *check, const struct policy_string_match *match,
			 const char *filter)
{
	bool takes_values = match->operator.v<STRING_EXISTS;

	if (match->operator.v<0)
		return;
	check_pay_values(check, (const struct policy_array *)(const void *)&match->values,
			 match->mark);
	if (takes_values && !match->values.n)
		check_error(check, match->mark, "%s without values is true of nothing", filter);
	if (!takes_values && match->values.n)
		check_error(check, match->values.mark, "%s takes no values",
			    string_operators.name((size_t)match->operator.v));
	for (size_t i = 0; i < match->values.n; i++)
		if (POLICY_SET(match->values.v[i]) && !match->values.v[i].len &&
		    match->operator.v != STRING_EQUAL && match->operator.v != STRING_NOT_EQUAL)
			check_error(check, match->values.v[i].mark,
				    "the value is empty: it is in everything");
}

static void check_argument(struct check *check, const struct policy_string_match *match)
{
	check_string(check, match, "matchArguments");
	if (match->operator.v >= STRING_EXISTS && !POLICY_SET(match->index))
		finding_remedy(check_error(check, match->mark, "which argument is not said"),
			       "add index, which counts from 0: the name of the program");
}

static void check_variable(struct check *check, const struct policy_string_match *match)
{
	check_string(check, match, "matchEnvironment");
	if (!POLICY_SET(match->name))
		return;
	if (!match->name.len || memchr(match->name.s, '=', match->name.len))
		check_error(check, match->name.mark,
			    QUOTED " is not the name of a variable of the environment",
			    QUOTE(match->name.s, match->name.len));
}

#define vec_for_each(item, array)                                                                \
	for (__typeof__((array).v) item = (array).v, _end = (array).n ? item + (array).n : item; \
	     item != _end; item++)                                                               \
		if (POLICY_SET(*item))

void check_selector(struct check *check, const struct policy_hook *hook,
		    struct policy_selector *selector)
{
	merge_macros(check, selector);
	vec_for_each (match, selector->pids)
		check_pids(check, match);
	vec_for_each (match, selector->binaries)
		check_binaries(check, match);
	vec_for_each (match, selector->parent_binaries)
		check_binaries(check, match);
	vec_for_each (match, selector->namespaces)
		check_namespaces(check, match);
	vec_for_each (match, selector->namespace_changes)
		check_namespace_changes(check, match);
	vec_for_each (match, selector->capabilities)
		check_capabilities(check, match, "matchCapabilities");
	vec_for_each (match, selector->capability_changes)
		check_capabilities(check, match, "matchCapabilityChanges");
	vec_for_each (match, selector->users)
		check_users(check, match);
	vec_for_each (match, selector->arguments)
		check_argument(check, match);
	vec_for_each (match, selector->environment)
		check_variable(check, match);
	check_workloads(check, &selector->workloads);
	check_arg_matches(check, hook, selector);
	check_actions(check, hook, selector);
}
