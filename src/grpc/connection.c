// SPDX-License-Identifier: Apache-2.0
#include "grpc/internal.h"
#include "base/macro.h"

#include <stdlib.h>
#include <string.h>

/* So much is put together before it is written; then the reader's socket has to take it. */
#define OUT_BYTES (64 * 1024)
/* What an idle connection keeps of that. */
#define OUT_KEPT (4 * 1024)
/* One that has not called anything so long after it came is not a client. */
#define GREETING_MS 20000
/* One that is silent is asked whether it is there, and has so long to answer. */
#define SILENCE_MS 60000
#define ANSWER_MS 20000
/* More calls taken back in a second are an attack (CVE-2023-44487). */
#define RESETS_MAX 1000

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

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *userdata)
{
	struct connection *c = userdata;
	struct grpc_call *call;

	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	call = call_new(c, frame->hd.stream_id);
	if (!call)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, call);
	c->greeted = true;
	return 0;
}

static struct grpc_call *call_of(nghttp2_session *session, int32_t stream)
{
	return nghttp2_session_get_stream_user_data(session, stream);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_len, const uint8_t *value, size_t len, uint8_t flags,
		     void *userdata)
{
	struct grpc_call *call = call_of(session, frame->hd.stream_id);

	if (call && frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		call_header(call, (const char *)name, name_len, (const char *)value, len);
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
		   size_t len, void *userdata)
{
	struct grpc_call *call = call_of(session, stream);

	if (call)
		call_data(call, data, len);
	return 0;
}

static int count_reset(struct connection *c)
{
	uint64_t now = uv_now(c->server->config.loop);

	if (now - c->counted >= 1000) {
		c->counted = now;
		c->resets = 0;
	}
	if (++c->resets <= RESETS_MAX)
		return 0;
	return nghttp2_session_terminate_session(c->session, NGHTTP2_ENHANCE_YOUR_CALM);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *userdata)
{
	struct connection *c = userdata;
	struct grpc_call *call;

	if (frame->hd.type == NGHTTP2_RST_STREAM)
		return count_reset(c);
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	call = call_of(session, frame->hd.stream_id);
	if (!call)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		call_open(call);
	if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		call_run(call);
	return 0;
}

/* Who was answered before he had said all need not go on. */
static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *userdata)
{
	int32_t stream = frame->hd.stream_id;

	if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
	    !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	if (nghttp2_session_get_stream_remote_close(session, stream) == 0)
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_NO_ERROR);
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream, uint32_t error, void *userdata)
{
	struct grpc_call *call = call_of(session, stream);

	nghttp2_session_set_stream_user_data(session, stream, NULL);
	if (call)
		call_gone(call);
	return 0;
}

int connection_callbacks(nghttp2_session_callbacks **ret)
{
	nghttp2_session_callbacks *callbacks;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		return -ENOMEM;
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	*ret = callbacks;
	return 0;
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
static bool collect(struct connection *c)
{
	while (c->out.len < OUT_BYTES) {
		const uint8_t *data;
		ssize_t n = nghttp2_session_mem_send(c->session, &data);

		if (n <= 0)
			return n == 0;
		str_append(&c->out, data, (size_t)n);
	}
	return !c->out.failed;
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

void connection_flush(struct connection *c)
{
	int r = 0;

	list_del(&c->dirty);
	while (!c->closing && !c->writing && r == 0) {
		if (!collect(c))
			r = -1;
		else if (!c->out.len)
			break;
		else
			r = put(c);
	}
	if (r < 0 || (!c->closing && !c->writing && !nghttp2_session_want_read(c->session) &&
		      !nghttp2_session_want_write(c->session)))
		connection_close(c);
}

static void on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *ret)
{
	struct connection *c = container_of(handle, struct connection, handle);

	*ret = uv_buf_init(c->server->input, OUT_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct connection *c = container_of(stream, struct connection, stream);

	if (n == 0 || c->closing)
		return;
	c->heard = uv_now(c->server->config.loop);
	c->asked = 0;
	if (n < 0 ||
	    nghttp2_session_mem_recv(c->session, (const uint8_t *)buf->base, (size_t)n) < 0)
		connection_close(c);
	else
		connection_flush(c);
}

void connection_start(struct connection *c)
{
	struct grpc_server *server = c->server;
	const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, server->config.max_calls},
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 16 * 1024},
	};

	list_init(&c->calls);
	list_init(&c->dirty);
	list_add_tail(&server->connections, &c->node);
	server->n_connections++;
	c->heard = uv_now(server->config.loop);
	if (nghttp2_session_server_new2(&c->session, server->callbacks, c, server->options) != 0 ||
	    nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, settings,
				    ARRAY_SIZE(settings)) != 0 ||
	    uv_read_start(&c->stream, on_alloc, on_read) < 0)
		connection_close(c);
	else
		connection_flush(c);
}

void connection_tick(struct connection *c)
{
	uint64_t now = uv_now(c->server->config.loop);

	if (!c->greeted && now - c->heard > GREETING_MS) {
		connection_close(c);
	} else if (c->asked && now - c->asked > ANSWER_MS) {
		connection_close(c);
	} else if (!c->asked && now - c->heard > SILENCE_MS) {
		c->asked = now;
		nghttp2_submit_ping(c->session, NGHTTP2_FLAG_NONE, NULL);
		connection_dirty(c);
	}
}
