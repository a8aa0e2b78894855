// SPDX-License-Identifier: Apache-2.0
#include "filter/regex.h"
#include "base/cleanup.h"
#include "regex/pattern.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct regex {
	struct pattern *pattern;
	struct matcher *matcher;
};

void regex_free(struct regex **regex)
{
	if (!*regex)
		return;
	matcher_free(&(*regex)->matcher);
	pattern_free(&(*regex)->pattern);
	free(*regex);
	*regex = NULL;
}

int regex_new(const char *pattern, struct regex **ret, struct error **reterr)
{
	_cleanup_(regex_free) struct regex *regex = calloc(1, sizeof(*regex));
	size_t len = strlen(pattern);
	struct pattern_error why;
	int r;

	if (!regex)
		return -ENOMEM;
	r = pattern_new(pattern, len, PATTERN_OF_BYTES, &regex->pattern, &why);
	if (r == -E2BIG)
		return error_set(reterr, r, "a regular expression of %zu bytes; the limit is %d",
				 len, PATTERN_MAX);
	if (r == -EINVAL)
		return error_set(reterr, r, "bad regular expression \"%s\": %s at offset %zu",
				 pattern, why.reason, why.offset);
	if (r >= 0)
		r = matcher_new(&regex->matcher);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(regex);
	return 0;
}

int regex_match(struct regex *regex, const char *text)
{
	return pattern_search(regex->pattern, regex->matcher, text, strlen(text));
}
