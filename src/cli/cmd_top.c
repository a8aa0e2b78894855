// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/event_source.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/top.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

struct settings {
	struct common_settings common;
	int output;
	int by;
	bool once;
	bool measure;
	uint64_t interval; /* ns */
	int64_t rows;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

enum { BY_BINARY, BY_PROCESS };

static const char *const by_names[] = {
	[BY_BINARY] = "binary",
	[BY_PROCESS] = "process",
	NULL,
};

/* More often, and looking is what there is most to see of. */
#define INTERVAL_MIN (100 * NSEC_PER_MSEC)

#define CLEAR "\x1b[H\x1b[J"

/* Of events, what is counted by: the less comes, the less it costs the agent. */
static char *const fields[] = {(char *)"process.exec_id", (char *)"process.pid",
			       (char *)"process.binary"};

/* What it does not tell is not shown. */
static void ask_ledger(struct top *top, struct remote *remote)
{
	Tetragon__GetHealthStatusRequest request = TETRAGON__GET_HEALTH_STATUS_REQUEST__INIT;
	_cleanup_message_ ProtobufCMessage *answer = NULL;

	request.extended = true;
	if (grpc_client_ask(remote->client, "/tetragon.FineGuidanceSensors/GetHealth",
			    &request.base, &tetragon__get_health_status_response__descriptor,
			    &answer, NULL) == 0)
		top_ledger(top, (const void *)answer);
}

static void ask_agent(struct top *top, struct remote *remote)
{
	Tetragon__ListTracingPoliciesRequest request =
		TETRAGON__LIST_TRACING_POLICIES_REQUEST__INIT;
	_cleanup_message_ ProtobufCMessage *answer = NULL;
	_cleanup_error_ struct error *err = NULL;
	int r;

	request.extended = true;
	r = grpc_client_ask(remote->client, "/tetragon.FineGuidanceSensors/ListTracingPolicies",
			    &request.base, &tetragon__list_tracing_policies_response__descriptor,
			    &answer, &err);

	free(top->policies_error);
	top->policies_error = NULL;
	if (r == 0)
		r = top_list(top, (const void *)answer);
	if (r < 0)
		top->policies_error = err && err->message ? strdup(err->message) : NULL;
	ask_ledger(top, remote);
	agent_process_read(grpc_client_peer(remote->client), &top->now);
}

/* Returns 1 when the interval is over, 0 at the end of the stream, or what failed. */
static int count(struct top *top, struct event_source *source, uint64_t deadline,
		 struct error **reterr)
{
	for (;;) {
		Tetragon__GetEventsResponse *event;
		int r = event_source_next(source, deadline, &event, reterr);

		if (r == -EAGAIN)
			return 1;
		if (r <= 0)
			return r;
		r = top_add(top, event);
		tetragon__get_events_response__free_unpacked(event, NULL);
		if (r < 0)
			return error_set(reterr, r, "out of memory");
		if (clock_ns(CLOCK_MONOTONIC) >= deadline)
			return 1;
	}
}

static int print(const struct top *top, const struct settings *settings, struct str *out,
		 bool clears)
{
	str_reset(out);
	if (settings->output == OUTPUT_JSON) {
		top_json(out, top, (size_t)settings->rows);
	} else {
		str_append_z(out, clears ? CLEAR : "");
		top_text(out, top, (size_t)settings->rows);
		str_append_z(out, clears ? "" : "\n");
	}
	return output_flush(out, STDOUT_FILENO);
}

static int watch(const struct settings *settings, struct remote *remote,
		 struct event_source *source, struct top *top, struct error **reterr)
{
	_cleanup_str_ struct str out = STR_INIT;
	bool clears = isatty(STDOUT_FILENO) && !settings->once;
	int r = 1;

	ask_agent(top, remote);
	top_next(top, clock_ns(CLOCK_MONOTONIC));
	while (r == 1) {
		r = count(top, source, top->began + settings->interval, reterr);
		if (r < 0)
			return r;
		ask_agent(top, remote);
		top->ended = clock_ns(CLOCK_MONOTONIC);
		if (print(top, settings, &out, clears) < 0)
			return 0;
		top_next(top, top->ended);
		if (settings->once)
			return 0;
	}
	return r;
}

/* Has the kernel measure all BPF programs until the descriptor is closed. Returns that, or -1. */
static int measure(struct top *top, struct error **reterr)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	top->measures = fd >= 0;
	if (fd >= 0)
		return fd;
	error_set(reterr, -errno, "--measure: the kernel does not measure programs: %s",
		  strerror(errno));
	error_remedy(reterr, "it does for root, on the machine of the agent");
	return -1;
}

static enum status run(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	Tetragon__FieldFilter filter = TETRAGON__FIELD_FILTER__INIT, *filters = &filter;
	Tetragon__GetEventsRequest request = TETRAGON__GET_EVENTS_REQUEST__INIT;
	_cleanup_(top_done) struct top top;
	_cleanup_remote_ struct remote remote;
	_cleanup_(event_source_close) struct event_source source = {0};
	_cleanup_error_ struct error *err = NULL;
	_cleanup_close_ int measures = -1;
	int r;

	top_init(&top, settings->by == BY_PROCESS);
	remote_init(&remote, &settings->common);
	if (argc > 0) {
		complain("top takes no arguments");
		return STATUS_USAGE;
	}
	if (settings->interval < INTERVAL_MIN) {
		complain("--interval: the least is 100ms");
		return STATUS_USAGE;
	}
	mask.paths = (char **)(uintptr_t)fields;
	mask.n_paths = ARRAY_SIZE(fields);
	filter.fields = &mask;
	filter.action = TETRAGON__FIELD_FILTER_ACTION__INCLUDE;
	request.field_filters = &filters;
	request.n_field_filters = 1;
	remote.stop_fd = interrupt_fd();
	if (settings->measure)
		measures = measure(&top, &err);
	if (settings->measure && measures < 0) {
		complain_error(err, -ENOTSUP);
		return STATUS_FAILED;
	}
	r = event_source_open(&source, &remote, &request, &err);
	if (r == 0)
		r = watch(settings, &remote, &source, &top, &err);
	/* Who interrupts has seen enough. */
	return r < 0 && r != -ECANCELED ? remote_failed(&remote, err, r) : STATUS_OK;
}

static const struct option_spec options[] = {
	OUTPUT_OPTION(AT(output), "How to print it; json: one object on a line for each interval"),
	{.name = "by",
	 .type = OPTION_CHOICE,
	 .choices = by_names,
	 .offset = AT(by),
	 .initial = "binary",
	 .argument = "WHAT",
	 .help = "What to count by"},
	{.name = "interval",
	 .type = OPTION_DURATION,
	 .offset = AT(interval),
	 .initial = "2s",
	 .argument = "TIME",
	 .help = "How long to count; 100ms is the least"},
	{.name = "rows",
	 .letter = 'n',
	 .type = OPTION_INT,
	 .offset = AT(rows),
	 .initial = "15",
	 .min = 1,
	 .max = 4096,
	 .argument = "N",
	 .help = "How many binaries, or processes, and policies to print at most"},
	{.name = "once",
	 .type = OPTION_BOOL,
	 .offset = AT(once),
	 .help = "Print one interval, and end"},
	{.name = "measure",
	 .type = OPTION_BOOL,
	 .offset = AT(measure),
	 .help = "Have the kernel measure BPF programs meanwhile, those of others, too"},
};

static const struct example examples[] = {
	{"ocelli top", "Shows, until an interrupt, who makes the most events"},
	{"ocelli top --measure", "Shows what CPU time each policy takes, too"},
	{"ocelli top --once --interval 1m -o json | jq '.binaries[0]'",
	 "Prints who made the most in a minute"},
	{0},
};

const struct command top_command = {
	.name = "top",
	.summary = "Show who makes the most events, and what policies cost",
	.description =
		"For each interval: how many events of which kinds, of which processes, and what "
		"each "
		"policy told of, lost, did, and takes in the kernel's memory; of an agent on this "
		"machine "
		"also its CPU and memory. Events that come faster than they are read are told as "
		"lost, and so is what the agent itself lost, by what became of it. What CPU time "
		"policies take is known while the kernel measures it: with --measure on the "
		"machine of the agent, or with kernel.bpf_stats_enabled; it costs each program "
		"some 20 ns a run. Programs that policies share are shared out evenly. Of more "
		"than 4096 of them in an interval, the rest are one.",
	.examples = examples,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = run,
};
