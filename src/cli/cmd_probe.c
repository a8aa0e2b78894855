// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/color.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/output.h"
#include "cli/probe_report.h"
#include "cli/progress.h"
#include "probe/prober.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>

#define WIDTH_MAX 100

struct settings {
	struct common_settings common;
	int output;
	int color;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static unsigned get_width(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return WIDTH_MAX;
	return MIN(size.ws_col, WIDTH_MAX);
}

static enum status probe_config(const struct settings *settings, const struct utsname *uts)
{
	_cleanup_kconfig_ struct kconfig *config = NULL;
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str out = STR_INIT;
	int r = kconfig_read("", uts->release, &config, &err);

	if (r < 0) {
		complain_error(err, r);
		return STATUS_FAILED;
	}
	if (settings->output == OUTPUT_JSON)
		probe_config_json(&out, uts->release, uts->machine, config);
	else
		probe_config_text(&out, uts->release, uts->machine, config);
	return output_print(&out);
}

static enum status report(const struct settings *settings, const struct probe_report *report)
{
	_cleanup_str_ struct str out = STR_INIT;
	enum status status;

	if (settings->output == OUTPUT_JSON)
		probe_json(&out, report);
	else
		probe_text(&out, report, color_wanted(settings->color, STDOUT_FILENO), get_width());
	status = output_print(&out);
	return status == STATUS_OK && probe_report_core(report) != FEATURE_PRESENT ? STATUS_FAILED
										   : status;
}

static enum status probe_features(const struct settings *settings, const struct utsname *uts)
{
	struct finding *findings = calloc(feature_count(), sizeof(*findings));
	struct probe_report result = {
		.kernel = uts->release, .machine = uts->machine, .findings = findings};
	enum status status = STATUS_FAILED;
	struct prober *prober = NULL;

	if (!findings || prober_new(&prober) < 0) {
		complain_error(NULL, -ENOMEM);
	} else {
		bool begun = progress_begin("reading the kernel's types");

		for (size_t i = 0; i < feature_count(); i++) {
			progress_step(feature_at(i)->title);
			prober_try(prober, feature_at(i), &findings[i]);
		}
		progress_end(&begun);
		result.refusal = prober_refusal(prober);
		status = report(settings, &result);
	}
	for (size_t i = 0; findings && i < feature_count(); i++)
		finding_done(&findings[i]);
	free(findings);
	prober_free(&prober);
	return status;
}

static enum status run(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	struct utsname uts;

	if (argc > 1 || (argc == 1 && strcmp(argv[0], "config") != 0)) {
		complain("probe takes no argument but \"config\"");
		return STATUS_USAGE;
	}
	if (uname(&uts) < 0) {
		complain("cannot tell which kernel this is: %s", strerror(errno));
		return STATUS_FAILED;
	}
	return argc == 1 ? probe_config(settings, &uts) : probe_features(settings, &uts);
}

static const struct option_spec options[] = {
	OUTPUT_OPTION(AT(output), "How to print what was found"),
	COLOR_OPTION(AT(color), "Colour text"),
};

const struct command probe_command = {
	.name = "probe",
	.arguments = "[config]",
	.summary = "Tell what the running kernel has, by trying it",
	.description = "Each feature is tried: loaded, attached, seen to run, and taken away "
		       "again. What is "
		       "absent is told with what is lost by that and what can be done. Needs root "
		       "for most. "
		       "With \"config\", prints the options that the kernel was configured with.",
	.exit_status =
		"0 when process events can run here, 1 when they cannot or it is unknown; with "
		"\"config\", 1 when there is no configuration to be found",
	.operands = OPERANDS_WORDS,
	.words = (const char *const[]){"config", NULL},
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.run = run,
};
