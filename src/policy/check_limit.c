// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"
#include "policy/integer.h"
#include "policy/limit_field.h"

/* How often a post is made of the same, and what that is. */

static const struct {
	const char *name;
	enum rate_limit_scope scope;
} scopes[] = {
	{"thread", RATE_LIMIT_THREAD},
	{"process", RATE_LIMIT_PROCESS},
	{"global", RATE_LIMIT_GLOBAL},
};

static void check_rate_limit(struct check *check, struct policy_action *action)
{
	static const char units[] = "smh";
	static const uint64_t milliseconds[] = {1000, 60 * 1000, 60 * 60 * 1000};
	const struct policy_text *text = &action->rate_limit;
	const char *unit = text->len ? strchr(units, text->s[text->len - 1]) : NULL;
	struct integer integer;

	if (!POLICY_SET(*text))
		return;
	/* strchr() finds the end of a string too. */
	if (unit && !*unit)
		unit = NULL;
	if (!text->len || text->s[0] < '0' || text->s[0] > '9' ||
	    integer_read(text->s, text->len - (unit != NULL), &integer) < 0 ||
	    __builtin_mul_overflow(integer.magnitude, milliseconds[unit ? unit - units : 0],
				   &action->rate_limit_ms)) {
		finding_remedy(check_error(check, text->mark, QUOTED " is not a rate limit",
					   QUOTE(text->s, text->len)),
			       "write how long nothing like it is posted: \"5\" or \"5s\" for "
			       "seconds, \"5m\" for minutes, \"1h\" for hours");
	}
}

static void check_scope_of_limit(struct check *check, struct policy_action *action)
{
	const struct policy_text *text = &action->rate_limit_scope;

	if (!POLICY_SET(*text))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(scopes); i++) {
		if (!check_text_is(text, scopes[i].name))
			continue;
		action->scope = scopes[i].scope;
		if (!POLICY_SET(action->rate_limit))
			check_warning(check, text->mark,
				      "rateLimitScope is of no effect without rateLimit");
		return;
	}
	finding_remedy(check_error(check, text->mark, QUOTED " is not a scope of a rate limit",
				   QUOTE(text->s, text->len)),
		       "there are: thread, process, global");
}

static void check_fields(struct check *check, const struct policy_hook *hook,
			 struct policy_action *action)
{
	const struct policy_texts *fields = &action->rate_limit_fields;

	if (!POLICY_SET(*fields))
		return;
	if (!POLICY_SET(action->rate_limit))
		check_warning(check, fields->mark,
			      "rateLimitFields is of no effect without rateLimit");
	if (POLICY_SET(action->rate_limit_scope))
		finding_remedy(check_error(check, action->rate_limit_scope.mark,
					   "rateLimitFields says all that makes the same"),
			       "instead of rateLimitScope, put process.tid or process.pid into "
			       "rateLimitFields, or nothing for all processes together");
	action->limit_fields = builder_alloc(&check->builder, fields->mark, fields->n,
					     sizeof(*action->limit_fields));
	for (size_t i = 0; action->limit_fields && i < fields->n; i++)
		if (POLICY_SET(fields->v[i]))
			limit_field_read(&check->builder, hook, action->on_return, &fields->v[i],
					 &action->limit_fields[i]);
}

void check_limit(struct check *check, const struct policy_hook *hook, struct policy_action *action)
{
	check_rate_limit(check, action);
	check_scope_of_limit(check, action);
	check_fields(check, hook, action);
}
