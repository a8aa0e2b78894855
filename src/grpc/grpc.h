/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_GRPC_GRPC_H
#define OCELLI_GRPC_GRPC_H

#include "base/error.h"
#include "base/str.h"
#include "grpc/status.h"
#include "grpc/tls.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

/*
 * A gRPC server over HTTP/2 (libnghttp2), on one thread and a libuv loop
 * (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Messages are
 * protobuf-c's, without compression. Whoever calls may be rude: what all of them
 * together can make the server hold is limited by the configuration. The program
 * has to ignore SIGPIPE.
 */
struct grpc_call;

/*
 * Answers a request: with grpc_reply() or grpc_end() at once or later, or, where
 * the client expects many answers, with any number of grpc_send() before
 * grpc_end(). The call is there until it has ended, or its watcher was told that
 * nobody waits any more. @request is good until the function returns.
 */
typedef void (*grpc_method_fn)(struct grpc_call *call, const ProtobufCMessage *request,
			       void *userdata);

/* Who may call a method. What is not said of one is that not everybody may. */
enum grpc_role {
	GRPC_ADMIN,
	GRPC_READER, /* whoever can connect */
};

struct grpc_method {
	const char *name;
	const ProtobufCMessageDescriptor *input;
	grpc_method_fn run;
	enum grpc_role role;
	/* Runs for each request as it comes; after the last the call ends by itself. */
	bool takes_many;
};

struct grpc_service {
	const char *name; /* with its package */
	const struct grpc_method *methods;
	size_t n_methods;
	void *userdata;
};

/* Who calls. What is asked of him holds as it was when he connected. */
struct grpc_peer {
	bool is_local; /* by a unix socket; of others these are -1 */
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

bool grpc_peer_in_group(const struct grpc_peer *peer, gid_t gid);
/* Whether he has a certificate by the authorities of clients, and this is a name there. */
bool grpc_peer_has_name(const struct grpc_peer *peer, const char *name);

/* Appends who it is, for people: user and process, or address and certificate. */
void grpc_peer_describe(const struct grpc_peer *peer, struct str *out);

struct grpc_config {
	uv_loop_t *loop;
	const struct grpc_service *services;
	size_t n_services;
	/* Returns NULL for an admin; for others why they are not, and what to do about it. Asked
	 * once for a connection; NULL: there are no admins. */
	const char *(*why_no_admin)(const struct grpc_peer *peer, void *userdata);
	void *userdata;
	/* Told of calls that are refused for that; NULL: nobody wants to know. */
	void (*refused)(const struct grpc_peer *peer, const struct grpc_method *method,
			void *userdata);
	void *refused_data;
	/* Of this and of ->max_received the last eighth is for those by unix sockets. */
	unsigned max_connections;
	unsigned max_calls;  /* at once, of one connection */
	size_t max_request;  /* bytes of one message */
	size_t max_received; /* bytes of all requests that are not complete yet */
	size_t max_queue;    /* bytes of answers that one call holds back for a slow reader … */
	size_t max_queued;   /* … and all calls together; half is shared out among connections */
};

struct grpc_server;

/* What @config points to has to outlive the server. Returns 0 or -ENOMEM. */
int grpc_server_new(const struct grpc_config *config, struct grpc_server **ret);

struct grpc_address {
	const char *text; /* "unix://PATH" or "HOST:PORT" */
	/* Of a unix socket: only who may write to it can connect. */
	mode_t mode;
	gid_t group; /* whose it is; -1: the program's */
	/* Of TCP: NULL: in plain text. Has to outlive the server. */
	struct tls *tls;
};

/*
 * Listens there, besides where it does already. The directory of a socket has to
 * be there; a socket there that nobody listens at any more is replaced. Returns 0,
 * or a negative errno with *reterr.
 */
int grpc_server_listen(struct grpc_server *server, const struct grpc_address *address,
		       struct error **reterr);

/* Writes out what was answered since the loop has last waited. */
void grpc_server_flush(struct grpc_server *server);

/* About once a second: who says nothing for long is asked whether he is there, and who says too
 * much is listened to again. */
void grpc_server_tick(struct grpc_server *server);

/* Takes no more calls, ends those that are there as UNAVAILABLE, and closes each connection when it
 * has been told so: when grpc_server_stopped(), the loop has to turn for that. */
void grpc_server_stop(struct grpc_server *server);
bool grpc_server_stopped(const struct grpc_server *server);

/* Closes all at once. What it had in the loop is gone when that has turned; then it can be freed.
 */
void grpc_server_close(struct grpc_server *server);
void grpc_server_free(struct grpc_server **server);

const struct grpc_peer *grpc_call_peer(const struct grpc_call *call);

/* An answer as it goes to the client, shared by those that get the same. */
struct grpc_message {
	unsigned refs;
	size_t len;
	uint8_t data[];
};

/* Returns one with one reference; NULL: no memory. */
struct grpc_message *grpc_message_new(const ProtobufCMessage *message);

static inline struct grpc_message *grpc_message_ref(struct grpc_message *message)
{
	message->refs++;
	return message;
}

void grpc_message_unref(struct grpc_message *message);

/* Calls @closed once when the call is over for another reason than grpc_end(): the client went away
 * or took back its call, its deadline has passed, the server stops. */
void grpc_watch(struct grpc_call *call, void (*closed)(struct grpc_call *call, void *userdata),
		void *userdata);

/* Tells the client that its call was taken, before there is an answer. */
void grpc_begin(struct grpc_call *call);

/* Takes a reference of its own. Returns false, with nothing sent, when more would be held back than
 * may be, or there is no memory. */
bool grpc_send(struct grpc_call *call, struct grpc_message *message);

/* Bytes that are held back. */
size_t grpc_backlog(const struct grpc_call *call);

/* Ends the call; @message may be NULL and need not be ASCII. */
void grpc_end(struct grpc_call *call, enum grpc_status status, const char *message);

/* Sends the only answer and ends the call. */
void grpc_reply(struct grpc_call *call, const ProtobufCMessage *answer);

#endif
