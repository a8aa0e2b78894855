// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "config/option_internal.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

static char env_char(char c)
{
	return c == '-' ? '_' : (char)toupper((unsigned char)c);
}

/* Finds the option a-b for the name A_B, of which @name is the part behind the prefix. */
static const struct option_spec *find_by_env_name(const struct options *opts, const char *name)
{
	for (size_t i = 0; i < opts->n; i++) {
		const char *option = opts->specs[i].name, *p = name;

		while (*option && *p == env_char(*option)) {
			option++;
			p++;
		}
		if (!*option && !*p && opts->specs[i].source <= OPTION_FROM_ENV)
			return &opts->specs[i];
	}
	return NULL;
}

static int warn_when_near(const struct options *opts, const char *prefix, const char *name,
			  const struct origin *origin)
{
	const struct option_spec *nearest =
		option_nearest(opts, name, strlen(name), OPTION_FROM_ENV);
	_cleanup_error_ struct error *warning = NULL;
	_cleanup_str_ struct str wanted = STR_INIT;

	if (!nearest)
		return 0;
	for (const char *p = nearest->name; *p; p++)
		str_append_char(&wanted, env_char(*p));
	if (!str_cstr(&wanted))
		return -ENOMEM;
	error_set(&warning, 0, "names no option");
	error_remedy(&warning, "did you mean %s_%s?", prefix, wanted.data);
	return option_warn(opts, origin, &warning);
}

int options_read_env(const struct options *opts, const char *prefix, struct error **reterr)
{
	size_t prefix_len = strlen(prefix);

	for (char **variable = environ; variable && *variable; variable++) {
		size_t len = strcspn(*variable, "=");
		const char *value = *variable + len + 1;
		_cleanup_free_ char *what = NULL;
		const struct option_spec *spec;
		struct origin origin;
		int r;

		if (len <= prefix_len || strncmp(*variable, prefix, prefix_len) != 0 ||
		    (*variable)[prefix_len] != '_' || !(*variable)[len] || !*value)
			continue;
		what = strndup(*variable, len);
		if (!what)
			return -ENOMEM;
		origin = (struct origin){.what = what};
		spec = find_by_env_name(opts, what + prefix_len + 1);
		r = spec ? option_assign(opts, spec, value, false, &origin, reterr)
			 : warn_when_near(opts, prefix, what + prefix_len + 1, &origin);
		if (r < 0)
			return r;
	}
	return 0;
}
