// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/color.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/event_source.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct settings {
	struct common_settings common;
	int output;
	int color;
	uint64_t duration; /* ns; 0: until interrupted */
	int64_t max_processes;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

/* Returns 0 when there is no more to come, or is to be. */
static int pump(struct tree *tree, struct event_source *source, uint64_t deadline,
		struct error **reterr)
{
	int r = 0;

	while (r >= 0) {
		Tetragon__GetEventsResponse *event = NULL;

		r = event_source_next(source, deadline, &event, reterr);
		if (r == 0 || r == -EAGAIN || r == -ECANCELED)
			return 0;
		if (r > 0) {
			r = tree_add(tree, event);
			tetragon__get_events_response__free_unpacked(event, NULL);
		}
		/* Where there is always one more, time ends, too. */
		if (source->remote && deadline != GRPC_NO_DEADLINE &&
		    clock_ns(CLOCK_MONOTONIC) >= deadline)
			return r;
	}
	return r;
}

static void complain_counts(const struct tree *tree, const struct event_source *source)
{
	if (source->skipped)
		complain("skipped lines that are no events: %" PRIu64, source->skipped);
	if (tree->missed)
		complain("events of more processes than the %zu of --max-processes: %" PRIu64,
			 tree->ids.max, tree->missed);
}

static enum status print(const struct tree *tree, const struct settings *settings)
{
	_cleanup_str_ struct str out = STR_INIT;

	if (settings->output == OUTPUT_JSON)
		tree_json(&out, tree);
	else
		tree_text(&out, tree, color_wanted(settings->color, STDOUT_FILENO));
	return output_print(&out);
}

static enum status run(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	Tetragon__GetEventsRequest request = TETRAGON__GET_EVENTS_REQUEST__INIT;
	_cleanup_(tree_done) struct tree tree = {.ids.max = (size_t)settings->max_processes};
	_cleanup_remote_ struct remote remote;
	_cleanup_(event_source_close) struct event_source source = {0};
	_cleanup_error_ struct error *err = NULL;
	bool is_log = event_source_is_log(&settings->common);
	enum status status = STATUS_OK, printed;
	uint64_t deadline = GRPC_NO_DEADLINE;
	int r;

	remote_init(&remote, &settings->common);
	if (argc > 0) {
		complain("tree takes no arguments: events come from standard input, or from the "
			 "agent");
		return STATUS_USAGE;
	}
	if (!is_log)
		remote.stop_fd = interrupt_fd();
	if (!is_log && !settings->duration && isatty(STDERR_FILENO))
		complain("an interrupt (Ctrl-C) prints the tree");
	if (settings->duration)
		deadline = clock_ns(CLOCK_MONOTONIC) + settings->duration;
	r = event_source_open(&source, is_log ? NULL : &remote, &request, &err);
	if (r == 0)
		r = pump(&tree, &source, deadline, &err);
	if (r < 0 && !is_log)
		status = remote_failed(&remote, err, r);
	else if (r < 0)
		complain_error(err, r);
	if (r < 0 && is_log)
		status = STATUS_FAILED;
	/* What came until then is worth as much. */
	printed = tree.ids.n || r >= 0 ? print(&tree, settings) : STATUS_OK;
	complain_counts(&tree, &source);
	return status == STATUS_OK ? printed : status;
}

static const struct option_spec options[] = {
	OUTPUT_OPTION(AT(output), "How to print it"),
	COLOR_OPTION(AT(color), "Colour text"),
	{.name = "duration",
	 .type = OPTION_DURATION,
	 .offset = AT(duration),
	 .argument = "TIME",
	 .help = "How long to look at what the agent tells; else until an interrupt"},
	{.name = "max-processes",
	 .type = OPTION_INT,
	 .offset = AT(max_processes),
	 .initial = "10000",
	 .min = 1,
	 .max = 1000000,
	 .argument = "N",
	 .help = "Processes to know at most; events of others are counted"},
};

static const struct example examples[] = {
	{"ocelli tree --duration 10s", "Tells what is started within ten seconds, and by whom"},
	{"ocelli tree < /var/log/ocelli/events.log", "Draws the processes of a log"},
	{"ocelli getevents --process shop < events.log | ocelli tree",
	 "Draws those that have to do with a binary"},
	{0},
};

const struct command tree_command = {
	.name = "tree",
	.summary = "Draw the processes of events as a tree, with what each did",
	.description = "Events come from where getevents has them from: a log on standard input, "
		       "or the agent "
		       "with --server-address or without such input. A process has its arguments, "
		       "pid, and "
		       "behind an arrow the status or signal that it ended with; below it are what "
		       "policies "
		       "told of it, each once, with how often: up to 16 different things, and of "
		       "the others "
		       "how many.",
	.examples = examples,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = run,
};
