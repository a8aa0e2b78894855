/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_GRPC_INTERNAL_H
#define OCELLI_GRPC_INTERNAL_H

/* What the files of the server share: server ► connections ► calls. */

#include "base/list.h"
#include "base/str.h"
#include "grpc/grpc.h"

#include <nghttp2/nghttp2.h>

struct grpc_server {
	struct grpc_config config;
	struct list listeners;
	struct list connections;
	struct list dirty; /* those of them that have something to write */
	unsigned n_connections;
	size_t received; /* bytes of requests that are not complete … */
	size_t queued;   /* … and of answers that were not written */
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *options;
	uv_prepare_t prepare; /* writes what is dirty before the loop waits */
	unsigned handles;     /* of ours in the loop */
	bool stopping;
	char *input; /* what was just read, of whatever connection */
};

struct connection {
	struct list node;  /* of the server's */
	struct list dirty; /* likewise, while there is something to write */
	struct grpc_server *server;
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_pipe_t pipe;
		uv_tcp_t tcp;
	};
	nghttp2_session *session;
	struct list calls;
	struct str out; /* what is being written */
	uv_write_t write;
	bool writing, closing;
	bool greeted;     /* has ever called */
	uint64_t heard;   /* ms of the loop's clock: when it last said something … */
	uint64_t asked;   /* … and when it was asked to; 0: it was not */
	uint64_t resets;  /* calls that it took back, in … */
	uint64_t counted; /* … the second that began then */
	struct grpc_peer peer;
};

/* Answers that were not written yet, in their order: a ring that grows. */
struct queue {
	struct grpc_message **v;
	size_t first, n, cap;
	size_t bytes;
	size_t written; /* of the first */
};

struct grpc_call {
	struct list node;
	struct connection *connection;
	int32_t stream;
	const struct grpc_service *service;
	const struct grpc_method *method; /* NULL: there is none by that name */
	bool is_post, is_grpc;
	bool begun;   /* headers are on their way */
	bool running; /* the method has it */
	bool ended;
	bool refused;     /* the rest of the request is not looked at */
	uint64_t timeout; /* ms; 0: none */
	uv_timer_t *deadline;
	struct str request;
	struct queue queue;
	enum grpc_status status;
	char *text;
	void (*closed)(struct grpc_call *call, void *userdata);
	void *closed_data;
};

/* --- connections (connection.c) */

/* Takes over the stream that was accepted, which is in @c. */
void connection_start(struct connection *c);
/* Has what was submitted written before the loop waits. */
void connection_dirty(struct connection *c);
void connection_flush(struct connection *c);
void connection_close(struct connection *c);
void connection_tick(struct connection *c);
int connection_callbacks(nghttp2_session_callbacks **ret);

/* --- calls (call.c) */

/* NULL: no memory. */
struct grpc_call *call_new(struct connection *c, int32_t stream);
void call_header(struct grpc_call *call, const char *name, size_t name_len, const char *value,
		 size_t len);
/* The headers are complete. */
void call_open(struct grpc_call *call);
void call_data(struct grpc_call *call, const uint8_t *data, size_t len);
/* The request is complete. */
void call_run(struct grpc_call *call);
/* Its stream is gone; so is the call afterwards. */
void call_gone(struct grpc_call *call);

/* --- requests (request.c) */

/* Reads the one message that @data is, as frame_unpack() does. Returns the status, with the message
 * in *ret or a reason in *reason. */
enum grpc_status request_unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data,
				size_t len, ProtobufCMessage **ret, const char **reason);

/* What grpc-timeout says, in ms, at least 1; 0: it makes no sense. */
uint64_t timeout_parse(const char *text, size_t len);

/* Appends it as a header may have it. */
void percent_encode(struct str *out, const char *text);

/* --- queues (queue.c) */

/* Takes a reference. Returns false without memory. */
bool queue_add(struct queue *queue, struct grpc_message *message);
/* Takes up to @len bytes out of it. Returns how many. */
size_t queue_take(struct queue *queue, uint8_t *to, size_t len);
void queue_free(struct queue *queue);

#endif
