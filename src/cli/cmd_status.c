// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/escape.h"
#include "cli/agent_process.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/json_members.h"
#include "cli/message.h"
#include "cli/output.h"
#include "cli/remote.h"

#include "grpc/health/v1/health.pb-c.h"
#include "tetragon/sensors.pb-c.h"

#include <errno.h>
#include <inttypes.h>

struct settings {
	struct common_settings common;
	int output;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

#define HEALTH_CHECK "/grpc.health.v1.Health/Check"
#define SERVING GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING

enum { VERSION, HEALTH, CHECK, POLICIES, _ANSWERS };

struct report {
	const char *address;
	struct agent_process process;
	ProtobufCMessage *answers[_ANSWERS]; /* which these are: */
	const Tetragon__GetVersionResponse *version;
	const Tetragon__GetHealthStatusResponse *health;
	const Grpc__Health__V1__HealthCheckResponse *check; /* NULL: it has no such service */
	const Tetragon__ListTracingPoliciesResponse *policies;
};

static const char *state_of(const Tetragon__TracingPolicyStatus *policy, char *buf, size_t size)
{
	return message_enum_word(&tetragon__tracing_policy_state__descriptor, (int)policy->state,
				 "TP_STATE_", buf, size);
}

static const char *mode_of(const Tetragon__TracingPolicyStatus *policy, char *buf, size_t size)
{
	return message_enum_word(&tetragon__tracing_policy_mode__descriptor, (int)policy->mode,
				 "TP_MODE_", buf, size);
}

static bool is_bad(const Tetragon__TracingPolicyStatus *policy)
{
	return policy->state == TETRAGON__TRACING_POLICY_STATE__TP_STATE_ERROR ||
	       policy->state == TETRAGON__TRACING_POLICY_STATE__TP_STATE_LOAD_ERROR ||
	       policy->state == TETRAGON__TRACING_POLICY_STATE__TP_STATE_PARTIALLY_ENABLED;
}

static bool is_running(const struct report *report)
{
	for (size_t i = 0; i < report->health->n_health_status; i++)
		if (report->health->health_status[i]->status !=
		    TETRAGON__HEALTH_STATUS_RESULT__HEALTH_STATUS_RUNNING)
			return false;
	return true;
}

static bool is_well(const struct report *report)
{
	for (size_t i = 0; i < report->policies->n_policies; i++)
		if (is_bad(report->policies->policies[i]))
			return false;
	return is_running(report) && (!report->check || report->check->status == SERVING);
}

struct sums {
	uint64_t posted, acted, would_act, filtered;
};

/* Of a policy: events, what it did, what it would have done in monitor mode. */
static struct sums sums_of(const Tetragon__TracingPolicyStatus *policy)
{
	const Tetragon__TracingPolicyActionCounters *c =
		policy->stats ? policy->stats->action_counters : NULL;

	if (!c)
		return (struct sums){0};
	return (struct sums){
		.posted = c->post,
		.acted = c->signal + c->override + c->notify_enforcer + c->set,
		.would_act = c->monitor_signal + c->monitor_override + c->monitor_notify_enforcer +
			     c->monitor_set,
		.filtered = c->nopost,
	};
}

static void append_escaped(struct str *out, const char *text)
{
	escape_text(out, text, strlen(text));
}

static void write_policy(struct str *out, const Tetragon__TracingPolicyStatus *policy)
{
	const struct sums sums = sums_of(policy);
	char state[32], mode[32];

	str_append_lit(out, "  ");
	if (policy->namespace_[0]) {
		escape_word(out, policy->namespace_);
		str_append_char(out, '/');
	}
	escape_word(out, policy->name);
	str_appendf(out, ": %s, %s", state_of(policy, state, sizeof(state)),
		    mode_of(policy, mode, sizeof(mode)));
	str_appendf(out, ", %zu hooks, %" PRIu64 " events", policy->n_hook_statuses, sums.posted);
	if (sums.acted)
		str_appendf(out, ", acted %" PRIu64 " times", sums.acted);
	if (sums.would_act)
		str_appendf(out, ", would have acted %" PRIu64 " times", sums.would_act);
	if (policy->kernel_memory_bytes)
		str_appendf(out, ", %" PRIu64 " KiB", policy->kernel_memory_bytes / 1024);
	str_append_char(out, '\n');
	if (!policy->error[0])
		return;
	str_append_lit(out, "    ");
	append_escaped(out, policy->error);
	str_append_char(out, '\n');
}

static void write_uptime(struct str *out, uint64_t ns)
{
	uint64_t seconds = ns / NSEC_PER_SEC, minutes = seconds / 60;

	if (minutes >= UINT64_C(48) * 60)
		str_appendf(out, "%" PRIu64 " days", minutes / 60 / 24);
	else if (minutes)
		str_appendf(out, "%" PRIu64 " h %" PRIu64 " min", minutes / 60, minutes % 60);
	else
		str_appendf(out, "%" PRIu64 " s", seconds);
}

static void write_process(struct str *out, const struct agent_process *process)
{
	if (!process->pid)
		return;
	str_appendf(out, "Process: %d, up ", (int)process->pid);
	write_uptime(out, process->up_ns);
	str_appendf(out, ", %" PRIu64 " MiB of memory, %.1f s of CPU\n", process->rss_bytes >> 20,
		    (double)process->cpu_ns / NSEC_PER_SEC);
}

/* What the agent knows of containers, of its ledger; 0: nothing, or it does not tell. */
static uint64_t containers(const struct report *report, const char *count)
{
	for (size_t i = 0; i < report->health->n_ledger; i++) {
		const Tetragon__LedgerLine *line = report->health->ledger[i];

		for (size_t j = 0; !strcmp(line->of, "containers") && j < line->n_counts; j++)
			if (!strcmp(line->counts[j]->name, count))
				return line->counts[j]->value;
	}
	return 0;
}

static const struct {
	const char *count, *what;
} container_counts[] = {
	{"pods", "pods"},
	{"running", "running"},
	{"awaited", "awaited"},
	{"ended", "ended"},
	{"told_by_hook", "told of by a hook"},
	{"told_by_cri", "told of by the runtime"},
	{"unknown", "not known when they began"},
	{"refused", "refused"},
	{"cri_failed", "questions to the runtime failed"},
};

/* Where nothing tells of containers, and none was seen, there is nothing to say of them. */
static void write_containers(struct str *out, const struct report *report)
{
	bool first = true;

	for (size_t i = 0; i < ARRAY_SIZE(container_counts); i++) {
		uint64_t n = containers(report, container_counts[i].count);

		if (!n)
			continue;
		str_appendf(out, "%s%" PRIu64 " %s", first ? "Containers: " : ", ", n,
			    container_counts[i].what);
		first = false;
	}
	if (!first)
		str_append_char(out, '\n');
}

static void write_json_containers(struct str *out, const struct report *report)
{
	json_put_begin(out, "containers", '{');
	for (size_t i = 0; i < ARRAY_SIZE(container_counts); i++)
		json_put_number(out, container_counts[i].count,
				containers(report, container_counts[i].count));
	json_put_end(out, '}');
}

static void write_text(struct str *out, const struct report *report)
{
	str_append_lit(out, "Agent: ");
	append_escaped(out, report->version->version);
	str_append_lit(out, " at ");
	append_escaped(out, report->address);
	str_append_char(out, '\n');
	write_process(out, &report->process);
	for (size_t i = 0; i < report->health->n_health_status; i++) {
		str_append_lit(out, "Health: ");
		append_escaped(out, report->health->health_status[i]->details);
		str_append_char(out, '\n');
	}
	if (report->check)
		str_appendf(out, "Ready: %s\n",
			    report->check->status == SERVING
				    ? "yes"
				    : "no, the policies of the start are being loaded");
	write_containers(out, report);
	str_appendf(out, "Policies: %zu\n", report->policies->n_policies);
	for (size_t i = 0; i < report->policies->n_policies; i++)
		write_policy(out, report->policies->policies[i]);
}

static void write_json_policy(struct str *out, const Tetragon__TracingPolicyStatus *policy)
{
	const struct sums sums = sums_of(policy);
	char word[32];

	json_put_begin(out, NULL, '{');
	json_put_string(out, "name", policy->name);
	json_put_string(out, "namespace", policy->namespace_);
	json_put_string(out, "domain", policy->domain);
	json_put_string(out, "state", state_of(policy, word, sizeof(word)));
	json_put_string(out, "mode", mode_of(policy, word, sizeof(word)));
	json_put_string(out, "error", policy->error[0] ? policy->error : NULL);
	json_put_number(out, "hooks", policy->n_hook_statuses);
	json_put_number(out, "events", sums.posted);
	json_put_number(out, "acted", sums.acted);
	json_put_number(out, "would_have_acted", sums.would_act);
	json_put_number(out, "filtered", sums.filtered);
	json_put_number(out, "kernel_memory_bytes", policy->kernel_memory_bytes);
	json_put_end(out, '}');
}

static void write_json(struct str *out, const struct report *report)
{
	json_put_begin(out, NULL, '{');
	json_put_bool(out, "well", is_well(report));
	json_put_string(out, "version", report->version->version);
	json_put_string(out, "address", report->address);
	if (report->process.pid) {
		json_put_number(out, "pid", (uint64_t)report->process.pid);
		json_put_number(out, "up_seconds", report->process.up_ns / NSEC_PER_SEC);
		json_put_number(out, "rss_bytes", report->process.rss_bytes);
		json_put_number(out, "cpu_ns", report->process.cpu_ns);
	}
	json_put_bool(out, "running", is_running(report));
	if (report->check)
		json_put_bool(out, "ready", report->check->status == SERVING);
	write_json_containers(out, report);
	json_put_begin(out, "policies", '[');
	for (size_t i = 0; i < report->policies->n_policies; i++)
		write_json_policy(out, report->policies->policies[i]);
	json_put_end(out, ']');
	json_put_end(out, '}');
	str_append_char(out, '\n');
}

/* Tetragon has its health service at another port. */
static enum status check(struct remote *remote, ProtobufCMessage **ret)
{
	Grpc__Health__V1__HealthCheckRequest request = GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	_cleanup_error_ struct error *err = NULL;
	int r = remote_ask(remote, HEALTH_CHECK, &request.base,
			   &grpc__health__v1__health_check_response__descriptor, ret, &err);

	return r < 0 && r != -EOPNOTSUPP ? remote_failed(remote, err, r) : STATUS_OK;
}

static enum status ask(struct remote *remote, struct report *report)
{
	Tetragon__GetVersionRequest version = TETRAGON__GET_VERSION_REQUEST__INIT;
	Tetragon__GetHealthStatusRequest health = TETRAGON__GET_HEALTH_STATUS_REQUEST__INIT;
	Tetragon__ListTracingPoliciesRequest list = TETRAGON__LIST_TRACING_POLICIES_REQUEST__INIT;
	enum status status =
		remote_get(remote, "GetVersion", &version.base,
			   &tetragon__get_version_response__descriptor, &report->answers[VERSION]);

	health.extended = true;
	if (status == STATUS_OK)
		status = remote_get(remote, "GetHealth", &health.base,
				    &tetragon__get_health_status_response__descriptor,
				    &report->answers[HEALTH]);
	if (status == STATUS_OK)
		status = check(remote, &report->answers[CHECK]);
	if (status == STATUS_OK)
		status = remote_get(remote, "ListTracingPolicies", &list.base,
				    &tetragon__list_tracing_policies_response__descriptor,
				    &report->answers[POLICIES]);
	if (remote->client)
		agent_process_read(grpc_client_peer(remote->client), &report->process);
	report->version = (const void *)report->answers[VERSION];
	report->health = (const void *)report->answers[HEALTH];
	report->check = (const void *)report->answers[CHECK];
	report->policies = (const void *)report->answers[POLICIES];
	return status;
}

static void report_done(struct report *report)
{
	for (size_t i = 0; i < _ANSWERS; i++)
		message_free(&report->answers[i]);
}

static enum status run(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	_cleanup_remote_ struct remote remote;
	_cleanup_(report_done) struct report report = {0};
	_cleanup_str_ struct str out = STR_INIT;
	enum status status;

	remote_init(&remote, &settings->common);
	if (argc > 0) {
		complain("status takes no arguments");
		return STATUS_USAGE;
	}
	report.address = remote.address;
	status = ask(&remote, &report);
	if (status != STATUS_OK)
		return status;
	if (settings->output == OUTPUT_JSON)
		write_json(&out, &report);
	else
		write_text(&out, &report);
	status = output_print(&out);
	return status == STATUS_OK && !is_well(&report) ? STATUS_FAILED : status;
}

static const struct option_spec options[] = {
	OUTPUT_OPTION(AT(output), "How to print it"),
};

static const struct example examples[] = {
	{"ocelli status || systemctl status ocellid", "Tells whether the agent is well"},
	{"ocelli status -o json | jq -r '.policies[] | select(.error) | .name + \": \" + .error'",
	 "Tells which policies are not loaded, and why"},
	{0},
};

const struct command status_command = {
	.name = "status",
	.summary = "Tell how the agent is",
	.description = "Its version, health, what it knows of containers, and policies, each with "
		       "its state, what it has told of "
		       "and what it did; of an agent on this machine also since when it runs and "
		       "what it uses.",
	.exit_status = "0 when it is well; 1 when it does not say that it is running and ready, or "
		       "a policy of it is in error or works in part only; 3 when it cannot be "
		       "reached",
	.examples = examples,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = run,
};
