// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "cli/doctor.h"
#include "cli/losses.h"
#include "cli/message.h"

#include "tetragon/sensors.pb-c.h"

#include <inttypes.h>
#include <string.h>

/* What cannot be asked is told with the words for that. */
static ProtobufCMessage *ask(struct doctor *doctor, struct remote *remote, const char *check,
			     const char *method, const ProtobufCMessage *request,
			     const ProtobufCMessageDescriptor *type)
{
	_cleanup_error_ struct error *err = NULL;
	ProtobufCMessage *answer = NULL;

	if (remote_ask(remote, method, request, type, &answer, &err) < 0)
		doctor_says(doctor, check, VERDICT_PROBLEM, err ? err->remedy : NULL, "%s",
			    err && err->message ? err->message : "out of memory");
	return answer;
}

static bool check_version(struct doctor *doctor, struct remote *remote)
{
	Tetragon__GetVersionRequest request = TETRAGON__GET_VERSION_REQUEST__INIT;
	_cleanup_message_ ProtobufCMessage *answer =
		ask(doctor, remote, "agent", "GetVersion", &request.base,
		    &tetragon__get_version_response__descriptor);
	const char *version;

	if (!answer)
		return false;
	version = ((const Tetragon__GetVersionResponse *)answer)->version;
	doctor_says(doctor, "agent", VERDICT_OK, NULL, "the agent answers at %s", remote->address);
	if (strcmp(version, OCELLI_VERSION) != 0)
		doctor_says(doctor, "agent_version", VERDICT_WARNING, "use those of one version",
			    "the agent is of version %s, and this command of " OCELLI_VERSION,
			    version);
	else
		doctor_says(doctor, "agent_version", VERDICT_OK, NULL,
			    "the agent is of this command's version, " OCELLI_VERSION);
	return true;
}

/* What nobody gets to see. That of a filter is none of it. */
static void check_ledger(struct doctor *doctor, const Tetragon__GetHealthStatusResponse *health)
{
	bool lost = false;

	/* An agent that is not ours tells none. */
	if (!health->n_ledger)
		return;
	for (size_t i = 0; i < LOSSES; i++) {
		const struct loss *loss = &losses[i];
		uint64_t n = losses_sum(health, loss);
		_cleanup_str_ struct str places = STR_INIT;

		if (!n)
			continue;
		lost = true;
		losses_append_places(&places, health, loss);
		doctor_says(doctor, "lost", loss->wanted ? VERDICT_NOTE : VERDICT_WARNING,
			    loss->remedy, "%" PRIu64 " %s%s", n, loss->what,
			    str_cstr(&places) ? places.data : "");
	}
	if (!lost)
		doctor_says(doctor, "lost", VERDICT_OK, NULL,
			    "nothing was lost since the agent began");
}

static void check_health(struct doctor *doctor, struct remote *remote)
{
	Tetragon__GetHealthStatusRequest request = TETRAGON__GET_HEALTH_STATUS_REQUEST__INIT;
	_cleanup_message_ ProtobufCMessage *answer = NULL;
	const Tetragon__GetHealthStatusResponse *health;

	request.extended = true;
	answer = ask(doctor, remote, "agent_health", "GetHealth", &request.base,
		     &tetragon__get_health_status_response__descriptor);
	health = (const void *)answer;
	if (health)
		check_ledger(doctor, health);
	for (size_t i = 0; health && i < health->n_health_status; i++) {
		const Tetragon__HealthStatus *status = health->health_status[i];
		bool well = status->status == TETRAGON__HEALTH_STATUS_RESULT__HEALTH_STATUS_RUNNING;

		doctor_says(doctor, "agent_health", well ? VERDICT_OK : VERDICT_PROBLEM,
			    well ? NULL : "its log says more", "the agent says of itself: %s",
			    status->details);
	}
}

static void check_lost(struct doctor *doctor, const Tetragon__TracingPolicyStatus *policy)
{
	const Tetragon__TracingPolicyActionCounters *c =
		policy->stats ? policy->stats->action_counters : NULL;

	if (c && c->lost)
		doctor_says(doctor, "policy_lost", VERDICT_WARNING,
			    "rateLimit at its actions, or a larger --rb-size-total",
			    "policy %s told of %" PRIu64 " calls, and the ring had no room for "
			    "%" PRIu64 " of them",
			    policy->name, c->post, c->lost);
}

static void check_policy(struct doctor *doctor, const Tetragon__TracingPolicyStatus *policy)
{
	char state[32];

	message_enum_word(&tetragon__tracing_policy_state__descriptor, (int)policy->state,
			  "TP_STATE_", state, sizeof(state));
	switch (policy->state) {
	case TETRAGON__TRACING_POLICY_STATE__TP_STATE_LOAD_ERROR:
	case TETRAGON__TRACING_POLICY_STATE__TP_STATE_ERROR:
		doctor_says(doctor, "policy", VERDICT_PROBLEM,
			    "\"ocelli policy explain\" of its file tells more",
			    "policy %s is in state %s: %s", policy->name, state, policy->error);
		break;
	case TETRAGON__TRACING_POLICY_STATE__TP_STATE_PARTIALLY_ENABLED:
		doctor_says(doctor, "policy", VERDICT_WARNING,
			    "\"ocelli policy explain\" of its file tells which hooks are not there",
			    "policy %s works in part: %s", policy->name, policy->error);
		break;
	default:
		doctor_says(doctor, "policy", VERDICT_OK, NULL, "policy %s is in state %s",
			    policy->name, state);
		break;
	}
}

static void check_policies(struct doctor *doctor, struct remote *remote)
{
	Tetragon__ListTracingPoliciesRequest request =
		TETRAGON__LIST_TRACING_POLICIES_REQUEST__INIT;
	_cleanup_message_ ProtobufCMessage *answer = NULL;
	const Tetragon__ListTracingPoliciesResponse *list;

	request.extended = true;
	answer = ask(doctor, remote, "policies", "ListTracingPolicies", &request.base,
		     &tetragon__list_tracing_policies_response__descriptor);
	list = (const void *)answer;
	for (size_t i = 0; list && i < list->n_policies; i++) {
		check_policy(doctor, list->policies[i]);
		check_lost(doctor, list->policies[i]);
	}
}

void doctor_agent(struct doctor *doctor, struct remote *remote)
{
	if (!check_version(doctor, remote))
		return;
	check_health(doctor, remote);
	check_policies(doctor, remote);
}
