// SPDX-License-Identifier: Apache-2.0
#include "config/option.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "config/option_internal.h"
#include "config/option_value.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static bool has_variable(const struct option_spec *spec)
{
	return !spec->inert && !spec->refuse;
}

static void *variable(const struct options *opts, const struct option_spec *spec)
{
	return (char *)opts->settings + spec->offset;
}

/* Puts @value in the variable and what was there in @value. */
static void exchange(const struct options *opts, const struct option_spec *spec,
		     union option_value *value)
{
	size_t size = option_value_size(spec->type);
	union option_value old = {0};

	memcpy(&old, variable(opts, spec), size);
	memcpy(variable(opts, spec), value, size);
	*value = old;
}

static int parse_initial(const struct option_spec *spec, union option_value *ret)
{
	int r = 0;

	*ret = (union option_value){0};
	if (spec->initial)
		r = option_value_parse(spec, spec->initial, ret, NULL);
	assert(r == 0 || r == -ENOMEM);
	return r;
}

int options_init(const struct options *opts)
{
	for (size_t i = 0; i < opts->n; i++)
		if (has_variable(&opts->specs[i]))
			memset(variable(opts, &opts->specs[i]), 0,
			       option_value_size(opts->specs[i].type));
	for (size_t i = 0; i < opts->n; i++) {
		union option_value value;
		int r;

		if (!has_variable(&opts->specs[i]))
			continue;
		r = parse_initial(&opts->specs[i], &value);
		if (r < 0) {
			options_done(opts);
			return r;
		}
		exchange(opts, &opts->specs[i], &value);
	}
	return 0;
}

void options_done(const struct options *opts)
{
	for (size_t i = 0; i < opts->n; i++) {
		union option_value value = {0};

		if (!has_variable(&opts->specs[i]))
			continue;
		exchange(opts, &opts->specs[i], &value);
		option_value_free(opts->specs[i].type, &value);
	}
}

const struct option_spec *option_find(const struct options *opts, const char *name, size_t len,
				      enum option_source source)
{
	for (size_t i = 0; i < opts->n; i++) {
		const struct option_spec *spec = &opts->specs[i];

		if (spec->source <= source && strlen(spec->name) == len &&
		    !memcmp(spec->name, name, len))
			return spec;
	}
	return NULL;
}

const struct option_spec *option_nearest(const struct options *opts, const char *name, size_t len,
					 enum option_source source)
{
	const struct option_spec *nearest = NULL;
	struct suggest suggest;

	suggest_init(&suggest, name, len, MAX(len / 4, (size_t)1));
	for (size_t i = 0; i < opts->n; i++) {
		const struct option_spec *spec = &opts->specs[i];

		if (!spec->hidden && spec->source <= source && suggest_offer(&suggest, spec->name))
			nearest = spec;
	}
	return nearest;
}

int option_unknown(const struct options *opts, const char *text, size_t dashes,
		   enum option_source source, struct error **reterr)
{
	const char *name = text + dashes;
	const struct option_spec *nearest = option_nearest(opts, name, strlen(name), source);

	if (option_find(opts, name, strlen(name), OPTION_FROM_ARGS)) {
		error_set(reterr, -EINVAL, "%s cannot be set here", quote(text).s);
		error_remedy(reterr, "it belongs on the command line: --%s", name);
		return -EINVAL;
	}
	error_set(reterr, -ENOENT, "there is no option %s", quote(text).s);
	if (nearest)
		error_remedy(reterr, "did you mean %.*s%s?", (int)dashes, text, nearest->name);
	return -ENOENT;
}

int origin_blame(const struct origin *origin, int r, struct error **reterr)
{
	if (origin->what)
		error_wrap(reterr, r, "%s", origin->what);
	if (origin->file)
		error_at(reterr, origin->file, origin->line, origin->column);
	return r;
}

int option_warn(const struct options *opts, const struct origin *origin, struct error **warning)
{
	_cleanup_free_ char *text = NULL;

	if (!opts->warnings)
		return 0;
	origin_blame(origin, 0, warning);
	text = *warning ? error_text(*warning) : NULL;
	return text ? strings_add(opts->warnings, text, strlen(text)) : -ENOMEM;
}

/* An option that this build knows by name only. */
static int assign_nowhere(const struct options *opts, const struct option_spec *spec,
			  const union option_value *value, const struct origin *origin,
			  struct error **reterr)
{
	_cleanup_error_ struct error *warning = NULL;
	union option_value initial, nothing = {0};
	bool as_default, as_nothing;
	int r;

	r = parse_initial(spec, &initial);
	if (r < 0)
		return error_set(reterr, r, "out of memory");
	as_default = option_value_equal(spec->type, value, &initial);
	as_nothing = option_value_equal(spec->type, value, &nothing);
	option_value_free(spec->type, &initial);

	if (as_default || (spec->refuse && as_nothing))
		return 0;
	if (spec->refuse)
		return error_set(reterr, -EOPNOTSUPP, "cannot be honoured: %s", spec->refuse);
	error_set(&warning, 0, "has no effect: %s", spec->inert);
	return option_warn(opts, origin, &warning);
}

int option_assign(const struct options *opts, const struct option_spec *spec, const char *text,
		  bool append, const struct origin *origin, struct error **reterr)
{
	union option_value value;
	int r;

	r = option_value_parse(spec, text, &value, reterr);
	if (r < 0)
		return origin_blame(origin, r, reterr);
	if (!has_variable(spec))
		r = assign_nowhere(opts, spec, &value, origin, reterr);
	else if (append && spec->type == OPTION_STRINGS)
		r = strings_move(variable(opts, spec), &value.list);
	else
		exchange(opts, spec, &value);
	option_value_free(spec->type, &value);
	return r < 0 ? origin_blame(origin, r, reterr) : 0;
}

int options_set(const struct options *opts, const char *name, const char *text, const char *origin,
		bool append, struct error **reterr)
{
	const struct origin from = {.what = origin};
	const struct option_spec *spec = option_find(opts, name, strlen(name), OPTION_FROM_ARGS);

	if (!spec)
		return origin_blame(&from, option_unknown(opts, name, 0, OPTION_FROM_ARGS, reterr),
				    reterr);
	return option_assign(opts, spec, text, append, &from, reterr);
}
