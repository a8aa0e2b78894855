// SPDX-License-Identifier: Apache-2.0
/* What clients say, and what is too much of it. */
#include "grpc/internal.h"
#include "base/macro.h"

#include <errno.h>

/* So many bytes count as much as a frame. */
#define UNIT 1024
/* Who has been told that there may be less, and says so much, is not mistaken. */
#define HEADERS_MAX (4 * CALL_HEADER_BYTES)

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
	struct connection *c = userdata;

	/* What is large can be a byte of a frame: that it has been said before. */
	c->frames += (unsigned)(len / UNIT);
	if (!call || frame->hd.type != NGHTTP2_HEADERS ||
	    frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	call_header(call, (const char *)name, name_len, (const char *)value, len);
	if (call->header_len <= HEADERS_MAX)
		return 0;
	connection_end(c, NGHTTP2_ENHANCE_YOUR_CALM, "too_many_headers");
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
		   size_t len, void *userdata)
{
	struct grpc_call *call = call_of(session, stream);
	struct connection *c = userdata;

	c->frames += (unsigned)(len / UNIT);
	if (call)
		call_data(call, data, len);
	return 0;
}

/* Of some frames there can be too many. */
static void count(struct connection *c, const nghttp2_frame_hd *frame)
{
	static const struct {
		unsigned max; /* in a second; 0: as many as there may be of all */
		const char *why;
	} limits[FRAME_TYPES] = {
		[NGHTTP2_DATA] = {1000, "too_many_empty_frames"},
		[NGHTTP2_PRIORITY] = {1000, "too_many_priorities"},
		/* Calls that are taken back at once cost us, and not them (CVE-2023-44487). */
		[NGHTTP2_RST_STREAM] = {1000, "too_many_resets"},
		[NGHTTP2_SETTINGS] = {100, "too_many_settings"},
		/* These words clients of gRPC know, and ask less often then. */
		[NGHTTP2_PING] = {1000, "too_many_pings"},
	};

	if (frame->type >= FRAME_TYPES || !limits[frame->type].max ||
	    (frame->type == NGHTTP2_DATA &&
	     (frame->length || frame->flags & NGHTTP2_FLAG_END_STREAM)))
		return;
	if (++c->frames_of[frame->type] > limits[frame->type].max)
		connection_end(c, NGHTTP2_ENHANCE_YOUR_CALM, limits[frame->type].why);
}

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *frame, void *userdata)
{
	struct connection *c = userdata;

	c->frames++;
	count(c, frame);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *userdata)
{
	struct grpc_call *call;

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
	struct connection *c = userdata;

	/* Who gets something may ask how long it took: clients measure what they can have on the
	 * way by that. */
	if (frame->hd.type == NGHTTP2_DATA)
		c->frames_of[NGHTTP2_PING] = 0;
	if ((frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) ||
	    !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		return 0;
	if (nghttp2_session_get_stream_remote_close(session, stream) == 0)
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_NO_ERROR);
	return 0;
}

/* An answer that cannot be said: nobody would end the call. */
static int on_not_sent(nghttp2_session *session, const nghttp2_frame *frame, int error,
		       void *userdata)
{
	if (frame->hd.type == NGHTTP2_HEADERS && call_of(session, frame->hd.stream_id))
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
					  NGHTTP2_INTERNAL_ERROR);
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

int http2_callbacks(nghttp2_session_callbacks **ret)
{
	nghttp2_session_callbacks *callbacks;

	if (nghttp2_session_callbacks_new(&callbacks) != 0)
		return -ENOMEM;
	nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
	nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_not_sent);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
	*ret = callbacks;
	return 0;
}
