// SPDX-License-Identifier: Apache-2.0
#include "grpc/internal.h"
#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* So much is put together before it is written; then the reader's socket has to take it. */
#define OUT_BYTES (64 * 1024)
/* What an idle connection keeps of that. */
#define OUT_KEPT (4 * 1024)
/* One that has not shaken hands, or not called anything, so long after it came is no client. */
#define HANDSHAKE_MS 10000
#define GREETING_MS 20000
/* One that is silent is asked whether it is there, and has so long to answer. */
#define SILENCE_MS 60000
#define ANSWER_MS 20000
/* What one may say in a second, and how many may begin to talk in cipher: the rest has to wait. */
#define FRAMES_MAX 20000
#define HANDSHAKES_MAX 200
/* Likewise, of changes of keys: clients have a reason for one in gigabytes. */
#define KEY_UPDATES_MAX 100

void connection_dirty(struct connection *c)
{
	struct grpc_server *server = c->server;

	if (c->closing || !list_empty(&c->dirty))
		return;
	list_add_tail(&server->dirty, &c->dirty);
}

static void on_closed(uv_handle_t *handle)
{
	struct connection *c = container_of(handle, struct connection, handle);

	c->server->handles--;
	str_free(&c->out);
	tls_session_free(&c->tls);
	free(c);
}

void connection_close(struct connection *c)
{
	if (c->closing)
		return;
	c->closing = true;
	list_del(&c->dirty);
	list_del(&c->node);
	c->server->n_connections--;
	list_for_each (item, &c->calls)
		call_gone(container_of(item, struct grpc_call, node));
	nghttp2_session_del(c->session);
	c->session = NULL;
	uv_close(&c->handle, on_closed);
}

static void reset_out(struct connection *c)
{
	if (c->out.cap > OUT_KEPT)
		str_free(&c->out);
	str_reset(&c->out);
}

static void on_written(uv_write_t *write, int status)
{
	struct connection *c = write->data;

	c->writing = false;
	reset_out(c);
	if (status < 0)
		connection_close(c);
	else if (!c->closing)
		connection_flush(c);
}

/* Returns whether the session could say what it has to. */
static bool collect(struct connection *c, struct str *to)
{
	while (to->len < OUT_BYTES) {
		const uint8_t *data;
		ssize_t n = nghttp2_session_mem_send(c->session, &data);

		if (n <= 0)
			return n == 0;
		str_append(to, data, (size_t)n);
	}
	return !to->failed;
}

/* Likewise, in cipher; and what the handshake has to say. */
static bool collect_sealed(struct connection *c)
{
	struct str *sealing = &c->server->sealing, *sealed = tls_output(c->tls), empty = c->out;
	bool ok = true;

	str_reset(sealing);
	if (c->session && sealed->len < OUT_BYTES)
		ok = collect(c, sealing) && tls_write(c->tls, sealing->data, sealing->len) == 0;
	c->out = *sealed;
	*sealed = empty;
	return ok && !c->out.failed;
}

/* Returns 0 when all was taken, 1 when the rest is being written, or a negative error of libuv. */
static int put(struct connection *c)
{
	uv_buf_t buf = uv_buf_init(c->out.data, (unsigned)c->out.len);
	int n = uv_try_write(&c->stream, &buf, 1);

	if (n < 0 && n != UV_EAGAIN)
		return n;
	n = n < 0 ? 0 : n;
	if ((size_t)n == c->out.len) {
		reset_out(c);
		return 0;
	}
	buf.base += n;
	buf.len -= (size_t)n;
	c->write.data = c;
	n = uv_write(&c->write, &c->stream, &buf, 1, on_written);
	c->writing = n == 0;
	return n < 0 ? n : 1;
}

/* Both have said all there was. */
static bool is_over(const struct connection *c)
{
	return c->session && !c->writing && !nghttp2_session_want_read(c->session) &&
	       !nghttp2_session_want_write(c->session);
}

/* What can be said at once. */
static void say_last(struct connection *c)
{
	if (c->writing || !c->tls)
		return;
	tls_shut(c->tls);
	if (collect_sealed(c) && c->out.len)
		put(c);
}

void connection_flush(struct connection *c)
{
	int r = 0;

	list_del(&c->dirty);
	while (!c->closing && !c->writing && r == 0) {
		if (c->tls ? !collect_sealed(c) : !collect(c, &c->out))
			r = -1;
		else if (!c->out.len)
			break;
		else
			r = put(c);
	}
	if (r < 0) {
		connection_close(c);
	} else if (!c->closing && is_over(c)) {
		say_last(c);
		connection_close(c);
	}
}

void connection_end(struct connection *c, uint32_t error, const char *why)
{
	if (c->doomed)
		return;
	c->doomed = uv_now(c->server->config.loop);
	if (why)
		nghttp2_submit_goaway(c->session, NGHTTP2_FLAG_NONE,
				      nghttp2_session_get_last_proc_stream_id(c->session), error,
				      (const uint8_t *)why, strlen(why));
	nghttp2_session_terminate_session(c->session, error);
	connection_dirty(c);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
	struct connection *c = container_of(handle, struct connection, handle);

	*ret = uv_buf_init(c->server->input, CONNECTION_INPUT_BYTES);
}

/* Now HTTP can begin. */
static int greet(struct connection *c)
{
	struct grpc_server *server = c->server;
	const struct grpc_config *config = &server->config;
	const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, config->max_calls},
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, CALL_HEADER_BYTES},
	};

	c->why_no_admin = config->why_no_admin ? config->why_no_admin(&c->peer, config->userdata)
					       : "there are none";
	if (nghttp2_session_server_new2(&c->session, server->callbacks, c, server->options) != 0 ||
	    nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, settings,
				    ARRAY_SIZE(settings)) != 0)
		return -ENOMEM;
	return 0;
}

static int receive(struct connection *c, const char *data, size_t len)
{
	return nghttp2_session_mem_recv(c->session, (const uint8_t *)data, len) < 0 ? -EPROTO : 0;
}

static int receive_sealed(struct connection *c, const char *data, size_t len)
{
	struct grpc_server *server = c->server;
	ssize_t n;

	tls_feed(c->tls, data, len);
	while ((n = tls_read(c->tls, server->plain, CONNECTION_PLAIN_BYTES)) >= 0) {
		c->key_updates += tls_take_key_updates(c->tls);
		if (!c->session && tls_is_open(c->tls) && greet(c) < 0)
			return -ENOMEM;
		if (c->session && c->key_updates > KEY_UPDATES_MAX)
			connection_end(c, NGHTTP2_ENHANCE_YOUR_CALM, "too_many_key_updates");
		if (n == 0)
			return 0;
		if (receive(c, server->plain, (size_t)n) < 0)
			return -EPROTO;
	}
	return (int)n;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct connection *c = container_of(stream, struct connection, stream);

	if (n == 0 || c->closing)
		return;
	c->heard = uv_now(c->server->config.loop);
	c->asked = 0;
	if (n >= 0)
		n = c->tls ? receive_sealed(c, buf->base, (size_t)n)
			   : receive(c, buf->base, (size_t)n);
	if (n < 0) {
		/* Why, if it is the handshake. */
		say_last(c);
		connection_close(c);
		return;
	}
	if (c->frames > FRAMES_MAX) {
		c->paused = true;
		uv_read_stop(stream);
	}
	connection_flush(c);
}

static int listen_to(struct connection *c)
{
	struct grpc_server *server = c->server;

	/* These cost us most. */
	c->paused = c->tls && !c->session && server->handshakes >= HANDSHAKES_MAX;
	if (c->paused)
		return 0;
	if (c->tls && !c->session)
		server->handshakes++;
	return uv_read_start(&c->stream, on_alloc, on_read);
}

void connection_start(struct connection *c, struct tls *tls)
{
	struct grpc_server *server = c->server;

	list_init(&c->calls);
	list_init(&c->dirty);
	list_add_tail(&server->connections, &c->node);
	server->n_connections++;
	c->came = c->heard = uv_now(server->config.loop);
	if ((tls ? tls_session_new(tls, &c->tls) : greet(c)) < 0 || listen_to(c) < 0)
		connection_close(c);
	else
		connection_flush(c);
}

/* Returns whether it is not worth waiting for. */
static bool is_lost(const struct connection *c, uint64_t now)
{
	return (!c->session && now - c->came > HANDSHAKE_MS) ||
	       (c->asked && now - c->asked > ANSWER_MS) ||
	       (c->doomed && now - c->doomed > ANSWER_MS);
}

void connection_tick(struct connection *c)
{
	uint64_t now = uv_now(c->server->config.loop);

	c->frames = c->key_updates = 0;
	memset(c->frames_of, 0, sizeof(c->frames_of));
	if (is_lost(c, now) || (c->paused && listen_to(c) < 0)) {
		connection_close(c);
		return;
	}
	list_for_each (item, &c->calls)
		call_tick(container_of(item, struct grpc_call, node));
	if (!c->session)
		return;
	if (!c->greeted && now - c->came > GREETING_MS) {
		connection_end(c, NGHTTP2_NO_ERROR, NULL);
	} else if (!c->asked && now - c->heard > SILENCE_MS) {
		c->asked = now;
		nghttp2_submit_ping(c->session, NGHTTP2_FLAG_NONE, NULL);
		connection_dirty(c);
	}
}
