// SPDX-License-Identifier: Apache-2.0
#include "grpc/internal.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CONTENT_TYPE "application/grpc"
/* Who has begun to ask has so long to say what. */
#define REQUEST_MS 20000

struct grpc_call *call_new(struct connection *c, int32_t stream)
{
	struct grpc_call *call = calloc(1, sizeof(*call));

	if (!call)
		return NULL;
	call->connection = c;
	call->stream = stream;
	call->began = uv_now(c->server->config.loop);
	list_add_tail(&c->calls, &call->node);
	return call;
}

static bool equals(const char *a, size_t len, const char *b)
{
	return strlen(b) == len && !memcmp(a, b, len);
}

/* "/package.Service/Method" */
static void find_method(struct grpc_call *call, const char *path, size_t len)
{
	const struct grpc_config *config = &call->connection->server->config;
	const char *slash = len && path[0] == '/' ? memchr(path + 1, '/', len - 1) : NULL;

	if (!slash)
		return;
	for (size_t i = 0; i < config->n_services; i++) {
		const struct grpc_service *service = &config->services[i];
		size_t n = (size_t)(slash - path - 1);

		if (!equals(path + 1, n, service->name))
			continue;
		call->service = service;
		for (size_t j = 0; j < service->n_methods; j++)
			if (equals(slash + 1, len - n - 2, service->methods[j].name))
				call->method = &service->methods[j];
	}
}

void call_header(struct grpc_call *call, const char *name, size_t name_len, const char *value,
		 size_t len)
{
	/* As HTTP/2 counts them (RFC 9113, 6.5.2). */
	call->header_len += name_len + len + 32;
	if (equals(name, name_len, ":method"))
		call->is_post = equals(value, len, "POST");
	else if (equals(name, name_len, ":path"))
		find_method(call, value, len);
	else if (equals(name, name_len, "content-type"))
		call->is_grpc = len >= strlen(CONTENT_TYPE) &&
				!memcmp(value, CONTENT_TYPE, strlen(CONTENT_TYPE));
	else if (equals(name, name_len, "grpc-timeout"))
		call->timeout = timeout_parse(value, len);
}

static nghttp2_nv header(const char *name, const char *value)
{
	return (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name,
		.value = (uint8_t *)(uintptr_t)value,
		.namelen = strlen(name),
		.valuelen = strlen(value),
	};
}

/* Who does not speak gRPC at all. */
static void refuse_http(struct grpc_call *call, const char *status)
{
	const nghttp2_nv headers[] = {header(":status", status)};

	call->begun = call->ended = true;
	nghttp2_submit_response(call->connection->session, call->stream, headers,
				ARRAY_SIZE(headers), NULL);
	connection_dirty(call->connection);
}

static void refuse(struct grpc_call *call, enum grpc_status status, const char *reason)
{
	struct grpc_server *server = call->connection->server;

	server->received -= call->request.len;
	str_free(&call->request);
	grpc_end(call, status, reason);
}

static void on_deadline(uv_timer_t *timer)
{
	struct grpc_call *call = timer->data;
	void (*closed)(struct grpc_call *, void *) = call->closed;

	call->closed = NULL;
	if (call->ended)
		return;
	if (closed)
		closed(call, call->closed_data);
	refuse(call, GRPC_DEADLINE_EXCEEDED, "the deadline has passed");
}

static void free_timer(uv_handle_t *handle)
{
	free(handle);
}

static void start_deadline(struct grpc_call *call)
{
	call->deadline = calloc(1, sizeof(*call->deadline));
	if (!call->deadline)
		return;
	uv_timer_init(call->connection->server->config.loop, call->deadline);
	call->deadline->data = call;
	uv_timer_start(call->deadline, on_deadline, call->timeout, 0);
}

/* Before he sends what cannot be done for him. */
static bool is_refused(struct grpc_call *call)
{
	const struct grpc_config *config = &call->connection->server->config;
	const char *why = call->connection->why_no_admin;
	_cleanup_str_ struct str text = STR_INIT;

	if (!why || !call->method || call->method->role != GRPC_ADMIN)
		return false;
	str_appendf(&text, "%s is for admins: %s", call->method->name, why);
	refuse(call, GRPC_PERMISSION_DENIED, str_cstr(&text));
	if (config->refused)
		config->refused(&call->connection->peer, call->method, config->refused_data);
	return true;
}

void call_open(struct grpc_call *call)
{
	if (call->header_len > CALL_HEADER_BYTES)
		refuse(call, GRPC_RESOURCE_EXHAUSTED, "the headers are larger than 16 KiB");
	else if (!call->is_post)
		refuse_http(call, "405");
	else if (!call->is_grpc)
		refuse_http(call, "415");
	else if (!is_refused(call) && call->timeout)
		start_deadline(call);
}

/* Whether the client has begun to ask and not ended. */
static bool is_asking(const struct grpc_call *call)
{
	bool takes_many = call->method && call->method->takes_many;

	return !call->ended && (takes_many ? call->request.len > 0 : !call->running);
}

void call_tick(struct grpc_call *call)
{
	uint64_t now = uv_now(call->connection->server->config.loop);

	if (is_asking(call) && now - call->began > REQUEST_MS)
		refuse(call, GRPC_DEADLINE_EXCEEDED, "the request is not complete after 20 s");
}

/* Has the method run with what the first @len bytes are, which are forgotten. */
static void run(struct grpc_call *call, size_t len)
{
	ProtobufCMessage *request = NULL;
	enum grpc_status status;
	const char *reason;

	status = request_unpack(call->method->input, (const uint8_t *)call->request.data, len,
				&request, &reason);
	if (status != GRPC_OK) {
		refuse(call, status, reason);
		return;
	}
	call->connection->server->received -= len;
	call->request.len -= len;
	if (call->request.len)
		memmove(call->request.data, call->request.data + len, call->request.len);
	else
		str_free(&call->request);
	call->running = true;
	call->method->run(call, request, call->service->userdata);
	protobuf_c_message_free_unpacked(request, NULL);
}

static void run_each(struct grpc_call *call)
{
	size_t len;

	while (!call->ended &&
	       (len = request_length((const uint8_t *)call->request.data, call->request.len))) {
		/* Many of them are in one frame. */
		call->connection->frames++;
		run(call, len);
	}
}

/* As with connections, the last eighth is for those by unix sockets. */
static size_t max_received(const struct connection *c)
{
	size_t max = c->server->config.max_received;

	return c->peer.is_local ? max : max - max / 8;
}

void call_data(struct grpc_call *call, const uint8_t *data, size_t len)
{
	struct grpc_server *server = call->connection->server;
	bool takes_many = call->method && call->method->takes_many;

	if (call->ended || (call->running && !takes_many))
		return;
	if (!call->request.len)
		call->began = uv_now(server->config.loop);
	if (call->request.len + len > server->config.max_request) {
		refuse(call, GRPC_RESOURCE_EXHAUSTED, "the request is larger than it may be");
		return;
	}
	if (server->received + len > max_received(call->connection)) {
		refuse(call, GRPC_RESOURCE_EXHAUSTED,
		       "all requests together are larger than they may be; try again");
		return;
	}
	str_append(&call->request, data, len);
	if (call->request.failed) {
		refuse(call, GRPC_RESOURCE_EXHAUSTED, "out of memory");
		return;
	}
	server->received += len;
	if (takes_many && !server->stopping)
		run_each(call);
}

void call_run(struct grpc_call *call)
{
	bool takes_many = call->method && call->method->takes_many;

	if (call->ended || (call->running && !takes_many))
		return;
	if (!call->method)
		refuse(call, GRPC_UNIMPLEMENTED,
		       call->service ? "this service has no such method"
				     : "this server has no such service");
	else if (call->connection->server->stopping)
		refuse(call, GRPC_UNAVAILABLE, "the agent stops");
	else if (!takes_many || call->request.len)
		run(call, call->request.len);
	else
		grpc_end(call, GRPC_OK, NULL);
}

/* What each connection may hold back, however much the others do. */
static size_t share(const struct grpc_server *server)
{
	return server->config.max_queued / 2 / server->config.max_connections;
}

/* Of what connections hold back, only what is more than their share is taken from what all have. */
static void account(struct connection *c, size_t less, size_t more)
{
	size_t own = share(c->server);

	c->server->queued -= c->queued > own ? c->queued - own : 0;
	c->queued = c->queued - less + more;
	c->server->queued += c->queued > own ? c->queued - own : 0;
}

void call_gone(struct grpc_call *call)
{
	struct grpc_server *server = call->connection->server;

	if (call->closed && !call->ended)
		call->closed(call, call->closed_data);
	server->received -= call->request.len;
	account(call->connection, call->queue.bytes, 0);
	if (call->deadline) {
		uv_timer_stop(call->deadline);
		uv_close((uv_handle_t *)call->deadline, free_timer);
	}
	list_del(&call->node);
	str_free(&call->request);
	queue_free(&call->queue);
	free(call->text);
	free(call);
}

/* --- what methods do with it */

const struct grpc_peer *grpc_call_peer(const struct grpc_call *call)
{
	return &call->connection->peer;
}

void grpc_watch(struct grpc_call *call, void (*closed)(struct grpc_call *call, void *userdata),
		void *userdata)
{
	call->closed = closed;
	call->closed_data = userdata;
}

/* Behind the last answer. */
static int submit_trailers(const struct grpc_call *call)
{
	char status[12];
	nghttp2_nv trailers[2];
	size_t n = 1;

	snprintf(status, sizeof(status), "%d", (int)call->status);
	trailers[0] = header("grpc-status", status);
	if (call->text)
		trailers[n++] = header("grpc-message", call->text);
	return nghttp2_submit_trailer(call->connection->session, call->stream, trailers, n);
}

static ssize_t read_answers(nghttp2_session *session, int32_t stream, uint8_t *to, size_t len,
			    uint32_t *flags, nghttp2_data_source *source, void *userdata)
{
	struct grpc_call *call = source->ptr;
	size_t n = queue_take(&call->queue, to, len);

	account(call->connection, n, 0);
	if (n == 0 && !call->ended)
		return NGHTTP2_ERR_DEFERRED;
	if (call->queue.n == 0 && call->ended) {
		*flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
		if (submit_trailers(call) < 0)
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	}
	return (ssize_t)n;
}

static void begin(struct grpc_call *call, bool with_answers)
{
	const nghttp2_data_provider provider = {.source.ptr = call, .read_callback = read_answers};
	char status[12];
	nghttp2_nv headers[4] = {header(":status", "200"), header("content-type", CONTENT_TYPE)};
	size_t n = 2;

	snprintf(status, sizeof(status), "%d", (int)call->status);
	if (!with_answers)
		headers[n++] = header("grpc-status", status);
	if (!with_answers && call->text)
		headers[n++] = header("grpc-message", call->text);
	call->begun = true;
	nghttp2_submit_response(call->connection->session, call->stream, headers, n,
				with_answers ? &provider : NULL);
	connection_dirty(call->connection);
}

void grpc_begin(struct grpc_call *call)
{
	if (!call->begun)
		begin(call, true);
}

/* There is something to write, or to end. */
static void resume(struct grpc_call *call)
{
	grpc_begin(call);
	nghttp2_session_resume_data(call->connection->session, call->stream);
	connection_dirty(call->connection);
}

static bool is_room(const struct grpc_call *call, size_t len)
{
	const struct connection *c = call->connection;
	const struct grpc_config *config = &c->server->config;

	return call->queue.bytes + len <= config->max_queue &&
	       (c->queued + len <= share(c->server) ||
		c->server->queued + len <= config->max_queued / 2);
}

/* The first answer of a call may be long, and those who ask and do not read may be many: one that
 * is larger than all that may be held back has its turn when nothing is. */
static bool is_room_to_begin(const struct grpc_call *call, size_t len)
{
	const struct connection *c = call->connection;
	const struct grpc_server *server = c->server;

	return c->queued + len <= share(server) || !server->queued ||
	       server->queued + len <= server->config.max_queued / 2;
}

bool grpc_send(struct grpc_call *call, struct grpc_message *message)
{
	if (call->queue.n ? !is_room(call, message->len) : !is_room_to_begin(call, message->len))
		return false;
	if (!queue_add(&call->queue, message))
		return false;
	account(call->connection, 0, message->len);
	resume(call);
	return true;
}

size_t grpc_backlog(const struct grpc_call *call)
{
	return call->queue.bytes;
}

void grpc_end(struct grpc_call *call, enum grpc_status status, const char *message)
{
	struct str text = STR_INIT;

	if (call->ended)
		return;
	call->ended = true;
	call->status = status;
	if (message) {
		/* What it quotes may be the client's, who may have sent anything. */
		percent_encode(&text, message, TEXT_BYTES_MAX);
		call->text = str_cstr(&text);
	}
	if (!call->begun && !call->queue.n)
		begin(call, false);
	else
		resume(call);
}

void grpc_reply(struct grpc_call *call, const ProtobufCMessage *answer)
{
	struct grpc_message *message = grpc_message_new(answer);

	if (message && grpc_send(call, message))
		grpc_end(call, GRPC_OK, NULL);
	else
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED,
			 message ? "too many answers are not read yet; try again"
				 : "out of memory");
	grpc_message_unref(message);
}
