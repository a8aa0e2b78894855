// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"

#define NAME_MAX_LEN 253
#define LABEL_MAX_LEN 63

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* RFC 1123: words of small letters, digits and "-", with dots between them if there may be some. */
static bool is_name(const struct policy_text *text, bool dots)
{
	for (size_t i = 0; i < text->len; i++) {
		char c = text->s[i];
		bool first = i == 0 || text->s[i - 1] == '.';
		bool last = i + 1 == text->len || text->s[i + 1] == '.';

		if (!is_word(c) && !(c == '-' && !first && !last) &&
		    !(c == '.' && dots && !first && i + 1 < text->len))
			return false;
	}
	return text->len > 0;
}

static void check_name(struct check *check, const struct policy_text *text, const char *what,
		       bool dots, size_t max)
{
	if (!POLICY_SET(*text))
		return;
	if (text->len > max)
		check_error(check, text->mark, "%s has %zu characters, and the limit is %zu", what,
			    text->len, max);
	else if (!is_name(text, dots))
		finding_remedy(check_error(check, text->mark, QUOTED " is not %s",
					   QUOTE(text->s, text->len), what),
			       "use small letters, digits and \"-\"%s, and begin and end with a "
			       "letter or a digit",
			       dots ? ", \".\" between words" : "");
}

void check_metadata(struct check *check)
{
	struct policy_metadata *metadata = &check->policy->metadata;

	check_name(check, &metadata->name, "the name of an object", true, NAME_MAX_LEN);
	check_name(check, &metadata->namespace, "the name of a namespace", false, LABEL_MAX_LEN);
	if (check->policy->kind == POLICY_CLUSTER && POLICY_SET(metadata->namespace)) {
		finding_remedy(check_warning(check, metadata->namespace.mark,
					     "a TracingPolicy is in no namespace; this one is "
					     "ignored"),
			       "make it a TracingPolicyNamespaced to have it act there only");
		metadata->namespace.s = "";
		metadata->namespace.len = 0;
	}
	if (check->policy->kind == POLICY_NAMESPACED && POLICY_SET(*metadata) &&
	    !metadata->namespace.len) {
		check_warning(check, metadata->mark,
			      "the policy names no namespace; \"default\" is taken");
		metadata->namespace.s = "default";
		metadata->namespace.len = strlen("default");
	}
}
