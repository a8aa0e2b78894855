/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_POLICY_REMOTE_H
#define OCELLI_CLI_POLICY_REMOTE_H

#include "cli/remote.h"

#include "tetragon/sensors.pb-c.h"

/* What commands about the agent's policies have in common. The settings of each begin with it. */
struct policy_command_settings {
	struct common_settings common;
	char *domain;    /* NULL: that of clients */
	char *namespace; /* NULL: none */
	int output;      /* enum output_format */
};

#define POLICY_AT(member) offsetof(struct policy_command_settings, member)

#define POLICY_DOMAIN_OPTION(says)    \
	{.name = "domain",            \
	 .type = OPTION_STRING,       \
	 .offset = POLICY_AT(domain), \
	 .argument = "NAME",          \
	 .help = (says)}

#define POLICY_NAMESPACE_OPTION          \
	{.name = "namespace",            \
	 .letter = 'n',                  \
	 .type = OPTION_STRING,          \
	 .offset = POLICY_AT(namespace), \
	 .argument = "NAME",             \
	 .help = "The namespace that the policy is in, if it is in one"}

#define POLICY_OF_DOMAIN "The domain that the policy is in; if empty, grpc, that of clients"

/* What is done to one of them. Returns 0 or what has gone wrong with *reterr. */
typedef int policy_call_fn(struct remote *remote, const struct policy_command_settings *settings,
			   const char *name, struct error **reterr);

/* Does it to each of the @argc names, and says so with @done ("deleted") on success. What goes
 * wrong with one keeps no other from it. */
enum status policy_remote_each(const struct policy_command_settings *settings, int argc,
			       char **argv, policy_call_fn *call, const char *done);

/* Says what was done to the policy, as text or JSON. */
enum status policy_remote_tell(const struct policy_command_settings *settings, const char *name,
			       const char *done);

/* Those of the domain; NULL: of all. The answer is freed with
 * tetragon__list_tracing_policies_response__free_unpacked(…, NULL). */
enum status policy_remote_list(struct remote *remote, const char *domain, bool extended,
			       Tetragon__ListTracingPoliciesResponse **ret);

#endif
