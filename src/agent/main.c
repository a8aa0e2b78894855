// SPDX-License-Identifier: Apache-2.0
#include "agent/agent.h"
#include "agent/settings.h"
#include "base/cleanup.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EXIT_USAGE 2

static int print_help(void)
{
	_cleanup_str_ struct str out = STR_INIT;

	settings_help(&out, 80);
	if (!str_cstr(&out))
		return EXIT_FAILURE;
	fputs(out.data, stdout);
	return EXIT_SUCCESS;
}

static int run(const struct settings *s)
{
	_cleanup_error_ struct error *err = NULL;

	log_setup((enum log_level)s->log_level, (enum log_format)s->log_format);
	if (s->log_file && log_open_file(s->log_file, &err) < 0) {
		log_error_object(LOG_LEVEL_ERROR, err);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < s->warnings.n; i++)
		log_warn("%s", s->warnings.v[i]);
	if (agent_run(s, &err) < 0) {
		log_error_object(LOG_LEVEL_ERROR, err);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	__attribute__((cleanup(settings_done))) struct settings settings = {0};
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *text = NULL;

	if (settings_load(&settings, "/", argc, argv, &err) < 0) {
		text = err ? error_text(err) : NULL;
		fprintf(stderr, "ocellid: %s\n", text ? text : strerror(ENOMEM));
		return EXIT_USAGE;
	}
	if (settings.help)
		return print_help();
	if (settings.version) {
		puts("ocellid " OCELLI_VERSION);
		return EXIT_SUCCESS;
	}
	return run(&settings);
}
