// SPDX-License-Identifier: Apache-2.0
#include "grpc/client.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/list.h"
#include "base/str.h"
#include "grpc/client_tls.h"
#include "grpc/dial.h"
#include "grpc/frame.h"

#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONTENT_TYPE "application/grpc"
#define UNIX "unix://"
#define INPUT_BYTES (64 * 1024)
/* What a server may send of a call before it is waited for, and of all of them. */
#define STREAM_WINDOW (256 * 1024)
#define WINDOW (1024 * 1024)
/* Longer texts of a server are cut. */
#define TEXT_BYTES ((size_t)4096)

struct grpc_client {
	struct grpc_client_config config;
	nghttp2_session *session;
	int fd;
	struct client_tls *tls; /* NULL: none */
	struct str out;         /* that the socket did not take yet, from … */
	size_t written;         /* … here on */
	bool heard;             /* the other one has said something … */
	bool greeted;           /* … in HTTP/2 */
	int failure;            /* why there is no connection any more */
	enum grpc_status refusal;
	uint8_t *input;
};

struct grpc_stream {
	struct grpc_client *client;
	int32_t id;
	struct str request;
	size_t sent;      /* of it */
	struct str input; /* messages that were not taken, from … */
	size_t taken;     /* … here on */
	size_t owed;      /* bytes that the server was not yet told it may send more of */
	int http_status;
	bool is_grpc, has_status, ended;
	uint32_t code; /* of HTTP/2, when it has ended */
	enum grpc_status status;
	struct str text;
};

/* --- what the server says */

static struct grpc_stream *stream_of(nghttp2_session *session, int32_t id)
{
	return nghttp2_session_get_stream_user_data(session, id);
}

static bool equals(const uint8_t *a, size_t len, const char *b)
{
	return strlen(b) == len && !memcmp(a, b, len);
}

static int number(const uint8_t *value, size_t len)
{
	int v = 0;

	if (!len || len > 3)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (value[i] < '0' || value[i] > '9')
			return -1;
		v = 10 * v + value[i] - '0';
	}
	return v;
}

static int hex(uint8_t c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | ' ') : NULL;

	return at ? (int)(at - digits) : -1;
}

static void percent_decode(struct str *out, const uint8_t *text, size_t len)
{
	for (size_t i = 0; i < len && out->len < TEXT_BYTES; i++) {
		int high = text[i] == '%' && len - i > 2 ? hex(text[i + 1]) : -1;
		int low = high >= 0 ? hex(text[i + 2]) : -1;

		str_append_char(out, low >= 0 ? (char)(high << 4 | low) : (char)text[i]);
		i += low >= 0 ? 2 : 0;
	}
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_len, const uint8_t *value, size_t len, uint8_t flags,
		     void *userdata)
{
	struct grpc_stream *stream = stream_of(session, frame->hd.stream_id);

	if (!stream || frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	if (equals(name, name_len, ":status")) {
		stream->http_status = number(value, len);
	} else if (equals(name, name_len, "content-type")) {
		stream->is_grpc = len >= strlen(CONTENT_TYPE) &&
				  !memcmp(value, CONTENT_TYPE, strlen(CONTENT_TYPE));
	} else if (equals(name, name_len, "grpc-status")) {
		int status = number(value, len);

		stream->has_status = true;
		stream->status = status >= 0 && status < _GRPC_STATUS_MAX ? status : GRPC_UNKNOWN;
	} else if (equals(name, name_len, "grpc-message")) {
		str_reset(&stream->text);
		percent_decode(&stream->text, value, len);
	}
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *userdata)
{
	struct grpc_client *client = userdata;

	client->greeted |= frame->hd.type == NGHTTP2_SETTINGS;
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
		   size_t len, void *userdata)
{
	struct grpc_stream *stream = stream_of(session, id);

	nghttp2_session_consume_connection(session, len);
	if (!stream)
		return 0;
	str_append(&stream->input, data, len);
	stream->owed += len;
	return stream->input.failed ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *userdata)
{
	struct grpc_stream *stream = stream_of(session, id);

	nghttp2_session_set_stream_user_data(session, id, NULL);
	if (stream) {
		stream->ended = true;
		stream->code = code;
	}
	return 0;
}

/* A call that the server, who is going away, would not take. */
static int on_not_sent(nghttp2_session *session, const nghttp2_frame *frame, int error,
		       void *userdata)
{
	if (frame->hd.type == NGHTTP2_HEADERS)
		on_stream_close(session, frame->hd.stream_id, NGHTTP2_REFUSED_STREAM, userdata);
	return 0;
}

static int session_new(struct grpc_client *client)
{
	const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW},
	};
	nghttp2_session_callbacks *callbacks = NULL;
	nghttp2_option *option = NULL;
	int r = -ENOMEM;

	if (nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&option) == 0) {
		nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
		nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
		nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
		nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
		nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_not_sent);
		nghttp2_option_set_no_auto_window_update(option, 1);
		nghttp2_option_set_no_closed_streams(option, 1);
		if (nghttp2_session_client_new2(&client->session, callbacks, client, option) == 0 &&
		    nghttp2_submit_settings(client->session, NGHTTP2_FLAG_NONE, settings,
					    sizeof(settings) / sizeof(settings[0])) == 0 &&
		    nghttp2_session_set_local_window_size(client->session, NGHTTP2_FLAG_NONE, 0,
							  WINDOW) == 0)
			r = 0;
	}
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(callbacks);
	return r;
}

int grpc_client_open(const struct grpc_client_config *config, int fd, struct grpc_client **ret)
{
	struct grpc_client *client = calloc(1, sizeof(*client));

	if (!client) {
		close(fd);
		return -ENOMEM;
	}
	client->config = *config;
	client->fd = fd;
	client->input = malloc(INPUT_BYTES);
	if (!client->input || session_new(client) < 0) {
		grpc_client_free(&client);
		return -ENOMEM;
	}
	*ret = client;
	return 0;
}

/* --- the connection */

static bool is_unix(const char *address)
{
	return !strncmp(address, UNIX, strlen(UNIX));
}

static uint64_t deadline_of(const struct grpc_client *client)
{
	return client->config.timeout ? clock_ns(CLOCK_MONOTONIC) + client->config.timeout
				      : GRPC_NO_DEADLINE;
}

int grpc_client_connect(const struct grpc_client_config *config, struct grpc_client **ret,
			struct error **reterr)
{
	const struct grpc_client with = {.config = *config};
	uint64_t deadline = deadline_of(&with);
	struct grpc_client *client;
	int fd, r;

	if (config->tls && is_unix(config->address)) {
		error_set(reterr, -EINVAL, "%s is a socket of this machine, which has no TLS",
			  config->address);
		return -EINVAL;
	}
	r = grpc_dial(config->address, deadline, config->stop_fd, &fd, reterr);
	if (r < 0)
		return r;
	r = grpc_client_open(config, fd, &client);
	if (r < 0)
		return error_set(reterr, r, "out of memory");
	if (config->tls)
		r = client_tls_open(config->tls, config->address, fd, deadline, config->stop_fd,
				    &client->tls, reterr);
	if (r < 0)
		grpc_client_free(&client);
	else
		*ret = client;
	return r;
}

void grpc_client_free(struct grpc_client **client)
{
	struct grpc_client *c = *client;

	if (!c)
		return;
	nghttp2_session_del(c->session);
	client_tls_free(&c->tls);
	str_free(&c->out);
	free(c->input);
	close_fd(&c->fd);
	free(c);
	*client = NULL;
}

enum grpc_status grpc_client_refusal(const struct grpc_client *client)
{
	return client->refusal;
}

pid_t grpc_client_peer(const struct grpc_client *client)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return 0;
	return cred.pid;
}

/* These two return a count, 0 at the end of what comes, or a negative errno. */
static ssize_t connection_read(struct grpc_client *c)
{
	ssize_t n;

	if (c->tls)
		return client_tls_read(c->tls, c->input, INPUT_BYTES);
	n = recv(c->fd, c->input, INPUT_BYTES, MSG_DONTWAIT);
	return n < 0 ? -errno : n;
}

static ssize_t connection_write(struct grpc_client *c, const void *data, size_t len)
{
	ssize_t n;

	if (c->tls)
		return client_tls_write(c->tls, data, len);
	n = send(c->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n >= 0)
		return n;
	return errno == EPIPE ? -ECONNRESET : -errno;
}

/* Writes what the socket takes. */
static int put(struct grpc_client *c)
{
	for (;;) {
		const uint8_t *data;
		ssize_t n;

		if (c->written == c->out.len) {
			c->written = 0;
			str_reset(&c->out);
			n = nghttp2_session_mem_send(c->session, &data);
			if (n <= 0)
				return n < 0 ? -EPROTO : 0;
			str_append(&c->out, data, (size_t)n);
			if (c->out.failed)
				return -ENOMEM;
		}
		n = connection_write(c, c->out.data + c->written, c->out.len - c->written);
		if (n >= 0)
			c->written += (size_t)n;
		else if (n == -EAGAIN)
			return 0;
		else if (n != -EINTR)
			return (int)n;
	}
}

static int get(struct grpc_client *c)
{
	do {
		ssize_t n = connection_read(c);

		if (n < 0)
			return n == -EAGAIN || n == -EINTR ? 0 : (int)n;
		if (n == 0)
			return -ECONNRESET;
		c->heard = true;
		if (nghttp2_session_mem_recv(c->session, c->input, (size_t)n) < 0)
			return -EPROTO;
		/* What TLS has read the socket does not tell of any more. */
	} while (c->tls && client_tls_pending(c->tls));
	return 0;
}

static bool is_over(const struct grpc_client *c)
{
	return c->written == c->out.len && !nghttp2_session_want_read(c->session) &&
	       !nghttp2_session_want_write(c->session);
}

/* Has the connection go on, until something came or @deadline. What ends it is remembered. */
static int turn(struct grpc_client *c, uint64_t deadline)
{
	int r = c->failure ? c->failure : put(c), ready;

	/* Who hung up can have said why before. */
	if (r == -ECONNRESET && !c->failure)
		get(c);
	if (r == 0 && is_over(c))
		r = -EPROTO;
	if (r < 0)
		return c->failure = r;
	ready = grpc_wait(c->fd, POLLIN | (c->written < c->out.len ? POLLOUT : 0),
			  c->config.stop_fd, deadline);
	if (ready < 0)
		return ready;
	if (ready & (POLLIN | POLLHUP | POLLERR))
		r = get(c);
	if (r == 0)
		r = put(c);
	return c->failure = r;
}

int grpc_client_keep(struct grpc_client *c)
{
	int r = turn(c, 0);

	return r == -ETIMEDOUT ? 0 : r;
}

static int explain_broken(const struct grpc_client *c, int r, struct error **reterr)
{
	const char *address = c->config.address;

	if (r == -ETIMEDOUT)
		return error_set(reterr, r, "%s did not answer in %g s", address,
				 (double)c->config.timeout / NSEC_PER_SEC);
	if (r == -ECANCELED)
		return error_set(reterr, r, "interrupted");
	if (r == -ENOMEM)
		return error_set(reterr, r, "out of memory");
	if (c->heard && !c->greeted)
		return error_set(reterr, -EPROTO, "what listens at %s does not speak gRPC",
				 address);
	if (r == -EPROTO)
		return error_set(reterr, r, "%s has broken the rules of HTTP/2", address);
	return error_set(reterr, r, "%s has closed the connection: %s", address, strerror(-r));
}

/* --- calls */

static nghttp2_nv header(const char *name, const char *value)
{
	return (nghttp2_nv){
		.name = (uint8_t *)(uintptr_t)name,
		.value = (uint8_t *)(uintptr_t)value,
		.namelen = strlen(name),
		.valuelen = strlen(value),
	};
}

static ssize_t read_request(nghttp2_session *session, int32_t id, uint8_t *to, size_t len,
			    uint32_t *flags, nghttp2_data_source *source, void *userdata)
{
	struct grpc_stream *stream = source->ptr;
	size_t left = stream->request.len - stream->sent, n = left < len ? left : len;

	memcpy(to, stream->request.data + stream->sent, n);
	stream->sent += n;
	if (stream->sent == stream->request.len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static bool pack(struct str *out, const ProtobufCMessage *request)
{
	size_t len = protobuf_c_message_get_packed_size(request);
	uint8_t *to = (uint8_t *)str_reserve(out, FRAME_PREFIX + len);

	if (!to)
		return false;
	frame_write(to, len);
	protobuf_c_message_pack(request, to + FRAME_PREFIX);
	out->len += FRAME_PREFIX + len;
	return true;
}

static int submit(struct grpc_stream *stream, const char *path, uint64_t timeout)
{
	struct grpc_client *c = stream->client;
	const nghttp2_data_provider provider = {
		.source.ptr = stream,
		.read_callback = read_request,
	};
	char ms[16] = "";
	nghttp2_nv headers[] = {
		header(":method", "POST"),
		header(":scheme", c->tls ? "https" : "http"),
		header(":path", path),
		header(":authority", is_unix(c->config.address) ? "localhost" : c->config.address),
		header("te", "trailers"),
		header("content-type", CONTENT_TYPE),
		header("user-agent", "ocelli/" OCELLI_VERSION),
		header("grpc-timeout", ms),
	};
	size_t n = sizeof(headers) / sizeof(headers[0]);

	/* Up to eight digits: some 27 hours in ms, and longer is as good as for ever. */
	timeout = (timeout + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC;
	if (!timeout || timeout > 99999999)
		n--;
	else
		headers[n - 1].valuelen =
			(size_t)snprintf(ms, sizeof(ms), "%um", (unsigned)timeout);
	stream->id = nghttp2_submit_request(c->session, NULL, headers, n, &provider, stream);
	return stream->id < 0 ? -EPROTO : 0;
}

static int start(struct grpc_client *c, const char *path, const ProtobufCMessage *request,
		 uint64_t timeout, struct grpc_stream **ret, struct error **reterr)
{
	struct grpc_stream *stream = calloc(1, sizeof(*stream));
	int r = -ENOMEM;

	c->refusal = GRPC_OK;
	if (stream) {
		stream->client = c;
		if (pack(&stream->request, request))
			r = submit(stream, path, timeout);
	}
	if (r < 0) {
		if (stream)
			str_free(&stream->request);
		free(stream);
		explain_broken(c, r, reterr);
		return r;
	}
	*ret = stream;
	return 0;
}

void grpc_stream_close(struct grpc_stream **stream)
{
	struct grpc_stream *s = *stream;

	if (!s)
		return;
	if (!s->ended) {
		nghttp2_session_set_stream_user_data(s->client->session, s->id, NULL);
		/* Its request is not read any more once this was queued. */
		nghttp2_submit_rst_stream(s->client->session, NGHTTP2_FLAG_NONE, s->id,
					  NGHTTP2_CANCEL);
		if (!s->client->failure)
			put(s->client);
	}
	str_free(&s->request);
	str_free(&s->input);
	str_free(&s->text);
	free(s);
	*stream = NULL;
}

/* What a stream without a status of gRPC has ended by
 * (https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md). */
static int explain_http(struct grpc_stream *stream, struct error **reterr)
{
	const char *address = stream->client->config.address;

	if (stream->http_status && (stream->http_status != 200 || !stream->is_grpc)) {
		error_set(reterr, -EPROTO, "what listens at %s does not speak gRPC: HTTP status %d",
			  address, stream->http_status);
		return -EPROTO;
	}
	if (stream->code == NGHTTP2_REFUSED_STREAM) {
		stream->client->refusal = GRPC_UNAVAILABLE;
		return error_set(reterr, grpc_status_errno(GRPC_UNAVAILABLE),
				 "%s takes no more calls", address);
	}
	return error_set(reterr, -EPROTO, "%s ended the call without saying how (%s)", address,
			 nghttp2_http2_strerror(stream->code));
}

/* Of a stream that has ended. */
static int outcome(struct grpc_stream *stream, struct error **reterr)
{
	int r;

	if (!stream->has_status)
		return explain_http(stream, reterr);
	if (stream->status == GRPC_OK)
		return 0;
	stream->client->refusal = stream->status;
	r = grpc_status_errno(stream->status);
	if (stream->text.len && str_cstr(&stream->text))
		return error_set(reterr, r, "%s", stream->text.data);
	return error_set(reterr, r, "the server answered %s", grpc_status_name(stream->status));
}

/* What is before @taken is needed no more. */
static void forget_taken(struct grpc_stream *stream)
{
	if (stream->taken == stream->input.len) {
		stream->input.len = stream->taken = 0;
	} else if (stream->taken > stream->input.len / 2) {
		memmove(stream->input.data, stream->input.data + stream->taken,
			stream->input.len - stream->taken);
		stream->input.len -= stream->taken;
		stream->taken = 0;
	}
}

/* Returns 1 with a message that is there, 0 when there is none. */
static int take(struct grpc_stream *stream, const ProtobufCMessageDescriptor *type,
		ProtobufCMessage **ret, struct error **reterr)
{
	const struct grpc_client *c = stream->client;
	const uint8_t *at = (const uint8_t *)stream->input.data + stream->taken;
	size_t have = stream->input.len - stream->taken;
	struct frame frame;

	if (have < FRAME_PREFIX)
		return 0;
	frame = frame_read(at);
	if (frame.compressed)
		return error_set(reterr, -EPROTO, "%s sent a compressed message, unasked",
				 c->config.address);
	if (frame.len > c->config.max_message)
		return error_set(reterr, -EMSGSIZE,
				 "%s sent a message of %u bytes, which are more than the %zu that "
				 "it may have",
				 c->config.address, frame.len, c->config.max_message);
	if (have - FRAME_PREFIX < frame.len)
		return 0;
	if (frame_unpack(type, at + FRAME_PREFIX, frame.len, ret) < 0)
		return error_set(reterr, -EBADMSG, "%s sent what cannot be read as a %s",
				 c->config.address, type->name);
	stream->taken += FRAME_PREFIX + frame.len;
	forget_taken(stream);
	return 1;
}

/* What was kept is being asked for: the server may send as much again. */
static void settle(struct grpc_stream *stream)
{
	if (stream->owed && !stream->ended)
		nghttp2_session_consume_stream(stream->client->session, stream->id, stream->owed);
	stream->owed = 0;
}

int grpc_stream_next(struct grpc_stream *stream, const ProtobufCMessageDescriptor *type,
		     uint64_t deadline, ProtobufCMessage **ret, struct error **reterr)
{
	bool looked = false;

	for (;;) {
		int r = take(stream, type, ret, reterr);

		if (r != 0)
			return r;
		if (stream->ended)
			break;
		if (looked && !deadline)
			return -EAGAIN;
		settle(stream);
		r = turn(stream->client, deadline);
		looked = true;
		if (r == -ETIMEDOUT && deadline != GRPC_NO_DEADLINE)
			return -EAGAIN;
		/* It can have said how the call ended before it went away. */
		if (r < 0 && !stream->ended)
			return explain_broken(stream->client, r, reterr);
	}
	if (stream->taken < stream->input.len)
		return error_set(reterr, -EPROTO, "%s ended the call within a message",
				 stream->client->config.address);
	return outcome(stream, reterr);
}

int grpc_stream_open(struct grpc_client *client, const char *path, const ProtobufCMessage *request,
		     struct grpc_stream **ret, struct error **reterr)
{
	return start(client, path, request, 0, ret, reterr);
}

int grpc_client_ask(struct grpc_client *client, const char *path, const ProtobufCMessage *request,
		    const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret,
		    struct error **reterr)
{
	_cleanup_grpc_stream_ struct grpc_stream *stream = NULL;
	uint64_t deadline = deadline_of(client);
	ProtobufCMessage *answer = NULL, *more = NULL;
	int r = start(client, path, request, client->config.timeout, &stream, reterr);

	if (r < 0)
		return r;
	r = grpc_stream_next(stream, type, deadline, &answer, reterr);
	if (r > 0)
		r = grpc_stream_next(stream, type, deadline, &more, reterr);
	else if (r == 0)
		r = error_set(reterr, -EPROTO, "%s did not answer", client->config.address);
	if (r == -EAGAIN)
		r = explain_broken(client, -ETIMEDOUT, reterr);
	if (r > 0) {
		protobuf_c_message_free_unpacked(more, NULL);
		r = error_set(reterr, -EPROTO, "%s answered more than once",
			      client->config.address);
	}
	if (r < 0) {
		if (answer)
			protobuf_c_message_free_unpacked(answer, NULL);
		return r;
	}
	*ret = answer;
	return 0;
}
