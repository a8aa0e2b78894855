// SPDX-License-Identifier: Apache-2.0
#include "policy/vocabulary.h"

#include "base/macro.h"
#include "base/suggest.h"

#include <string.h>
#include <strings.h>

/* More letters wrong than this, and one word is as likely meant as another. */
#define MISTAKES_MAX 3

/* So many words can be listed in a message. */
#define LISTED_MAX 12

#define WORDS(variable, description, ...)                         \
	static const char *variable##_name(size_t i)              \
	{                                                         \
		static const char *const words[] = {__VA_ARGS__}; \
		return i < ARRAY_SIZE(words) ? words[i] : NULL;   \
	}                                                         \
	const struct vocabulary variable = {.what = description, .name = variable##_name}

WORDS(in_operators, "an operator here", [IN_OPERATOR_IN] = "In", [IN_OPERATOR_NOT_IN] = "NotIn");

WORDS(binary_operators, "an operator here", [BINARY_IN] = "In", [BINARY_NOT_IN] = "NotIn",
      [BINARY_PREFIX] = "Prefix", [BINARY_NOT_PREFIX] = "NotPrefix", [BINARY_POSTFIX] = "Postfix",
      [BINARY_NOT_POSTFIX] = "NotPostfix");

WORDS(label_operators, "an operator on labels", "In", "NotIn", "Exists", "DoesNotExist");

WORDS(namespace_kinds, "a kind of namespace", [NAMESPACE_UTS] = "Uts", [NAMESPACE_IPC] = "Ipc",
      [NAMESPACE_MNT] = "Mnt", [NAMESPACE_PID] = "Pid",
      [NAMESPACE_PID_FOR_CHILDREN] = "PidForChildren", [NAMESPACE_NET] = "Net",
      [NAMESPACE_TIME] = "Time", [NAMESPACE_TIME_FOR_CHILDREN] = "TimeForChildren",
      [NAMESPACE_CGROUP] = "Cgroup", [NAMESPACE_USER] = "User");

WORDS(capability_sets, "a set of capabilities", [CAPABILITY_SET_EFFECTIVE] = "Effective",
      [CAPABILITY_SET_INHERITABLE] = "Inheritable", [CAPABILITY_SET_PERMITTED] = "Permitted");

WORDS(user_ids, "an id of a user", [USER_ID_EFFECTIVE] = "Effective", [USER_ID_REAL] = "Real",
      [USER_ID_SAVED] = "Saved", [USER_ID_FILESYSTEM] = "Filesystem");

WORDS(string_operators,
      "an operator here", [STRING_EQUAL] = "Equal", [STRING_NOT_EQUAL] = "NotEqual",
      [STRING_PREFIX] = "Prefix", [STRING_NOT_PREFIX] = "NotPrefix", [STRING_POSTFIX] = "Postfix",
      [STRING_NOT_POSTFIX] = "NotPostfix", [STRING_SUBSTRING] = "SubString",
      [STRING_NOT_SUBSTRING] = "NotSubString", [STRING_SUBSTRING_IGNORE_CASE] = "SubStringIgnCase",
      [STRING_NOT_SUBSTRING_IGNORE_CASE] = "NotSubStringIgnCase", [STRING_EXISTS] = "Exists",
      [STRING_DOES_NOT_EXIST] = "DoesNotExist");

WORDS(list_types, "a type of list", "syscalls", "generated_syscalls", "generated_ftrace");

int vocabulary_find(const struct vocabulary *words, const char *s, size_t len)
{
	const char *name;

	for (size_t i = 0; (name = words->name(i)); i++)
		if (strlen(name) == len && !memcmp(name, s, len))
			return (int)i;
	return -1;
}

void vocabulary_remedy(const struct vocabulary *words, const char *s, size_t len,
		       struct finding *finding)
{
	struct str list = STR_INIT;
	struct suggest suggest;
	const char *name;
	size_t n = 0;

	if (!finding)
		return;
	suggest_init(&suggest, s, len, MISTAKES_MAX);
	for (; (name = words->name(n)); n++) {
		suggest_offer(&suggest, name);
		str_appendf(&list, "%s%s", n ? ", " : "", name);
	}
	if (!finding_suggest(finding, &suggest) && n <= LISTED_MAX && str_cstr(&list))
		finding_remedy(finding, "there are: %s", list.data);
	str_free(&list);
}

static bool same(const char *name, const char *s, size_t len)
{
	return strlen(name) == len && !strncasecmp(name, s, len);
}

bool number_name_read(const struct number_names *names, const char *s, size_t len, uint64_t *ret)
{
	size_t prefix = names->prefix ? strlen(names->prefix) : 0;

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->v[i].name;

		if (!same(name, s, len) && !(prefix && same(name + prefix, s, len)))
			continue;
		*ret = names->v[i].number;
		return true;
	}
	return false;
}

void number_name_remedy(const struct number_names *names, const char *s, size_t len,
			struct finding *finding)
{
	struct suggest suggest;

	/* How near names are takes long to say, and few are told. */
	if (!finding)
		return;
	suggest_init(&suggest, s, len, MISTAKES_MAX);
	for (size_t i = 0; i < names->n; i++)
		suggest_offer(&suggest, names->v[i].name);
	if (!finding_suggest(finding, &suggest) && names->n)
		finding_remedy(finding, "a name is written as in \"%s\"", names->v[0].name);
}
