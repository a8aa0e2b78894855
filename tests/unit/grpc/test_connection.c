// SPDX-License-Identifier: Apache-2.0
/* Clients that are slow, silent, or say too much. */
#include "unit.h"

#include "base/macro.h"
#include "certificate.h"
#include "config/tree.h"
#include "grpc/internal.h"

#include "grpc/health/v1/health.pb-c.h"

#include "event/scarce.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#define NONE (-1)

struct fixture {
	uv_loop_t loop;
	struct grpc_server *server;
	struct grpc_call *waiting;
	/* The client. */
	int fd;
	nghttp2_session *session;
	int status; /* of the last call */
	char text[256];
	unsigned pings;
	int goaway;
	int reset;       /* the code of the last call that was */
	struct str said; /* by the server */
	bool closed;
	unsigned refused;
	struct str who; /* the last of these */
};

static struct fixture *fixture;

static void run_check(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	Grpc__Health__V1__HealthCheckResponse answer =
		GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

	grpc_reply(call, &answer.base);
}

static void run_wait(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	fixture->waiting = call;
	grpc_begin(call);
}

/* More than there may be of headers. */
static void run_long(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	static char value[80000];
	const nghttp2_nv headers[] = {
		{(uint8_t *)(uintptr_t)":status", (uint8_t *)(uintptr_t)"200", 7, 3, 0},
		{(uint8_t *)(uintptr_t)"long", (uint8_t *)value, 4, sizeof(value), 0}};

	memset(value, '\xfe', sizeof(value));
	call->begun = call->ended = true;
	nghttp2_submit_response(call->connection->session, call->stream, headers, 2, NULL);
	connection_dirty(call->connection);
}

#define REQUEST &grpc__health__v1__health_check_request__descriptor

static const struct grpc_method methods[] = {
	{.name = "Check", .input = REQUEST, .run = run_check, .role = GRPC_READER},
	{.name = "Wait", .input = REQUEST, .run = run_wait, .role = GRPC_READER},
	{.name = "Change", .input = REQUEST, .run = run_check},
	{.name = "Long", .input = REQUEST, .run = run_long, .role = GRPC_READER},
};

static const struct grpc_service services[] = {{"a.Service", methods, ARRAY_SIZE(methods), NULL}};

static const char *nobody_is(const struct grpc_peer *peer, void *userdata)
{
	return "nobody is one";
}

static void on_refused(const struct grpc_peer *peer, const struct grpc_method *method,
		       void *userdata)
{
	struct fixture *f = fixture;

	f->refused++;
	assert_string_equal(method->name, "Change");
	grpc_peer_describe(peer, &f->who);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_len, const uint8_t *value, size_t len, uint8_t flags,
		     void *userdata)
{
	struct fixture *f = userdata;

	if (name_len == 11 && !memcmp(name, "grpc-status", 11))
		f->status = atoi((const char *)value);
	if (name_len == 12 && !memcmp(name, "grpc-message", 12))
		snprintf(f->text, sizeof(f->text), "%.*s", (int)len, value);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *userdata)
{
	struct fixture *f = userdata;

	if (frame->hd.type == NGHTTP2_PING && !(frame->hd.flags & NGHTTP2_FLAG_ACK))
		f->pings++;
	if (frame->hd.type == NGHTTP2_RST_STREAM)
		f->reset = (int)frame->rst_stream.error_code;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		f->goaway = (int)frame->goaway.error_code;
	return 0;
}

static void connect_client(struct fixture *f, struct tls *tls)
{
	struct connection *c = calloc(1, sizeof(*c));
	nghttp2_session_callbacks *callbacks;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	f->fd = fds[1];
	c->server = f->server;
	uv_pipe_init(&f->loop, &c->pipe, 0);
	f->server->handles++;
	assert_int_equal(uv_pipe_open(&c->pipe, fds[0]), 0);
	connection_start(c, tls);
	nghttp2_session_callbacks_new(&callbacks);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_client_new(&f->session, callbacks, f);
	nghttp2_session_callbacks_del(callbacks);
}

/* What the client has to say. */
static void say(struct fixture *f)
{
	const uint8_t *data;
	ssize_t n;

	while ((n = nghttp2_session_mem_send(f->session, &data)) > 0)
		send(f->fd, data, (size_t)n, MSG_NOSIGNAL);
}

static void listen_to_server(struct fixture *f)
{
	uint8_t data[65536];
	ssize_t n;

	for (int i = 0; i < 4; i++) {
		uv_run(&f->loop, UV_RUN_NOWAIT);
		while ((n = recv(f->fd, data, sizeof(data), MSG_DONTWAIT)) > 0) {
			str_append(&f->said, data, (size_t)n);
			nghttp2_session_mem_recv(f->session, data, (size_t)n);
		}
		f->closed |= n == 0 || (n < 0 && errno == ECONNRESET);
	}
}

static void make_older(uint64_t *when, uint64_t ms)
{
	if (*when)
		*when -= ms;
}

static void make_calls_older(struct connection *c, uint64_t ms)
{
	list_for_each (item, &c->calls)
		make_older(&container_of(item, struct grpc_call, node)->began, ms);
}

/* As if so long had passed, and the agent did what it does every second. */
static void pass(struct fixture *f, uint64_t ms)
{
	listen_to_server(f);
	list_for_each (item, &f->server->connections) {
		struct connection *c = container_of(item, struct connection, node);

		make_older(&c->came, ms);
		make_older(&c->heard, ms);
		make_older(&c->asked, ms);
		make_older(&c->doomed, ms);
		make_calls_older(c, ms);
	}
	grpc_server_tick(f->server);
	listen_to_server(f);
}

#define NV(name, value) \
	{(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), 0}

/* Returns the stream, with headers that were sent. */
static int32_t begin(struct fixture *f, const char *path)
{
	const nghttp2_nv headers[] = {NV(":method", "POST"), NV(":scheme", "http"),
				      NV(":authority", "x"), NV(":path", path),
				      NV("content-type", "application/grpc")};
	int32_t stream;

	f->status = NONE;
	stream =
		nghttp2_submit_headers(f->session, 0, -1, NULL, headers, ARRAY_SIZE(headers), NULL);
	say(f);
	return stream;
}

/* A frame without the client's session. */
static void send_frame(struct fixture *f, uint8_t type, uint8_t flags, uint32_t stream,
		       const char *payload, size_t len)
{
	uint8_t frame[64] = {0, 0, (uint8_t)len, type, flags, 0, 0, 0, (uint8_t)stream};

	memcpy(frame + 9, payload, len);
	send(f->fd, frame, 9 + len, MSG_NOSIGNAL);
}

static void ask(struct fixture *f, const char *path)
{
	int32_t stream = begin(f, path);

	send_frame(f, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, (uint32_t)stream, "\0\0\0\0\0", 5);
	listen_to_server(f);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct grpc_config config = {
		.loop = &f->loop,
		.services = services,
		.n_services = ARRAY_SIZE(services),
		.why_no_admin = nobody_is,
		.refused = on_refused,
		.max_connections = 4,
		.max_calls = 8,
		.max_request = 4096,
		.max_received = 4096,
		.max_queue = 4096,
		.max_queued = 8192,
	};

	signal(SIGPIPE, SIG_IGN);
	fixture = f;
	f->fd = f->status = f->goaway = f->reset = NONE;
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(grpc_server_new(&config, &f->server), 0);
	tree_enter();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tree_leave();
	close(f->fd);
	nghttp2_session_del(f->session);
	str_free(&f->said);
	str_free(&f->who);
	grpc_server_close(f->server);
	while (uv_run(&f->loop, UV_RUN_DEFAULT))
		;
	assert_int_equal(f->server->n_connections, 0);
	assert_int_equal(f->server->handles, 0);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	grpc_server_free(&f->server);
	free(f);
	return 0;
}

static void greet_with(struct fixture *f, uint32_t window)
{
	const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window}};

	connect_client(f, NULL);
	nghttp2_submit_settings(f->session, 0, settings, 1);
	say(f);
	listen_to_server(f);
}

static void greet(struct fixture *f)
{
	greet_with(f, 65535);
}

static void a_handshake_that_does_not_end(void **state)
{
	/* A record of the handshake, and that a ClientHello of some length is to come. */
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
	struct fixture *f = *state;
	const struct tls_config config = {"cert", "key", NULL, 0, NULL, 0};
	struct tls *tls;

	certificate_write("cert", "key", "x", NULL);
	assert_int_equal(tls_new(&config, &tls, NULL), 0);
	connect_client(f, tls);
	for (int i = 0; i < 9; i++) {
		pass(f, 1000);
		assert_false(f->closed);
		send(f->fd, hello + i, 1, MSG_NOSIGNAL);
	}
	pass(f, 1000);
	pass(f, 1000);
	assert_true(f->closed);
	tls_free(&tls);
}

static void who_never_calls(void **state)
{
	struct fixture *f = *state;

	greet(f);
	for (int i = 0; i < 19; i++) {
		nghttp2_submit_ping(f->session, 0, NULL);
		say(f);
		pass(f, 1000);
	}
	assert_int_equal(f->goaway, NONE);
	pass(f, 2000);
	assert_int_equal(f->goaway, NGHTTP2_NO_ERROR);
	assert_true(f->closed);
}

static void a_request_that_does_not_end(void **state)
{
	struct fixture *f = *state;

	greet(f);
	begin(f, "/a.Service/Check");
	for (int i = 0; i < 19; i++)
		pass(f, 1000);
	assert_int_equal(f->status, NONE);
	pass(f, 2000);
	assert_int_equal(f->status, GRPC_DEADLINE_EXCEEDED);
	assert_non_null(strstr(f->text, "not complete"));
	/* That was one call of it. */
	ask(f, "/a.Service/Check");
	assert_int_equal(f->status, GRPC_OK);
}

/* Those who came by TCP leave an eighth to those who did not. */
static void requests_that_fill_all(void **state)
{
	struct fixture *f = *state;
	struct connection *c;
	char payload[50] = {0};

	greet(f);
	c = container_of(f->server->connections.next, struct connection, node);
	assert_false(c->peer.is_local);
	begin(f, "/a.Service/Check");
	for (int i = 0; i < 4096 / 8 * 7 / 50; i++)
		send_frame(f, NGHTTP2_DATA, 0, 1, payload, sizeof(payload));
	listen_to_server(f);
	assert_int_equal(f->status, NONE);
	begin(f, "/a.Service/Check");
	send_frame(f, NGHTTP2_DATA, 0, 3, payload, sizeof(payload));
	listen_to_server(f);
	assert_int_equal(f->status, GRPC_RESOURCE_EXHAUSTED);
	c->peer.is_local = true;
	begin(f, "/a.Service/Check");
	send_frame(f, NGHTTP2_DATA, 0, 5, payload, sizeof(payload));
	listen_to_server(f);
	assert_int_equal(f->status, NONE);
}

static void silence(void **state)
{
	struct fixture *f = *state;

	greet(f);
	ask(f, "/a.Service/Wait");
	pass(f, 59000);
	assert_int_equal(f->pings, 0);
	pass(f, 2000);
	assert_int_equal(f->pings, 1);
	/* It is there. */
	say(f);
	pass(f, 30000);
	assert_false(f->closed);
	pass(f, 61000);
	assert_int_equal(f->pings, 2);
	/* It is not. */
	pass(f, 19000);
	assert_false(f->closed);
	pass(f, 2000);
	assert_true(f->closed);
}

static void too_much(void **state, uint8_t type, unsigned max, const char *payload, size_t len,
		     uint32_t stream, const char *why)
{
	struct fixture *f = *state;
	char goaway[64];

	greet(f);
	begin(f, "/a.Service/Wait");
	for (unsigned i = 0; i < max; i++) {
		send_frame(f, type, 0, stream, payload, len);
		if (i % 100 == 0)
			listen_to_server(f);
	}
	listen_to_server(f);
	assert_int_equal(f->goaway, NONE);
	/* In another second it may say more. */
	pass(f, 1000);
	for (unsigned i = 0; i < max; i++) {
		send_frame(f, type, 0, stream, payload, len);
		if (i % 100 == 0)
			listen_to_server(f);
	}
	listen_to_server(f);
	assert_int_equal(f->goaway, NONE);
	for (unsigned i = 0; i < 10; i++)
		send_frame(f, type, 0, stream, payload, len);
	listen_to_server(f);
	/* The client's session has given up by itself when it is SETTINGS. */
	snprintf(goaway, sizeof(goaway), "%c%s", NGHTTP2_ENHANCE_YOUR_CALM, why);
	assert_non_null(memmem(f->said.data, f->said.len, goaway, strlen(goaway)));
	assert_true(f->closed);
}

static void too_many_pings(void **state)
{
	too_much(state, NGHTTP2_PING, 999, "12345678", 8, 0, "too_many_pings");
}

static void too_many_settings(void **state)
{
	too_much(state, NGHTTP2_SETTINGS, 98, "", 0, 0, "too_many_settings");
}

static void too_much_of_nothing(void **state)
{
	too_much(state, NGHTTP2_DATA, 999, "", 0, 1, "too_many_empty_frames");
}

static void priorities(void **state)
{
	too_much(state, NGHTTP2_PRIORITY, 999, "\0\0\0\0\1", 5, 3, "too_many_priorities");
}

/* Clients measure with pings how much they can have on the way. */
static void pings_between_answers(void **state)
{
	struct fixture *f = *state;
	Grpc__Health__V1__HealthCheckResponse answer =
		GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

	greet(f);
	ask(f, "/a.Service/Wait");
	for (int i = 0; i < 20; i++) {
		struct grpc_message *message = grpc_message_new(&answer.base);

		assert_true(grpc_send(f->waiting, message));
		grpc_message_unref(message);
		for (int j = 0; j < 100; j++)
			send_frame(f, NGHTTP2_PING, 0, 0, "12345678", 8);
		listen_to_server(f);
	}
	assert_int_equal(f->goaway, NONE);
}

static size_t fill(struct grpc_call *call, size_t len)
{
	struct grpc_message *message = malloc(sizeof(*message) + len);
	size_t n = 0;

	message->refs = 1;
	message->len = len;
	memset(message->data, 0, len);
	while (grpc_send(call, message))
		n += len;
	grpc_message_unref(message);
	return n;
}

/* Each connection has an eighth of its own, of the four that there may be: those who hold back all
 * that there is take nothing of that. */
static void who_does_not_read(void **state)
{
	struct fixture *f = *state;
	struct grpc_call *calls[2];
	int fd;
	nghttp2_session *session;

	greet_with(f, 0);
	ask(f, "/a.Service/Wait");
	calls[0] = f->waiting;
	assert_int_equal(fill(calls[0], 512), 4096);
	/* A second call of it has what all may have, and no more. */
	ask(f, "/a.Service/Wait");
	assert_ptr_not_equal(f->waiting, calls[0]);
	fd = f->fd;
	session = f->session;
	greet(f);
	ask(f, "/a.Service/Wait");
	calls[1] = f->waiting;
	assert_int_equal(f->server->queued, 4096 - 1024);
	assert_int_equal(fill(calls[1], 512), 2048);
	assert_int_equal(f->server->queued, 4096);
	close(fd);
	nghttp2_session_del(session);
	listen_to_server(f);
	assert_int_equal(f->server->queued, 0);
}

static void the_rest_waits(void **state)
{
	static const char update[] = "\0\0\4\10\0\0\0\0\0\0\0\0\1";
	struct fixture *f = *state;
	char updates[1000 * 13];

	for (size_t i = 0; i < sizeof(updates); i++)
		updates[i] = update[i % 13];
	greet(f);
	ask(f, "/a.Service/Check");
	assert_int_equal(f->status, GRPC_OK);
	for (int i = 0; i < 22; i++) {
		send(f->fd, updates, sizeof(updates), MSG_NOSIGNAL);
		listen_to_server(f);
	}
	ask(f, "/a.Service/Check");
	assert_int_equal(f->status, NONE);
	assert_int_equal(f->goaway, NONE);
	pass(f, 1000);
	assert_int_equal(f->status, GRPC_OK);
}

static void for_admins(void **state)
{
	struct fixture *f = *state;

	greet(f);
	container_of(f->server->connections.next, struct connection, node)->peer =
		(struct grpc_peer){true, 1, 2, 3};
	/* Nobody waits for the request. */
	begin(f, "/a.Service/Change");
	listen_to_server(f);
	assert_int_equal(f->status, GRPC_PERMISSION_DENIED);
	assert_string_equal(f->text, "Change is for admins: nobody is one");
	assert_int_equal(f->refused, 1);
	assert_string_equal(str_cstr(&f->who), "uid 1, gid 2, pid 3 by the unix socket");
	ask(f, "/a.Service/Check");
	assert_int_equal(f->status, GRPC_OK);
}

static void large_headers(void **state)
{
	struct fixture *f = *state;
	static char value[9000];
	nghttp2_nv headers[] = {NV(":method", "POST"),
				NV(":scheme", "http"),
				NV(":authority", "x"),
				NV(":path", "/a.Service/Check"),
				NV("content-type", "application/grpc"),
				NV("x", value),
				NV("y", value)};

	memset(value, 'v', sizeof(value));
	headers[5].valuelen = headers[6].valuelen = sizeof(value);
	greet(f);
	f->status = NONE;
	/* With one of them it is not too much. */
	nghttp2_submit_headers(f->session, 0, -1, NULL, headers, 6, NULL);
	say(f);
	listen_to_server(f);
	assert_int_equal(f->status, NONE);
	nghttp2_submit_headers(f->session, 0, -1, NULL, headers, 7, NULL);
	say(f);
	listen_to_server(f);
	assert_int_equal(f->status, GRPC_RESOURCE_EXHAUSTED);
	assert_non_null(strstr(f->text, "16 KiB"));
}

/* One byte each, after the first. */
static void headers_said_before(void **state)
{
	struct fixture *f = *state;
	static char value[3000];
	nghttp2_nv headers[64] = {NV(":method", "POST"), NV(":scheme", "http"),
				  NV(":authority", "x"), NV(":path", "/a.Service/Check"),
				  NV("content-type", "application/grpc")};
	uint8_t frame[8192] = {0, 0, 0, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 0, 0, 0, 1};
	nghttp2_hd_deflater *deflater;
	ssize_t n;

	memset(value, 'v', sizeof(value));
	for (size_t i = 5; i < ARRAY_SIZE(headers); i++)
		headers[i] = (nghttp2_nv){(uint8_t *)(uintptr_t)"x", (uint8_t *)value, 1,
					  sizeof(value), 0};
	nghttp2_hd_deflate_new(&deflater, 4096);
	n = nghttp2_hd_deflate_hd(deflater, frame + 9, sizeof(frame) - 9, headers,
				  ARRAY_SIZE(headers));
	nghttp2_hd_deflate_del(deflater);
	assert_in_range(n, 1000, 4000);
	frame[1] = (uint8_t)(n >> 8);
	frame[2] = (uint8_t)n;
	greet(f);
	send(f->fd, frame, 9 + (size_t)n, MSG_NOSIGNAL);
	listen_to_server(f);
	assert_int_equal(f->goaway, NGHTTP2_ENHANCE_YOUR_CALM);
	assert_non_null(memmem(f->said.data, f->said.len, "too_many_headers", 16));
	assert_true(f->closed);
}

/* The call has to end all the same. */
static void an_answer_that_cannot_be_said(void **state)
{
	struct fixture *f = *state;

	greet(f);
	ask(f, "/a.Service/Long");
	assert_int_equal(f->reset, NGHTTP2_INTERNAL_ERROR);
	ask(f, "/a.Service/Check");
	assert_int_equal(f->status, GRPC_OK);
}

/* What he waits for is memory, and not for ever. */
static void who_comes_when_there_is_no_memory(void **state)
{
	static const struct sockaddr_un address = {AF_UNIX, "socket"};
	struct fixture *f = *state;
	struct error *err = NULL;

	assert_int_equal(grpc_server_listen(f->server,
					    &(struct grpc_address){.text = "unix://socket",
								   .mode = 0600,
								   .group = (gid_t)-1},
					    &err),
			 0);
	f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(f->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	scarce_after(0);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	assert_true(scarce_end());
	assert_int_equal(f->server->n_connections, 0);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	assert_int_equal(f->server->n_connections, 0);
	grpc_server_tick(f->server);
	assert_int_equal(f->server->n_connections, 1);
	close(f->fd);
	/* So are those who come after him. */
	f->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(f->fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	assert_int_equal(f->server->n_connections, 1);
}

/* As far as it goes without waiting. */
static void shake_hands(struct fixture *f, SSL *client)
{
	int r = 0;

	for (int i = 0; i < 100 && r <= 0; i++) {
		r = SSL_do_handshake(client);
		uv_run(&f->loop, UV_RUN_NOWAIT);
	}
	assert_int_equal(r, 1);
}

static void changes_of_keys(void **state)
{
	struct fixture *f = *state;
	const struct tls_config config = {"cert", "key", NULL, 0, NULL, 0};
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *client = SSL_new(ctx);
	const struct connection *c;
	struct tls *tls;

	certificate_write("cert", "key", "x", NULL);
	assert_int_equal(tls_new(&config, &tls, NULL), 0);
	connect_client(f, tls);
	fcntl(f->fd, F_SETFL, O_NONBLOCK);
	SSL_set_alpn_protos(client, (const uint8_t *)"\2h2", 3);
	SSL_set_fd(client, f->fd);
	SSL_set_connect_state(client);
	shake_hands(f, client);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	c = container_of(f->server->connections.next, struct connection, node);
	for (int second = 0; second < 3; second++) {
		for (int i = 0; i < 100; i++) {
			assert_int_equal(SSL_key_update(client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
			assert_int_equal(SSL_do_handshake(client), 1);
		}
		uv_run(&f->loop, UV_RUN_NOWAIT);
		assert_int_equal(c->doomed, 0);
		grpc_server_tick(f->server);
	}
	for (int i = 0; i < 101; i++) {
		SSL_key_update(client, SSL_KEY_UPDATE_NOT_REQUESTED);
		SSL_do_handshake(client);
	}
	uv_run(&f->loop, UV_RUN_NOWAIT);
	uv_run(&f->loop, UV_RUN_NOWAIT);
	assert_int_equal(f->server->n_connections, 0);
	SSL_free(client);
	SSL_CTX_free(ctx);
	tls_free(&tls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_handshake_that_does_not_end, setup, teardown),
		cmocka_unit_test_setup_teardown(who_never_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(a_request_that_does_not_end, setup, teardown),
		cmocka_unit_test_setup_teardown(requests_that_fill_all, setup, teardown),
		cmocka_unit_test_setup_teardown(silence, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_pings, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many_settings, setup, teardown),
		cmocka_unit_test_setup_teardown(too_much_of_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(priorities, setup, teardown),
		cmocka_unit_test_setup_teardown(pings_between_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(who_does_not_read, setup, teardown),
		cmocka_unit_test_setup_teardown(the_rest_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(for_admins, setup, teardown),
		cmocka_unit_test_setup_teardown(large_headers, setup, teardown),
		cmocka_unit_test_setup_teardown(headers_said_before, setup, teardown),
		cmocka_unit_test_setup_teardown(an_answer_that_cannot_be_said, setup, teardown),
		cmocka_unit_test_setup_teardown(who_comes_when_there_is_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(changes_of_keys, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
