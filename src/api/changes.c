// SPDX-License-Identifier: Apache-2.0
#include "api/changes.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Each has a policy's text. */
#define CHANGES_MAX 64
/* What clients mean that name none. */
#define DOMAIN_DEFAULT "grpc"

struct change_call {
	struct api_change change;
	struct change_calls *calls;
	struct grpc_call *call; /* NULL: it is over */
	const ProtobufCMessageDescriptor *answer;
	char strings[];
};

static const struct {
	int r;
	enum grpc_status status;
} statuses[] = {
	{-EINVAL, GRPC_INVALID_ARGUMENT},
	{-ENAMETOOLONG, GRPC_INVALID_ARGUMENT},
	{-ENOENT, GRPC_NOT_FOUND},
	{-EEXIST, GRPC_ALREADY_EXISTS},
	{-ENOMEM, GRPC_RESOURCE_EXHAUSTED},
	{-ENOSPC, GRPC_RESOURCE_EXHAUSTED},
	{-EIO, GRPC_INTERNAL},
	{-EBUSY, GRPC_UNAVAILABLE},
	{-ECANCELED, GRPC_UNAVAILABLE},
};

/* Others are about what this kernel has, or the policy as it is. */
static enum grpc_status status_of(int r)
{
	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i].r == r)
			return statuses[i].status;
	return GRPC_FAILED_PRECONDITION;
}

static void answer(struct change_call *c, int r, const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;
	/* None of the answers has a member. */
	const ProtobufCMessage empty = PROTOBUF_C_MESSAGE_INIT(c->answer);

	if (r < 0)
		grpc_end(c->call, status_of(r),
			 text              ? text
			 : r == -ECANCELED ? "the agent stops"
					   : strerror(-r));
	else
		grpc_reply(c->call, &empty);
}

static void on_done(struct api_change *change, int r, const struct error *err)
{
	struct change_call *c = container_of(change, struct change_call, change);

	if (c->call)
		answer(c, r, err);
	c->calls->n--;
	free(c);
}

static void on_closed(struct grpc_call *call, void *userdata)
{
	struct change_call *c = userdata;

	c->call = NULL;
	c->change.unwanted = true;
}

static const char *refuse_domain(const struct api_change *change)
{
	if (!api_is_domain(change->domain))
		return API_DOMAIN_WRONG;
	if (change->kind != API_CHANGE_ADD)
		return NULL;
	if (!strcmp(change->domain, "static"))
		return "the domain \"static\" is that of the policies in files; add it there and "
		       "send the agent a SIGHUP, or choose another domain";
	if (!strcmp(change->domain, "sensors"))
		return "the domain \"sensors\" is the agent's own; choose another";
	return NULL;
}

static const char *refuse(const struct api_change *change)
{
	const char *why = refuse_domain(change);

	if (!why && change->kind != API_CHANGE_ADD && !change->name[0])
		why = "the request names no policy";
	if (!why && change->kind == API_CHANGE_CONFIGURE && change->enable < 0 && change->mode < 0)
		why = "the request changes nothing: it has neither \"enable\" nor \"mode\"";
	if (!why && change->mode >= 0 &&
	    change->mode != TETRAGON__TRACING_POLICY_MODE__TP_MODE_ENFORCE &&
	    change->mode != TETRAGON__TRACING_POLICY_MODE__TP_MODE_MONITOR)
		why = "a policy can be set to enforce or to monitor";
	return why;
}

static const char *append(char **to, const char *s)
{
	size_t size = strlen(s) + 1;
	char *start = memcpy(*to, s, size);

	*to += size;
	return start;
}

/* The request goes when its method returns. */
static struct change_call *copy(const struct api_change *change)
{
	size_t size = strlen(change->name) + strlen(change->namespace) + strlen(change->domain) +
		      strlen(change->yaml) + 4;
	struct change_call *c = malloc(sizeof(*c) + size);
	char *to;

	if (!c)
		return NULL;
	to = c->strings;
	c->change = *change;
	c->change.name = append(&to, change->name);
	c->change.namespace = append(&to, change->namespace);
	c->change.domain = append(&to, change->domain);
	c->change.yaml = append(&to, change->yaml);
	c->change.done = on_done;
	return c;
}

static void begin(struct change_calls *calls, struct grpc_call *call, struct api_change change,
		  const ProtobufCMessageDescriptor *answer_type)
{
	struct change_call *c;
	const char *why;

	if (!change.domain[0])
		change.domain = DOMAIN_DEFAULT;
	why = refuse(&change);
	if (why) {
		grpc_end(call, GRPC_INVALID_ARGUMENT, why);
		return;
	}
	if (calls->n == CHANGES_MAX) {
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED,
			 "64 changes of policies wait already, which is the limit; try again");
		return;
	}
	c = copy(&change);
	if (!c) {
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	c->calls = calls;
	c->call = call;
	c->answer = answer_type;
	calls->n++;
	grpc_watch(call, on_closed, c);
	calls->agent.change_policy(calls->agent.userdata, &c->change);
}

static struct api_change configure(const char *name, const char *namespace, const char *domain,
				   int enable, int mode)
{
	return (struct api_change){.kind = API_CHANGE_CONFIGURE,
				   .name = name,
				   .namespace = namespace,
				   .domain = domain,
				   .yaml = "",
				   .enable = enable,
				   .mode = mode};
}

void change_calls_add(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__AddTracingPolicyRequest *request = (const void *)message;
	struct api_change change = configure("", "", request->domain, -1, -1);

	change.kind = API_CHANGE_ADD;
	change.yaml = request->yaml;
	begin(userdata, call, change, &tetragon__add_tracing_policy_response__descriptor);
}

void change_calls_delete(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__DeleteTracingPolicyRequest *request = (const void *)message;
	struct api_change change =
		configure(request->name, request->namespace_, request->domain, -1, -1);

	change.kind = API_CHANGE_DELETE;
	begin(userdata, call, change, &tetragon__delete_tracing_policy_response__descriptor);
}

void change_calls_configure(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__ConfigureTracingPolicyRequest *request = (const void *)message;
	bool enables =
		request->_enable_case == TETRAGON__CONFIGURE_TRACING_POLICY_REQUEST___ENABLE_ENABLE;
	bool has_mode =
		request->_mode_case == TETRAGON__CONFIGURE_TRACING_POLICY_REQUEST___MODE_MODE;

	begin(userdata, call,
	      configure(request->name, request->namespace_, request->domain,
			enables ? request->enable : -1, has_mode ? (int)request->mode : -1),
	      &tetragon__configure_tracing_policy_response__descriptor);
}

static bool allowed(struct grpc_call *call, const struct change_calls *calls)
{
	if (!calls->with_deprecated)
		grpc_end(call, GRPC_UNKNOWN,
			 "EnableTracingPolicy and DisableTracingPolicy are deprecated: use "
			 "ConfigureTracingPolicy, or start the agent with "
			 "--enable-deprecated-tracingpolicy-grpc");
	return calls->with_deprecated;
}

void change_calls_enable(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__EnableTracingPolicyRequest *request = (const void *)message;

	if (allowed(call, userdata))
		begin(userdata, call,
		      configure(request->name, request->namespace_, request->domain, 1, -1),
		      &tetragon__enable_tracing_policy_response__descriptor);
}

void change_calls_disable(struct grpc_call *call, const ProtobufCMessage *message, void *userdata)
{
	const Tetragon__DisableTracingPolicyRequest *request = (const void *)message;

	if (allowed(call, userdata))
		begin(userdata, call,
		      configure(request->name, request->namespace_, request->domain, 0, -1),
		      &tetragon__disable_tracing_policy_response__descriptor);
}
