// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"
#include "policy/syscall_list.h"
#include "policy/values.h"

#include <stdio.h>

/* "sys_dup", "__x64_sys_dup", "i386/sys_dup". */
static bool is_syscall(const struct policy_text *text)
{
	return strstr(text->s, "sys_") != NULL && !strchr(text->s, ' ');
}

static bool is_security_function(const struct policy_text *text)
{
	return !strncmp(text->s, "security_", strlen("security_"));
}

static void check_values(struct check *check, const struct policy_list *list)
{
	for (size_t i = 0; i < list->values.n; i++) {
		const struct policy_text *value = &list->values.v[i];

		if (!POLICY_SET(*value))
			continue;
		if (!value->len)
			check_error(check, value->mark, "the value is empty");
		else if (list->type.v == LIST_SYSCALLS && !is_syscall(value))
			finding_remedy(check_error(check, value->mark,
						   QUOTED " is not the name of a system call",
						   QUOTE(value->s, value->len)),
				       "write it as \"sys_%.40s\"; \"i386/sys_%.40s\" is that of "
				       "32-bit programs",
				       value->s, value->s);
	}
}

static void check_list(struct check *check, struct policy_list *list)
{
	bool generated =
		list->type.v == LIST_GENERATED_SYSCALLS || list->type.v == LIST_GENERATED_FTRACE;

	if (!POLICY_SET(*list))
		return;
	if (POLICY_SET(list->name) && !list->name.len)
		check_error(check, list->name.mark, "the list's name is empty");
	if (generated && list->values.n)
		finding_why(check_warning(check, list->values.mark, "the values are ignored"),
			    "what is on a generated list is found out on the machine");
	if (!generated && !list->values.n && !(POLICY_SET(list->type) && list->type.v < 0))
		finding_remedy(check_error(check, list->mark, "the list has no values"),
			       "add values, or the type of a generated list");
	if (list->type.v == LIST_GENERATED_FTRACE && !list->pattern.len)
		finding_remedy(check_error(check, list->mark,
					   "a list of type generated_ftrace needs a pattern"),
			       "pattern: a regular expression for the names of functions");
	if (list->type.v != LIST_GENERATED_FTRACE && POLICY_SET(list->pattern))
		check_warning(check, list->pattern.mark,
			      "the pattern is ignored: it is for lists of type generated_ftrace");
	check_values(check, list);
	syscall_list_read(&check->builder, list);
}

void check_lists(struct check *check)
{
	const struct policy_lists *lists = &check->policy->spec.lists;

	for (size_t i = 0; i < lists->n; i++) {
		struct policy_list *list = &lists->v[i];

		check_list(check, list);
		if (!builder_spend(&check->builder, list->mark, i))
			return;
		for (size_t j = 0; j < i && POLICY_SET(list->name); j++) {
			const struct policy_list *other = &lists->v[j];

			if (other->name.len != list->name.len ||
			    memcmp(other->name.s, list->name.s, list->name.len) != 0)
				continue;
			finding_why(check_error(check, list->name.mark,
						"there is another list " QUOTED,
						QUOTE(list->name.s, list->name.len)),
				    "it is in line %u", other->mark.line);
			break;
		}
	}
}

static const struct policy_list *check_call(struct check *check, const struct policy_text *call)
{
	const struct policy_list *list;
	size_t len;

	if (!values_list_name(call, &len)) {
		if (POLICY_SET(*call) && !is_syscall(call) && !is_security_function(call))
			finding_remedy(
				check_error(check, call->mark, QUOTED " cannot be enforced on",
					    QUOTE(call->s, call->len)),
				"name a system call, such as \"sys_dup\", a function that "
				"begins with \"security_\", or a list of them, \"list:NAME\"");
		return NULL;
	}
	list = values_find_list(&check->builder, &check->policy->spec.lists, call);
	if (list && list->type.v == LIST_GENERATED_FTRACE)
		check_error(check, call->mark,
			    "the list " QUOTED " is of functions that cannot be enforced on",
			    QUOTE(list->name.s, list->name.len));
	return list;
}

void check_enforcers(struct check *check)
{
	const struct policy_enforcers *enforcers = &check->policy->spec.enforcers;

	for (size_t i = 0; i < enforcers->n; i++) {
		struct policy_enforcer *enforcer = &enforcers->v[i];

		if (POLICY_SET(enforcer->calls) && !enforcer->calls.n)
			check_error(check, enforcer->calls.mark, "the enforcer has no calls");
		enforcer->lists = builder_alloc(&check->builder, enforcer->mark, enforcer->calls.n,
						sizeof(*enforcer->lists));
		for (size_t j = 0; enforcer->lists && j < enforcer->calls.n; j++)
			enforcer->lists[j] = check_call(check, &enforcer->calls.v[j]);
	}
}

void check_unused_lists(struct check *check)
{
	const struct policy_lists *lists = &check->policy->spec.lists;

	for (size_t i = 0; i < lists->n; i++)
		if (!lists->v[i].used && lists->v[i].name.len)
			check_warning(check, lists->v[i].mark, "nothing uses the list " QUOTED,
				      QUOTE(lists->v[i].name.s, lists->v[i].name.len));
}
