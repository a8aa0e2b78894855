// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <assert.h>
#include <string.h>

bool completion_is_file(const struct option_spec *spec)
{
	return spec->argument && !strcmp(spec->argument, "FILE");
}

/* Whether the name begins with these words, and has more. */
static bool is_longer(const char *name, const struct completion_prefix *prefix)
{
	return !strncmp(name, prefix->text, prefix->len) &&
	       (prefix->len ? name[prefix->len] == ' ' : name[0]);
}

static bool is_new(const struct completion_prefix *prefix, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (is_longer(command_table[i]->name, prefix))
			return false;
	return true;
}

size_t completion_prefixes(struct completion_prefix ret[COMPLETION_PREFIXES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; command_table[i]; i++) {
		struct completion_prefix prefix = {.text = command_table[i]->name};

		while (is_longer(command_table[i]->name, &prefix)) {
			size_t next = prefix.len + (prefix.len > 0);

			assert(n < COMPLETION_PREFIXES_MAX);
			if (is_new(&prefix, i))
				ret[n++] = prefix;
			prefix.len = next + strcspn(prefix.text + next, " ");
		}
	}
	return n;
}

bool completion_next(const struct completion_prefix *prefix, size_t *at,
		     struct completion_word *ret)
{
	for (; command_table[*at]; (*at)++) {
		const struct command *command = command_table[*at];
		const struct command_group *group;
		size_t skip = prefix->len + (prefix->len > 0), len;
		struct completion_prefix whole = {.text = command->name};

		if (!is_longer(command->name, prefix))
			continue;
		len = strcspn(command->name + skip, " ");
		whole.len = skip + len;
		*ret = (struct completion_word){
			.text = command->name + skip,
			.len = len,
			.summary = command->summary,
			.alias = prefix->len ? NULL : command->alias,
		};
		if (!command->name[whole.len]) {
			(*at)++;
			return true;
		}
		/* Of the commands of a group, the first stands for it. */
		if (!is_new(&whole, *at))
			continue;
		for (group = command_groups; group->name; group++)
			if (!prefix->len && strlen(group->name) == len &&
			    !strncmp(group->name, ret->text, len))
				break;
		ret->summary = group->name ? group->summary : "";
		ret->aliases = group->aliases;
		ret->alias = NULL;
		(*at)++;
		return true;
	}
	return false;
}
