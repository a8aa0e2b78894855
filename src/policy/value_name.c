// SPDX-License-Identifier: Apache-2.0
#include "policy/value_name.h"
#include "base/macro.h"

#include <string.h>

/* Digits, and no more than there are values. */
static bool read_place(const char *s, size_t len, size_t n, size_t *ret)
{
	size_t v = 0;

	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9' || v >= n)
			return false;
		v = 10 * v + (size_t)(s[i] - '0');
	}
	*ret = v;
	return len && v < n;
}

bool value_name_find(const struct policy_hook *hook, const char *name, size_t len,
		     size_t *ret_place)
{
	const struct {
		const char *name;
		size_t n, first;
	} sections[] = {{"arg", hook->args.n, 0}, {"data", hook->data.n, hook->args.n}};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		size_t prefix = strlen(sections[i].name);
		size_t place;

		if (len <= prefix || memcmp(name, sections[i].name, prefix) != 0 ||
		    !read_place(name + prefix, len - prefix, sections[i].n, &place))
			continue;
		*ret_place = sections[i].first + place;
		return true;
	}
	return false;
}
