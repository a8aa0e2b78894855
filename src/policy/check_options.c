// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"

#include "base/number.h"
#include "policy/integer.h"

#define MISTAKES_MAX 4

/* Returns whether the value is one. */
typedef bool set_fn(struct policy_settings *settings, const struct policy_text *value);

static bool set_mode(struct policy_settings *settings, const struct policy_text *value)
{
	if (check_text_is(value, "enforce"))
		settings->mode = POLICY_MODE_ENFORCE;
	else if (check_text_is(value, "monitor"))
		settings->mode = POLICY_MODE_MONITOR;
	else
		return false;
	return true;
}

static bool set_override_method(struct policy_settings *settings, const struct policy_text *value)
{
	if (check_text_is(value, "fmod-ret"))
		settings->override_method = OVERRIDE_METHOD_FMOD_RET;
	else if (check_text_is(value, "override-return"))
		settings->override_method = OVERRIDE_METHOD_OVERRIDE_RETURN;
	else
		return false;
	return true;
}

static bool set_kprobe_multi(struct policy_settings *settings, const struct policy_text *value)
{
	return number_read_bool(value->s, value->len, &settings->disable_kprobe_multi) == 0;
}

static bool set_uprobe_multi(struct policy_settings *settings, const struct policy_text *value)
{
	return number_read_bool(value->s, value->len, &settings->disable_uprobe_multi) == 0;
}

static bool set_lockout(struct policy_settings *settings, const struct policy_text *value)
{
	return number_read_bool(value->s, value->len, &settings->allow_lockout) == 0;
}

static bool set_preload_size(struct policy_settings *settings, const struct policy_text *value)
{
	struct integer integer;

	if (integer_read(value->s, value->len, &integer) < 0 || integer.negative ||
	    !integer.magnitude || integer.magnitude > INT32_MAX)
		return false;
	settings->sleepable_preload_size = (uint32_t)integer.magnitude;
	return true;
}

static const struct {
	const char *name;
	const char *values;
	set_fn *set;
} options[] = {
	{"allow-lockout", "\"1\" or \"0\"", set_lockout},
	{"disable-kprobe-multi", "\"1\" or \"0\"", set_kprobe_multi},
	{"disable-uprobe-multi", "\"1\" or \"0\"", set_uprobe_multi},
	{"override-method", "\"fmod-ret\" or \"override-return\"", set_override_method},
	{"policy-mode", "\"enforce\" or \"monitor\"", set_mode},
	{"sleepable-preload-size", "a number greater than 0", set_preload_size},
};

static size_t find(const struct policy_text *name)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(options) && !check_text_is(name, options[i].name))
		i++;
	return i;
}

/* It is for others, or for another version, and no error. */
static void ignore(struct check *check, const struct policy_text *name)
{
	struct finding *finding =
		check_warning(check, name->mark, "there is no option " QUOTED "; it is ignored",
			      QUOTE(name->s, name->len));
	struct suggest suggest;

	/* How near names are takes long to say, and few are told. */
	if (!finding)
		return;
	suggest_init(&suggest, name->s, name->len, MISTAKES_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		suggest_offer(&suggest, options[i].name);
	finding_suggest(finding, &suggest);
}

void check_options(struct check *check)
{
	struct mark seen[ARRAY_SIZE(options)] = {0};
	const struct policy_options *all = &check->policy->spec.options;

	for (size_t n = 0; n < all->n; n++) {
		const struct policy_option *option = &all->v[n];
		size_t i = find(&option->name);

		if (!POLICY_SET(option->name))
			continue;
		if (i == ARRAY_SIZE(options)) {
			ignore(check, &option->name);
			continue;
		}
		if (seen[i].line)
			finding_why(check_warning(check, option->name.mark,
						  "the option \"%s\" is here for the second time; "
						  "the last counts",
						  options[i].name),
				    "the first is in line %u", seen[i].line);
		seen[i] = option->name.mark;
		if (!options[i].set(&check->policy->settings, &option->value))
			finding_remedy(check_error(check,
						   POLICY_SET(option->value) ? option->value.mark
									     : option->mark,
						   QUOTED " is not a value of the option \"%s\"",
						   QUOTE(option->value.s, option->value.len),
						   options[i].name),
				       "write %s", options[i].values);
	}
}
