// SPDX-License-Identifier: Apache-2.0
#include "agent/agent.h"
#include "agent/settings.h"
#include "base/cleanup.h"
#include "base/escape.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define EXIT_USAGE 2

/* A descriptor that the next open(2) would take for something else; closed standard output stays
 * what cannot be written to, so that it is told. */
static void open_missing_streams(void)
{
	static const int modes[] = {O_RDONLY, O_RDONLY, O_WRONLY};

	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
			abort();
}

static int print(const char *text)
{
	if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "ocellid: cannot write to standard output: %s\n", strerror(errno));
	return EXIT_FAILURE;
}

static int print_help(void)
{
	_cleanup_str_ struct str out = STR_INIT;

	settings_help(&out, 80);
	return str_cstr(&out) ? print(out.data) : EXIT_FAILURE;
}

static void complain(const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;
	_cleanup_str_ struct str out = STR_INIT;

	if (!text)
		text = strdup(strerror(ENOMEM));
	if (text)
		escape_text(&out, text, strlen(text));
	fprintf(stderr, "ocellid: %s\n", str_cstr(&out) ? out.data : "");
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

	open_missing_streams();
	if (settings_load(&settings, "/", argc, argv, &err) < 0) {
		complain(err);
		return EXIT_USAGE;
	}
	if (settings.help)
		return print_help();
	if (settings.version)
		return print("ocellid " OCELLI_VERSION "\n");
	return run(&settings);
}
