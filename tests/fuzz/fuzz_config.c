// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "agent/settings.h"
#include "base/cleanup.h"
#include "config/option_internal.h"

#include <string.h>

/*
 * The first byte says what the others are: the value of one of the agent's options, the text of its
 * YAML file, or its command line, NUL between the arguments.
 */

#define ARGV_MAX 64

static void fuzz_value(const struct options *opts, const char *text, size_t len)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *shown = NULL;
	const struct option_spec *spec;
	const struct origin origin = {.what = "fuzz", .file = "fuzz"};

	if (len < 1)
		return;
	spec = &opts->specs[(unsigned char)text[0] % opts->n];
	option_assign_from_file(opts, spec, text + 1, len - 1, len % 2, &origin, &err);
	shown = err ? error_text(err) : NULL;
}

static void fuzz_yaml(const struct options *opts, const char *text, size_t len)
{
	_cleanup_error_ struct error *err = NULL;

	options_read_yaml_text(opts, "fuzz", text, len, &err);
}

static void fuzz_args(const struct options *opts, const char *text, size_t len)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *copy = malloc(len + 1);
	char *argv[ARGV_MAX + 1] = {(char *)"fuzz"};
	int argc = 1, first = 0;

	if (!copy)
		return;
	memcpy(copy, text, len);
	copy[len] = '\0';
	for (char *p = copy; p < copy + len && argc < ARGV_MAX; p += strlen(p) + 1)
		argv[argc++] = p;
	if (options_parse_args(opts, argc, argv, len % 2, &first, &err) == 0)
		MUST(first >= 1 && first <= argc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kinds[])(const struct options *opts, const char *text,
				     size_t len) = {fuzz_value, fuzz_yaml, fuzz_args};
	struct settings s = {0};
	const struct options opts = {.specs = settings_options,
				     .n = settings_n_options,
				     .settings = &s,
				     .warnings = &s.warnings};

	if (size < 1)
		return 0;
	if (options_init(&opts) == 0)
		kinds[data[0] % ARRAY_SIZE(kinds)](&opts, (const char *)data + 1, size - 1);
	settings_done(&s);
	return 0;
}
