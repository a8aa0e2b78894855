// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "base/escape.h"
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/interrupt.h"
#include "cli/json_members.h"
#include "cli/output.h"
#include "cli/policy_files.h"
#include "cli/policy_remote.h"
#include "cli/policy_replay.h"
#include "cli/policy_trial.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "policy/action.h"
#include "policy/mode_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct settings {
	struct common_settings common;
	int output;
	bool offline, list;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

/* All of it. */
struct session {
	const struct settings *settings;
	struct remote remote;
	char domain[32]; /* of the policies while they are tried */
	struct str out;
	size_t cases, failed, skipped;
};

enum verdict {
	PASSED,
	FAILED,
	UNKNOWN, /* what the policy would do cannot be told */
	SKIPPED,
};

/* --- telling */

/* What is as it should be is said, too. */
static void describe_expected(const struct policy_case *of, struct str *out)
{
	str_appendf(out, ", expected %" PRIu64, of->min);
	if (of->max == UINT64_MAX)
		str_append_lit(out, " or more");
	else if (of->max != of->min)
		str_appendf(out, " to %" PRIu64, of->max);
}

/* "2 events, expected 0" */
static void describe_trial(const struct policy_case *of, const struct trial_result *result,
			   struct str *out)
{
	str_appendf(out, "%" PRIu64 " event%s", result->events, result->events == 1 ? "" : "s");
	if (result->events < of->min || result->events > of->max)
		describe_expected(of, out);
	if (result->others)
		str_appendf(out, ", %" PRIu64 " of them with another action", result->others);
	if (result->timed_out)
		str_appendf(out, ", not done in %" PRIu64 " s", of->seconds);
}

static void describe_range(const struct replay_count *count, struct str *out)
{
	str_appendf(out, "%" PRIu64, count->least);
	if (count->most != count->least)
		str_appendf(out, " to %" PRIu64, count->most);
}

/* "3 told of 7 recorded, 1 to 2 of them by another selector or with another action" */
static void describe_replay(const struct policy_case *of, const struct replay_result *result,
			    struct str *out)
{
	describe_range(&result->told, out);
	str_appendf(out, " told of %" PRIu64 " recorded", result->events);
	if (result->told.least < of->min || result->told.most > of->max)
		describe_expected(of, out);
	if (!result->others.most)
		return;
	str_append_lit(out, ", ");
	describe_range(&result->others, out);
	str_append_z(out, of->selector ? " of them not by that selector"
				       : " of them with another action");
	if (of->selector && of->action >= 0)
		str_append_lit(out, ", or with another action");
}

/* Each by itself, as it comes. */
static void tell(struct session *s, const char *policy, const char *name, enum verdict verdict,
		 const char *what)
{
	static const struct {
		const char *text, *json;
	} words[] = {
		[PASSED] = {"ok    ", "passed"},
		[FAILED] = {"FAIL  ", "failed"},
		[UNKNOWN] = {"ERROR ", "unknown"},
		[SKIPPED] = {"skip  ", "skipped"},
	};

	s->cases++;
	s->failed += verdict == FAILED || verdict == UNKNOWN;
	s->skipped += verdict == SKIPPED;
	if (s->settings->output == OUTPUT_JSON) {
		json_put_begin(&s->out, NULL, '{');
		json_put_string(&s->out, "policy", policy);
		json_put_string(&s->out, "test", name);
		json_put_string(&s->out, "result", words[verdict].json);
		json_put_string(&s->out, "details", what);
		json_put_end(&s->out, '}');
		str_append_char(&s->out, '\n');
		output_flush(&s->out, STDOUT_FILENO);
		return;
	}
	str_append_z(&s->out, words[verdict].text);
	escape_text(&s->out, policy, strlen(policy));
	str_append_lit(&s->out, ": ");
	escape_text(&s->out, name, strlen(name));
	str_append_lit(&s->out, ": ");
	escape_text(&s->out, what, strlen(what));
	str_append_char(&s->out, '\n');
	output_flush(&s->out, STDOUT_FILENO);
}

/* What is tried, and what is to come of it. */
static void list_case(const struct policy *policy, const struct policy_case *of,
		      struct table *table)
{
	_cleanup_str_ struct str expected = STR_INIT;
	const char *range = of->max == UINT64_MAX ? ".." : "";

	str_appendf(&expected, "%" PRIu64 "%s", of->min, range);
	if (of->max != UINT64_MAX && of->max != of->min)
		str_appendf(&expected, "..%" PRIu64, of->max);
	table_add(table, policy->metadata.name.s);
	table_add(table, of->run ? "run" : of->file ? "file" : "event");
	table_add(table, str_cstr(&expected) ? expected.data : "");
	table_add(table, of->name);
}

static void list_case_json(const struct policy *policy, const struct policy_case *of,
			   struct str *out)
{
	/* Lines are no elements of a list. */
	output_flush(out, STDOUT_FILENO);
	json_put_begin(out, NULL, '{');
	json_put_string(out, "policy", policy->metadata.name.s);
	json_put_string(out, "test", of->name);
	json_put_string(out, "kind", of->run ? "run" : of->file ? "file" : "event");
	json_put_number(out, "least", of->min);
	if (of->max != UINT64_MAX)
		json_put_number(out, "most", of->max);
	json_put_end(out, '}');
	str_append_char(out, '\n');
}

static enum status list_all(struct session *s, const struct policies *policies,
			    const struct policy_cases *cases)
{
	static const char *const titles[] = {"POLICY", "KIND", "EXPECT", "TEST"};
	_cleanup_table_ struct table table = TABLE_INIT(ARRAY_SIZE(titles));

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		table_add(&table, titles[i]);
	for (size_t i = 0; i < policies->n; i++)
		for (size_t j = 0; j < cases[i].n; j++) {
			list_case(policies->v[i], &cases[i].v[j], &table);
			if (s->settings->output == OUTPUT_JSON)
				list_case_json(policies->v[i], &cases[i].v[j], &s->out);
		}
	if (s->settings->output == OUTPUT_TEXT)
		table_write(&table, &s->out);
	return output_print(&s->out);
}

/* --- trying */

static bool is_good(const struct policy_case *of, const struct trial_result *result)
{
	return result->events >= of->min && result->events <= of->max && !result->others &&
	       !result->timed_out;
}

static int try_command(struct session *s, const char *policy, const struct policy_case *of,
		       struct error **reterr)
{
	_cleanup_str_ struct str what = STR_INIT;
	struct trial_result result;
	bool begun = progress_begin(of->name);
	int r = policy_trial_run(&s->remote, policy, of, &result, reterr);

	progress_end(&begun);
	if (r < 0)
		return r;
	describe_trial(of, &result, &what);
	tell(s, policy, of->name, is_good(of, &result) ? PASSED : FAILED,
	     str_cstr(&what) ? what.data : "");
	return 0;
}

/* Nothing is enforced, whatever the policy says. */
static int add(struct session *s, const struct policy *policy, struct error **reterr)
{
	Tetragon__AddTracingPolicyRequest request = TETRAGON__ADD_TRACING_POLICY_REQUEST__INIT;
	_cleanup_str_ struct str text = STR_INIT;
	ProtobufCMessage *answer;
	int r = 0;

	if (policy_enforces(policy))
		r = policy_mode_text(policy->text, strlen(policy->text), POLICY_MODE_MONITOR, &text,
				     reterr);
	else
		str_append_z(&text, policy->text);
	if (r < 0)
		return r;
	request.yaml = (char *)(uintptr_t)str_cstr(&text);
	request.domain = s->domain;
	if (!request.yaml)
		return error_set(reterr, -ENOMEM, "out of memory");
	r = remote_ask(&s->remote, "AddTracingPolicy", &request.base,
		       &tetragon__add_tracing_policy_response__descriptor, &answer, reterr);
	if (r >= 0)
		protobuf_c_message_free_unpacked(answer, NULL);
	return r;
}

/* Also when it could not be loaded: then it is listed. */
static void delete(struct session *s, const struct policy *policy)
{
	Tetragon__DeleteTracingPolicyRequest request =
		TETRAGON__DELETE_TRACING_POLICY_REQUEST__INIT;
	struct remote remote = s->remote;
	_cleanup_error_ struct error *err = NULL;
	ProtobufCMessage *answer;
	int r;

	/* Who interrupts the tests wants that all the same. */
	remote.stop_fd = -1;
	remote.client = NULL;
	request.name = (char *)(uintptr_t)policy->metadata.name.s;
	request.namespace_ = (char *)(uintptr_t)policy->metadata.namespace.s;
	request.domain = s->domain;
	r = remote_ask(&remote, "DeleteTracingPolicy", &request.base,
		       &tetragon__delete_tracing_policy_response__descriptor, &answer, &err);
	remote_done(&remote);
	if (r >= 0)
		protobuf_c_message_free_unpacked(answer, NULL);
	else if (r != -ENOENT)
		complain_error(err, r);
}

/* What another of the name tells could not be told apart. */
static int check_alone(struct session *s, const char *name, struct error **reterr)
{
	Tetragon__ListTracingPoliciesRequest request =
		TETRAGON__LIST_TRACING_POLICIES_REQUEST__INIT;
	const Tetragon__ListTracingPoliciesResponse *list;
	ProtobufCMessage *answer;
	int r = remote_ask(&s->remote, "ListTracingPolicies", &request.base,
			   &tetragon__list_tracing_policies_response__descriptor, &answer, reterr);

	if (r < 0)
		return r;
	list = (const Tetragon__ListTracingPoliciesResponse *)answer;
	for (size_t i = 0; i < list->n_policies && r >= 0; i++) {
		const Tetragon__TracingPolicyStatus *p = list->policies[i];

		if (strcmp(p->name, name) != 0 ||
		    (p->state != TETRAGON__TRACING_POLICY_STATE__TP_STATE_ENABLED &&
		     p->state != TETRAGON__TRACING_POLICY_STATE__TP_STATE_PARTIALLY_ENABLED))
			continue;
		r = error_set(reterr, -EEXIST, "policy %s is loaded already, in the domain %s",
			      name, p->domain);
		error_remedy(reterr, "disable it while it is tested");
	}
	protobuf_c_message_free_unpacked(answer, NULL);
	return r;
}

static int try_commands(struct session *s, const struct policy *policy,
			const struct policy_cases *cases, struct error **reterr)
{
	const char *name = policy->metadata.name.s;
	int r = check_alone(s, name, reterr);

	if (r < 0)
		return r;
	r = add(s, policy, reterr);
	for (size_t i = 0; i < cases->n && r >= 0; i++)
		if (cases->v[i].run)
			r = try_command(s, name, &cases->v[i], reterr);
	delete (s, policy);
	return r;
}

/* --- recorded events */

/* Whatever the policy may do, it passes; or fails; or nobody knows. */
static enum verdict judge(const struct policy_case *of, const struct replay_result *result)
{
	if (result->told.least > of->max || result->told.most < of->min || result->others.least)
		return FAILED;
	if (result->told.least < of->min || result->told.most > of->max || result->others.most)
		return UNKNOWN;
	return PASSED;
}

static void try_events(struct session *s, const struct policy *policy, const struct policy_case *of)
{
	_cleanup_replay_result_ struct replay_result result = REPLAY_RESULT_INIT;
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str what = STR_INIT;
	_cleanup_free_ char *text = NULL;
	enum verdict verdict = UNKNOWN;
	bool begun = progress_begin(of->name);
	int r = policy_replay(policy, of, &result, &err);

	progress_end(&begun);
	if (r < 0) {
		text = err ? error_text(err) : NULL;
		str_append_z(&what, text ? text : strerror(-r));
	} else {
		verdict = judge(of, &result);
		describe_replay(of, &result, &what);
		if (verdict == UNKNOWN) {
			str_append_lit(&what, "; it cannot be told: ");
			str_append(&what, result.why.data, result.why.len);
		}
	}
	tell(s, policy->metadata.name.s, of->name, verdict, str_cstr(&what) ? what.data : "");
}

/* What it would enforce is told of as the agent does that tries it. Returns how many cases are for
 * an agent. */
static size_t try_recorded(struct session *s, struct policy *policy,
			   const struct policy_cases *cases)
{
	size_t others = 0;

	policy_change_mode(policy, POLICY_MODE_MONITOR);
	for (size_t i = 0; i < cases->n; i++) {
		if (!cases->v[i].run)
			try_events(s, policy, &cases->v[i]);
		else if (s->settings->offline)
			tell(s, policy->metadata.name.s, cases->v[i].name, SKIPPED,
			     "it takes an agent");
		else
			others++;
	}
	policy_change_mode(policy, POLICY_MODE_UNSAID);
	return others;
}

/* Returns 0, or negative errno when it makes no sense to go on. */
static int try_policy(struct session *s, struct policy *policy, const struct policy_cases *cases)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_free_ char *text = NULL;
	int r;

	if (!cases->n) {
		tell(s, policy->metadata.name.s, "-", FAILED,
		     "there are no tests in its annotation " POLICY_CASES);
		return 0;
	}
	if (!try_recorded(s, policy, cases))
		return 0;
	r = try_commands(s, policy, cases, &err);
	if (r >= 0)
		return 0;
	if (r == -ECANCELED || remote_is_gone(&s->remote, r)) {
		remote_failed(&s->remote, err, r);
		return r;
	}
	text = err ? error_text(err) : NULL;
	tell(s, policy->metadata.name.s, "-", FAILED, text ? text : strerror(-r));
	return 0;
}

static enum status finish(struct session *s)
{
	if (s->settings->output == OUTPUT_TEXT)
		str_appendf(&s->out, "%zu tests, %zu failed", s->cases, s->failed);
	if (s->settings->output == OUTPUT_TEXT && s->skipped)
		str_appendf(&s->out, ", %zu skipped", s->skipped);
	if (s->settings->output == OUTPUT_TEXT)
		str_append_char(&s->out, '\n');
	return output_print(&s->out) == STATUS_OK && !s->failed ? STATUS_OK : STATUS_FAILED;
}

static enum status try_policies(struct session *s, const struct policies *policies,
				const struct policy_cases *cases)
{
	for (size_t i = 0; i < policies->n; i++) {
		int r = try_policy(s, policies->v[i], &cases[i]);

		if (r < 0)
			return r == -ECANCELED ? STATUS_FAILED : STATUS_UNREACHABLE;
	}
	return finish(s);
}

static enum status read_all(int argc, char **argv, struct policies *policies,
			    struct policy_cases **ret)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	enum status status = policy_files_read("policy test", argc, argv, policies, &diags);

	if (status != STATUS_OK)
		return status;
	*ret = calloc(policies->n + 1, sizeof(**ret));
	for (size_t i = 0; i < policies->n && *ret; i++)
		if (policy_cases_read(&(*ret)[i], policies->v[i], &diags) < 0) {
			complain_error(NULL, -ENOMEM);
			return STATUS_FAILED;
		}
	policy_files_complain(&diags);
	return diags.counts[SEVERITY_ERROR] || !*ret ? STATUS_FAILED : STATUS_OK;
}

static enum status run(void *data, int argc, char **argv)
{
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	struct session s = {.settings = data, .out = STR_INIT};
	struct policy_cases *cases = NULL;
	enum status status = read_all(argc, argv, &policies, &cases);

	remote_init(&s.remote, &s.settings->common);
	s.remote.stop_fd = interrupt_fd();
	snprintf(s.domain, sizeof(s.domain), "test-%d", (int)getpid());
	if (status == STATUS_OK)
		status = s.settings->list ? list_all(&s, &policies, cases)
					  : try_policies(&s, &policies, cases);
	for (size_t i = 0; i < policies.n && cases; i++)
		policy_cases_done(&cases[i]);
	free(cases);
	str_free(&s.out);
	remote_done(&s.remote);
	return status;
}

static const struct option_spec options[] = {
	OUTPUT_OPTION(AT(output), "How to print what came of the tests"),
	{.name = "offline",
	 .type = OPTION_BOOL,
	 .offset = AT(offline),
	 .help = "Only those on recorded events, which take no agent; the others are skipped"},
	{.name = "list",
	 .type = OPTION_BOOL,
	 .offset = AT(list),
	 .help = "Only tell which tests there are"},
};

static const struct example examples[] = {
	{"ocelli policy test policies/", "runs the tests of all policies there"},
	{"ocelli policy test --offline policies/", "runs those that take no agent"},
	{0},
};

const struct command policy_test_command = {
	.name = "policy test",
	.arguments = "FILE|DIRECTORY|-...",
	.operands = OPERANDS_FILES,
	.summary = "Run the tests that are written in policies",
	.description =
		"The annotation " POLICY_CASES " of a policy is a list of tests, in YAML. Of each "
		"there is how many events are to be told, \"expect\" 0, 2, 1.. (if left out), ..3 "
		"or "
		"2..4; the \"action\" that they are all to have, if it matters; and a \"name\".\n\n"
		"A command to \"run\", by sh(1), is tried by the agent: the events are those of it "
		"and "
		"of what it starts, and it may take \"seconds\", 10 if left out. The agent loads "
		"each "
		"policy for its tests, in monitor mode if there is something to enforce, in a "
		"domain of its own, and unloads it again. What is started by a subshell that has "
		"other things to do after it is not counted. The commands are run as they are "
		"written, by who runs this: read them first.\n\n"
		"An \"event\" that was recorded, or a \"file\" of them in lines of JSON, relative "
		"to "
		"that of the policy, takes no agent and no root: how many of them the policy would "
		"have told is found out by what they carry, and if it matters, that it is by the "
		"\"selector\" of that label or place (kprobes[0].selectors[1]). What a selector "
		"asks for and an event does not carry makes that a test of which nothing can be "
		"told, which is a failure with the reason.",
	.exit_status = "0 when all tests passed; 1 when one has not, or a policy has none; 2 for a "
		       "wrong command line; 3 when there is no agent",
	.examples = examples,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.remote = true,
	.run = run,
};
