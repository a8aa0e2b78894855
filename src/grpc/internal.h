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
	size_t queued;   /* … and of answers that were not written, beyond connections' shares */
	nghttp2_session_callbacks *callbacks;
	nghttp2_option *options;
	uv_prepare_t prepare; /* writes what is dirty before the loop waits */
	unsigned handles;     /* of ours in the loop */
	bool stopping;
	unsigned handshakes; /* that began in this second */
	/* Of whatever connection: what was just read, what that was in plain text, and what is to
	 * be in cipher. */
	char *input;
	char *plain;
	struct str sealing;
};

/* Frames that nobody has to send many of, which are counted. */
#define FRAME_TYPES (NGHTTP2_CONTINUATION + 1)

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
	struct tls_session *tls;  /* NULL: in plain text */
	nghttp2_session *session; /* NULL: both do not know each other yet */
	struct list calls;
	struct str out; /* what is being written */
	uv_write_t write;
	bool writing, closing;
	bool greeted; /* has ever called */
	bool paused;  /* what it says waits for the next second */
	/* When, in ms of the loop's clock; 0: never. */
	uint64_t came;
	uint64_t heard;  /* it last said something … */
	uint64_t asked;  /* … was asked to … */
	uint64_t doomed; /* … and was told that it is over */
	/* In this second; large ones count as several. */
	unsigned frames;
	unsigned frames_of[FRAME_TYPES];
	unsigned key_updates; /* of TLS */
	size_t queued;        /* bytes of answers that were not written */
	struct grpc_peer peer;
	const char *why_no_admin; /* static; NULL: it is one */
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
	size_t header_len; /* of all headers so far */
	uint64_t began;    /* ms of the loop's clock: it, or its request */
	uint64_t timeout;  /* ms; 0: none */
	uv_timer_t *deadline;
	struct str request;
	struct queue queue;
	enum grpc_status status;
	char *text;
	void (*closed)(struct grpc_call *call, void *userdata);
	void *closed_data;
};

/* --- connections (connection.c) */

#define CONNECTION_INPUT_BYTES (64 * 1024)
/* The most that is sealed in one piece. */
#define CONNECTION_PLAIN_BYTES (16 * 1024)

/* Takes over the stream that was accepted, which is in @c. @tls: NULL: in plain text. */
void connection_start(struct connection *c, struct tls *tls);
/* Has what was submitted written before the loop waits. */
void connection_dirty(struct connection *c);
void connection_flush(struct connection *c);
void connection_close(struct connection *c);
/* A second has passed. */
void connection_tick(struct connection *c);
/* No more calls; it is closed when those that there are have ended and all was said. */
void connection_end(struct connection *c, uint32_t error, const char *why);

/* --- what they say (http2.c) */

int http2_callbacks(nghttp2_session_callbacks **ret);

/* --- calls (call.c) */

/* What clients are told that their headers may have. */
#define CALL_HEADER_BYTES (16 * 1024)

/* NULL: no memory. */
struct grpc_call *call_new(struct connection *c, int32_t stream);
void call_header(struct grpc_call *call, const char *name, size_t name_len, const char *value,
		 size_t len);
/* The headers are complete. */
void call_open(struct grpc_call *call);
void call_data(struct grpc_call *call, const uint8_t *data, size_t len);
/* The request is complete. */
void call_run(struct grpc_call *call);
/* A second has passed. */
void call_tick(struct grpc_call *call);
/* Its stream is gone; so is the call afterwards. */
void call_gone(struct grpc_call *call);

/* --- requests (request.c) */

/* How many of these bytes the first message is; 0: it is not complete. */
size_t request_length(const uint8_t *data, size_t len);

/* Reads the one message that @data is, as frame_unpack() does. Returns the status, with the message
 * in *ret or a reason in *reason. */
enum grpc_status request_unpack(const ProtobufCMessageDescriptor *type, const uint8_t *data,
				size_t len, ProtobufCMessage **ret, const char **reason);

/* What grpc-timeout says, in ms, at least 1; 0: it makes no sense. */
uint64_t timeout_parse(const char *text, size_t len);

/* Of an error, so many bytes are told: peers take some 8 KiB of headers. */
#define TEXT_BYTES_MAX 4096

/* Appends it as a header may have it, up to so many of its bytes. */
void percent_encode(struct str *out, const char *text, size_t max);

/* --- queues (queue.c) */

/* Takes a reference. Returns false without memory. */
bool queue_add(struct queue *queue, struct grpc_message *message);
/* Takes up to @len bytes out of it. Returns how many. */
size_t queue_take(struct queue *queue, uint8_t *to, size_t len);
void queue_free(struct queue *queue);

#endif
