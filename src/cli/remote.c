// SPDX-License-Identifier: Apache-2.0
#include "cli/remote.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/complain.h"
#include "cli/progress.h"
#include "grpc/dial.h"

#include <errno.h>
#include <unistd.h>

#define SENSORS "/tetragon.FineGuidanceSensors/"
/* Before the first time that it is tried again; twice as long before each other. */
#define RETRY_NS NSEC_PER_SEC
#define RETRY_NS_MAX (60 * NSEC_PER_SEC)

/* Where the agent says that it is; of one that does not say, where it is by default. */
static const char *find_address(struct remote *remote)
{
	_cleanup_error_ struct error *err = NULL;
	int r = agent_address_read(AGENT_INFO_FILE, remote->found, &err);

	if (r < 0 && err)
		complain_error(err, r);
	return r < 0 ? REMOTE_DEFAULT : remote->found;
}

void remote_init(struct remote *remote, const struct common_settings *settings)
{
	*remote = (struct remote){
		.settings = settings,
		.stop_fd = -1,
		.tls =
			{
				.ca_files = (const char *const *)settings->tls_ca_cert_files.v,
				.n_ca_files = settings->tls_ca_cert_files.n,
				.cert_file = settings->tls_cert_file,
				.key_file = settings->tls_key_file,
				.server_name = settings->tls_server_name,
				.skip_verify = settings->tls_skip_verify,
			},
	};
	remote->address =
		settings->server_address ? settings->server_address : find_address(remote);
}

/* Any option of TLS asks for it. */
static bool wants_tls(const struct grpc_client_tls *tls)
{
	return tls->n_ca_files || tls->cert_file || tls->key_file || tls->server_name ||
	       tls->skip_verify;
}

/* What contradicts itself. */
static int check_tls(const struct grpc_client_tls *tls, struct error **reterr)
{
	if (!tls->cert_file != !tls->key_file)
		return error_set(reterr, -EINVAL,
				 "--tls-cert-file and --tls-key-file go together: one is missing");
	if (tls->skip_verify && tls->n_ca_files)
		return error_set(reterr, -EINVAL,
				 "--tls-skip-verify and --tls-ca-cert-files contradict each other");
	return 0;
}

void remote_hang_up(struct remote *remote)
{
	grpc_client_free(&remote->client);
}

void remote_done(struct remote *remote)
{
	remote_hang_up(remote);
}

bool remote_is_gone(const struct remote *remote, int r)
{
	static const int codes[] = {
		-ENOENT,      -ECONNREFUSED, -ECONNRESET, -ECONNABORTED, -EHOSTDOWN,
		-ENETUNREACH, -EHOSTUNREACH, -EAGAIN,     -ENETDOWN,
	};

	/* What the server says of a call is no word on the connection. */
	if (remote->client && grpc_client_refusal(remote->client) != GRPC_OK)
		return grpc_client_refusal(remote->client) == GRPC_UNAVAILABLE;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		if (codes[i] == r)
			return true;
	/* What was asked of one who does not answer may be done all the same. */
	return r == -ETIMEDOUT && !remote->client;
}

static const char *const absent =
	"is ocellid running? --server-address says where: unix://PATH or HOST:PORT";

static const struct {
	int code;
	const char *remedy;
} remedies[] = {
	{-ENOENT, absent},
	{-ECONNREFUSED, absent},
	{-EHOSTUNREACH, absent},
	{-ENETUNREACH, absent},
	{-EACCES, "its socket is for root: use sudo"},
	{-EPERM, "its socket is for root: use sudo"},
	{-ETIMEDOUT, "--timeout says how long to wait"},
	{-EMSGSIZE, "--max-recv-size allows more"},
	{-ECONNRESET, "has it ended, or has it too many connections? its log says"},
};

static const char *const refusals[_GRPC_STATUS_MAX] = {
	[GRPC_DEADLINE_EXCEEDED] = "--timeout says how long to wait",
	[GRPC_UNIMPLEMENTED] = "is the agent of another version? \"ocelli version --server\" says",
	[GRPC_UNAVAILABLE] = "--retries says how often to try again",
	[GRPC_PERMISSION_DENIED] = "use sudo",
	[GRPC_UNAUTHENTICATED] = "use sudo",
};

int remote_explain(const struct remote *remote, int r, struct error **reterr)
{
	const enum grpc_status refusal =
		remote->client ? grpc_client_refusal(remote->client) : GRPC_OK;
	const char *remedy = refusals[refusal];

	for (size_t i = 0; i < ARRAY_SIZE(remedies) && refusal == GRPC_OK && !remedy; i++)
		if (remedies[i].code == r)
			remedy = remedies[i].remedy;
	if (remedy && reterr && *reterr && !(*reterr)->remedy)
		error_remedy(reterr, "%s", remedy);
	return r;
}

static int connect_to(struct remote *remote, struct error **reterr)
{
	const struct grpc_client_config config = {
		.address = remote->address,
		.tls = wants_tls(&remote->tls) ? &remote->tls : NULL,
		.timeout = remote->settings->timeout,
		.max_message = (size_t)remote->settings->max_recv_size,
		.stop_fd = remote->stop_fd,
	};
	int r = remote->client ? 0 : check_tls(&remote->tls, reterr);

	if (r < 0 || remote->client)
		return r;
	if (!*remote->address) {
		error_set(reterr, -ECONNREFUSED, "the agent serves nobody");
		error_remedy(reterr, "start it without an empty --server-address");
		return -ECONNREFUSED;
	}
	return grpc_client_connect(&config, &remote->client, reterr);
}

/* A question; one of both is set. */
struct question {
	const char *path;
	const ProtobufCMessage *request;
	const ProtobufCMessageDescriptor *type;
	ProtobufCMessage **answer;
	struct grpc_stream **stream;
};

static int ask_once(struct remote *remote, const struct question *q, struct error **reterr)
{
	int r = connect_to(remote, reterr);

	if (r < 0)
		return r;
	if (q->stream)
		return grpc_stream_open(remote->client, q->path, q->request, q->stream, reterr);
	return grpc_client_ask(remote->client, q->path, q->request, q->type, q->answer, reterr);
}

/* Who watches is told why nothing happens. */
static void tell_retry(const struct error *err, uint64_t wait)
{
	if (isatty(STDERR_FILENO) || log_get_level() >= LOG_LEVEL_DEBUG)
		complain("%s; trying again in %u s", err && err->message ? err->message : "failed",
			 (unsigned)(wait / NSEC_PER_SEC));
}

static int ask(struct remote *remote, const struct question *q, struct error **reterr)
{
	uint64_t wait = RETRY_NS;
	int r;

	for (int64_t left = remote->settings->retries;; left--) {
		_cleanup_error_ struct error *err = NULL;
		bool again;

		r = ask_once(remote, q, &err);
		again = left > 0 && r < 0 && remote_is_gone(remote, r);
		if (!again) {
			remote_explain(remote, r, &err);
			if (reterr)
				*reterr = TAKE_PTR(err);
			return r;
		}
		tell_retry(err, wait);
		remote_hang_up(remote);
		if (grpc_wait(-1, 0, remote->stop_fd, clock_ns(CLOCK_MONOTONIC) + wait) ==
		    -ECANCELED)
			return error_set(reterr, -ECANCELED, "interrupted");
		wait = MIN(2 * wait, RETRY_NS_MAX);
	}
}

static char *path_of(const char *method)
{
	char *path;

	return asprintf(&path, "%s%s", method[0] == '/' ? "" : SENSORS, method) < 0 ? NULL : path;
}

int remote_ask(struct remote *remote, const char *method, const ProtobufCMessage *request,
	       const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret,
	       struct error **reterr)
{
	_cleanup_free_ char *path = path_of(method);
	const struct question q = {
		.path = path,
		.request = request,
		.type = type,
		.answer = ret,
	};

	_cleanup_progress_ bool begun = progress_begin("waiting for the agent");

	return path ? ask(remote, &q, reterr) : -ENOMEM;
}

int remote_follow(struct remote *remote, const char *method, const ProtobufCMessage *request,
		  struct grpc_stream **ret, struct error **reterr)
{
	_cleanup_free_ char *path = path_of(method);
	const struct question q = {.path = path, .request = request, .stream = ret};

	return path ? ask(remote, &q, reterr) : -ENOMEM;
}

int remote_keep(struct remote *remote)
{
	/* What ends it is told when something is asked for. */
	return remote->client && grpc_client_keep(remote->client) == -ECANCELED ? -ECANCELED : 0;
}

enum status remote_failed(const struct remote *remote, const struct error *err, int r)
{
	complain_error(err, r);
	if (!remote->client && r == -EINVAL)
		return STATUS_USAGE;
	return !remote->client || r == -ETIMEDOUT || remote_is_gone(remote, r) ? STATUS_UNREACHABLE
									       : STATUS_FAILED;
}

enum status remote_get(struct remote *remote, const char *method, const ProtobufCMessage *request,
		       const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret)
{
	_cleanup_error_ struct error *err = NULL;
	int r = remote_ask(remote, method, request, type, ret, &err);

	return r < 0 ? remote_failed(remote, err, r) : STATUS_OK;
}
