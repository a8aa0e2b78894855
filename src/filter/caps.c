// SPDX-License-Identifier: Apache-2.0
#include "filter/caps.h"

#include <errno.h>

#define CAPS_MAX 64

static int rule_init(const Tetragon__CapFilterSet *set, const char *name, struct caps_rule *ret,
		     struct error **reterr)
{
	const struct {
		enum caps_rule_kind kind;
		size_t n;
		const Tetragon__CapabilitiesType *caps;
	} lists[] = {
		{CAPS_RULE_ANY, set->n_any, set->any},
		{CAPS_RULE_ALL, set->n_all, set->all},
		{CAPS_RULE_EXACTLY, set->n_exactly, set->exactly},
		{CAPS_RULE_NONE, set->n_none, set->none},
	};
	struct caps_rule rule = {0};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		if (lists[i].n == 0)
			continue;
		if (rule.kind)
			return error_set(reterr, -EINVAL,
					 "%s: only one of any, all, exactly and none can be given",
					 name);
		rule.kind = lists[i].kind;
		for (size_t j = 0; j < lists[i].n; j++) {
			uint32_t cap = (uint32_t)lists[i].caps[j];

			if (cap >= CAPS_MAX)
				return error_set(reterr, -EINVAL, "%s: %u is no capability", name,
						 cap);
			rule.mask |= 1ULL << cap;
		}
	}
	if (!rule.kind)
		return error_set(reterr, -EINVAL,
				 "%s: one of any, all, exactly and none must be given", name);
	*ret = rule;
	return 0;
}

int caps_filter_init(const Tetragon__CapFilter *msg, struct caps_filter *ret, struct error **reterr)
{
	struct caps_filter filter = {0};
	int r = 0;

	if (msg->permitted)
		r = rule_init(msg->permitted, "permitted", &filter.permitted, reterr);
	if (r == 0 && msg->effective)
		r = rule_init(msg->effective, "effective", &filter.effective, reterr);
	if (r == 0 && msg->inheritable)
		r = rule_init(msg->inheritable, "inheritable", &filter.inheritable, reterr);
	if (r == 0)
		*ret = filter;
	return r;
}

static bool rule_match(const struct caps_rule *rule, const Tetragon__CapabilitiesType *caps,
		       size_t n)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < n; i++)
		if ((uint32_t)caps[i] < CAPS_MAX)
			mask |= 1ULL << caps[i];
	switch (rule->kind) {
	case CAPS_RULE_ANY:
		return mask & rule->mask;
	case CAPS_RULE_ALL:
		return (mask & rule->mask) == rule->mask;
	case CAPS_RULE_EXACTLY:
		return mask == rule->mask;
	case CAPS_RULE_NONE:
		return !(mask & rule->mask);
	default:
		return true;
	}
}

bool caps_filter_match(const struct caps_filter *filter, const Tetragon__Capabilities *caps)
{
	return caps && rule_match(&filter->permitted, caps->permitted, caps->n_permitted) &&
	       rule_match(&filter->effective, caps->effective, caps->n_effective) &&
	       rule_match(&filter->inheritable, caps->inheritable, caps->n_inheritable);
}
