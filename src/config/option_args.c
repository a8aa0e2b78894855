// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "config/option_internal.h"
#include "config/option_value.h"

#include <errno.h>
#include <string.h>

struct args {
	const struct options *opts;
	int argc;
	char **argv;
	int next;   /* index of the argument to look at */
	bool *seen; /* per option: given on this command line */
};

/* A list option's first value replaces what other sources gave, the others add to it. */
static int set(struct args *args, const struct option_spec *spec, const char *text,
	       const char *what, struct error **reterr)
{
	const struct origin origin = {.what = what};
	bool *seen = &args->seen[spec - args->opts->specs], again = *seen;

	*seen = true;
	return option_assign(args->opts, spec, text, again, &origin, reterr);
}

/* The value is what is attached to the option or else the next argument, whatever it looks like. */
static int set_with_value(struct args *args, const struct option_spec *spec, const char *attached,
			  const char *what, struct error **reterr)
{
	if (!attached && args->next == args->argc) {
		error_set(reterr, -EINVAL, "%s: a value is missing", what);
		error_remedy(reterr, "%s %s", what, spec->argument ? spec->argument : "VALUE");
		return -EINVAL;
	}
	return set(args, spec, attached ? attached : args->argv[args->next++], what, reterr);
}

static int parse_long(struct args *args, const char *arg, struct error **reterr)
{
	const size_t dashes = strlen("--"), len = strcspn(arg, "=");
	_cleanup_free_ char *what = strndup(arg, len);
	const char *value = arg[len] ? arg + len + 1 : NULL;
	const struct option_spec *spec;

	if (!what)
		return -ENOMEM;
	spec = option_find(args->opts, what + dashes, len - dashes, OPTION_FROM_ARGS);
	if (!spec)
		return option_unknown(args->opts, what, dashes, OPTION_FROM_ARGS, reterr);
	if (!value && spec->type == OPTION_BOOL)
		value = "true";
	return set_with_value(args, spec, value, what, reterr);
}

static const struct option_spec *find_letter(const struct options *opts, char letter)
{
	for (size_t i = 0; i < opts->n; i++)
		if (opts->specs[i].letter == letter)
			return &opts->specs[i];
	return NULL;
}

static int parse_letters(struct args *args, const char *arg, struct error **reterr)
{
	for (const char *p = arg + 1; *p; p++) {
		const struct option_spec *spec = find_letter(args->opts, *p);
		const char what[] = {'-', *p, '\0'}, *attached = p[1] ? p + 1 : NULL;

		if (!spec) {
			error_set(reterr, -ENOENT, "there is no option %s", quote(what).s);
			if (option_find(args->opts, arg + 1, strlen(arg + 1), OPTION_FROM_ARGS))
				error_remedy(reterr, "did you mean -%s?", arg);
			return -ENOENT;
		}
		if (attached && *attached == '=')
			attached++;
		else if (spec->type == OPTION_BOOL) {
			int r = set(args, spec, "true", what, reterr);

			if (r < 0)
				return r;
			continue;
		}
		return set_with_value(args, spec, attached, what, reterr);
	}
	return 0;
}

static int parse_option(struct args *args, struct error **reterr)
{
	const char *arg = args->argv[args->next++];

	return arg[1] == '-' ? parse_long(args, arg, reterr) : parse_letters(args, arg, reterr);
}

int options_parse_args(const struct options *opts, int argc, char **argv, bool stop_at_first,
		       int *ret_first, struct error **reterr)
{
	_cleanup_free_ char **options = calloc((size_t)argc + 1, sizeof(*options));
	_cleanup_free_ char **operands = calloc((size_t)argc + 1, sizeof(*operands));
	_cleanup_free_ bool *seen = calloc(opts->n + 1, sizeof(*seen));
	struct args args = {.opts = opts, .argc = argc, .argv = argv, .next = 1, .seen = seen};
	size_t n_options = 0, n_operands = 0;

	if (!options || !operands || !seen)
		return -ENOMEM;
	while (args.next < argc) {
		char *arg = argv[args.next];
		int from = args.next, r;

		if (arg[0] != '-' || !arg[1]) {
			if (stop_at_first)
				break;
			operands[n_operands++] = arg;
			args.next++;
			continue;
		}
		if (!strcmp(arg, "--")) {
			options[n_options++] = arg;
			args.next++;
			break;
		}
		r = parse_option(&args, reterr);
		if (r < 0)
			return r;
		while (from < args.next)
			options[n_options++] = argv[from++];
	}
	/* What is left after "--" or the first non-option keeps its place. */
	memcpy(argv + 1, options, n_options * sizeof(*argv));
	memcpy(argv + 1 + n_options, operands, n_operands * sizeof(*argv));
	*ret_first = MIN(1 + (int)n_options, argc); /* a program can be run without even a name */
	return 0;
}
