// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/color.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/doctor.h"
#include "cli/output.h"
#include "cli/progress.h"

#include <errno.h>
#include <string.h>

struct settings {
	struct common_settings common;
	int output;
	int color;
	bool all;
	bool no_agent;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static void examine(struct doctor *doctor, const struct settings *settings)
{
	_cleanup_progress_ bool begun = progress_begin("looking at the host");
	_cleanup_remote_ struct remote remote;
	struct common_settings once = settings->common;

	/* That it is not there is what is to be told. */
	once.retries = 0;
	remote_init(&remote, &once);
	doctor_host(doctor);
	progress_step("trying what the kernel has");
	doctor_kernel(doctor);
	progress_step("asking the agent");
	if (!settings->no_agent)
		doctor_agent(doctor, &remote);
}

static enum status run(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	_cleanup_(doctor_done) struct doctor doctor = {.root = ""};
	_cleanup_str_ struct str out = STR_INIT;
	enum status status;

	if (argc > 0) {
		complain("doctor takes no arguments");
		return STATUS_USAGE;
	}
	examine(&doctor, settings);
	if (doctor.failed) {
		complain_error(NULL, -ENOMEM);
		return STATUS_FAILED;
	}
	if (settings->output == OUTPUT_JSON)
		doctor_json(&out, &doctor);
	else
		doctor_text(&out, &doctor, settings->all,
			    color_wanted(settings->color, STDOUT_FILENO));
	status = output_print(&out);
	return status == STATUS_OK && doctor.counts[VERDICT_PROBLEM] ? STATUS_FAILED : status;
}

static const struct option_spec options[] = {
	OUTPUT_OPTION(AT(output), "How to print what was found"),
	COLOR_OPTION(AT(color), "Colour text"),
	{.name = "all",
	 .letter = 'a',
	 .type = OPTION_BOOL,
	 .offset = AT(all),
	 .help = "Print notes in full and what is good, as JSON does"},
	{.name = "no-agent",
	 .type = OPTION_BOOL,
	 .offset = AT(no_agent),
	 .help = "Look at the host only, before there is an agent"},
};

static const struct example examples[] = {
	{"ocelli doctor", "Tells what is wrong here, and what to do about it"},
	{"ocelli doctor --no-agent -o json | jq -r '.checks[] | select(.verdict == \"problem\") | "
	 ".says'",
	 "Tells why an agent would not work here"},
	{0},
};

const struct command doctor_command = {
	.name = "doctor",
	.summary = "Tell all that is wrong on this host, with remedies",
	.description = "Looks at settings of the kernel, its file systems, the clock, tries what "
		       "the kernel "
		       "has as ocelli probe does, and asks the agent how it and its policies are. "
		       "A problem "
		       "is what keeps things from working, a warning what makes them worse than "
		       "they could "
		       "be, a note what is not to be had here.",
	.exit_status = "0 when there is no problem, 1 when there is one; warnings do not count",
	.examples = examples,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = run,
};
