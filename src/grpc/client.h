/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_GRPC_CLIENT_H
#define OCELLI_GRPC_CLIENT_H

#include "base/error.h"
#include "grpc/status.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * A gRPC client that waits: no thread, no loop. A connection carries any number
 * of calls; while one is waited for, what comes for the others is kept, no more
 * of it than HTTP/2's window. The server may be anybody: what it can make us hold
 * is limited. The program has to ignore SIGPIPE.
 *
 * Functions fail with -ECANCELED when ->stop_fd is readable, -ETIMEDOUT when the
 * time is over, what connect(2) or read(2) say, -EPROTO for what is not gRPC,
 * -EMSGSIZE for a message that is larger than it may be, or what
 * grpc_status_errno() makes of the server's status; with *reterr.
 */
struct grpc_client_tls {
	const char *const *ca_files; /* PEM: who vouches for the server; none: the system's */
	size_t n_ca_files;
	const char *cert_file, *key_file; /* PEM: who we are, or NULL */
	const char *server_name;          /* NULL: the host of the address */
	bool skip_verify;                 /* whoever it is */
};

struct grpc_client_config {
	const char *address;               /* unix://PATH or HOST:PORT */
	const struct grpc_client_tls *tls; /* NULL: none, as by unix sockets */
	uint64_t timeout;   /* ns to connect, and for the answer of a call; 0: for ever */
	size_t max_message; /* bytes of one that comes */
	int stop_fd;        /* -1: none */
};

struct grpc_client;

/* The configuration is copied but for the address, which is to outlive the client. -EINVAL: the
 * address or a file is wrong. */
int grpc_client_connect(const struct grpc_client_config *config, struct grpc_client **ret,
			struct error **reterr);

/* Takes over a stream socket that is connected, also when it fails: -ENOMEM. */
int grpc_client_open(const struct grpc_client_config *config, int fd, struct grpc_client **ret);

/* Answers what the server wants to know of the connection itself, without waiting. Who asks for
 * nothing for a minute may be thought dead otherwise. Returns 0 or what has ended it. */
int grpc_client_keep(struct grpc_client *client);

/* The process that serves a unix socket; 0: unknown. */
pid_t grpc_client_peer(const struct grpc_client *client);

/* After its calls were closed. */
void grpc_client_free(struct grpc_client **client);

/* What was asked for came to nothing because of this; GRPC_OK: for another reason than the
 * server's. */
enum grpc_status grpc_client_refusal(const struct grpc_client *client);

/* A request, @path being "/package.Service/Method", and its only answer, which
 * protobuf_c_message_free_unpacked(…, NULL) frees. */
int grpc_client_ask(struct grpc_client *client, const char *path, const ProtobufCMessage *request,
		    const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret,
		    struct error **reterr);

/* A request with any number of answers, without a time limit of its own. Returns at once: what
 * there is to say of it grpc_stream_next() does. */
struct grpc_stream;

int grpc_stream_open(struct grpc_client *client, const char *path, const ProtobufCMessage *request,
		     struct grpc_stream **ret, struct error **reterr);

/* Waits until this time of CLOCK_MONOTONIC; 0 takes only what there is. */
#define GRPC_NO_DEADLINE UINT64_MAX

/* Returns 1 with the next answer in *ret, to be freed as above; 0: the server has ended the stream
 * well; -EAGAIN, without an error, when there was none until the deadline. */
int grpc_stream_next(struct grpc_stream *stream, const ProtobufCMessageDescriptor *type,
		     uint64_t deadline, ProtobufCMessage **ret, struct error **reterr);

/* Takes back the call, if it goes on. */
void grpc_stream_close(struct grpc_stream **stream);

#define _cleanup_grpc_client_ __attribute__((cleanup(grpc_client_free)))
#define _cleanup_grpc_stream_ __attribute__((cleanup(grpc_stream_close)))

#endif
