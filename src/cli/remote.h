/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_REMOTE_H
#define OCELLI_CLI_REMOTE_H

#include "cli/agent_address.h"
#include "cli/command.h"
#include "grpc/client.h"

/* Where the agent listens unless it was told otherwise (ocellid --run-dir, --server-address). */
#define REMOTE_DEFAULT "unix:///var/run/ocelli/ocelli.sock"

/*
 * The agent, as the options that all commands have describe it. It is connected to
 * when something is asked of it, again when the connection is lost.
 */
struct remote {
	const struct common_settings *settings;
	const char *address; /* "": the agent has none */
	char found[AGENT_ADDRESS_MAX];
	int stop_fd; /* ends waiting when it is readable; -1: nothing does */
	struct grpc_client_tls tls;
	struct grpc_client *client;
};

void remote_init(struct remote *remote, const struct common_settings *settings);
void remote_done(struct remote *remote);

/*
 * Asks, and again if the agent cannot be reached or is not ready, as often as
 * --retries says. @method is one of tetragon.FineGuidanceSensors, or a whole
 * "/package.Service/Method". Returns 0 with an answer that
 * protobuf_c_message_free_unpacked(…, NULL) frees, or as grpc_client_ask() does,
 * with what can be done about it.
 */
int remote_ask(struct remote *remote, const char *method, const ProtobufCMessage *request,
	       const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret,
	       struct error **reterr);

/* The same, telling what goes wrong. Returns what the program is to exit with then. */
enum status remote_get(struct remote *remote, const char *method, const ProtobufCMessage *request,
		       const ProtobufCMessageDescriptor *type, ProtobufCMessage **ret);

/* The same of a request with many answers. What goes wrong while they are read is for
 * remote_explain() and remote_is_gone(). The stream has to be closed before the next call of these
 * two fails, and before the end. */
int remote_follow(struct remote *remote, const char *method, const ProtobufCMessage *request,
		  struct grpc_stream **ret, struct error **reterr);

/* Adds what can be done about it. Returns @r. */
int remote_explain(const struct remote *remote, int r, struct error **reterr);

/* Whether @r says that there is nobody, or nobody any more; somebody may come. */
bool remote_is_gone(const struct remote *remote, int r);

/* Has the connection live while nothing is asked for. Returns 0, or -ECANCELED when it is time to
 * stop. */
int remote_keep(struct remote *remote);

/* Ends the connection; the next call makes another. */
void remote_hang_up(struct remote *remote);

/* Tells what went wrong. Returns what the program is to exit with. */
enum status remote_failed(const struct remote *remote, const struct error *err, int r);

#define _cleanup_remote_ __attribute__((cleanup(remote_done)))

#endif
