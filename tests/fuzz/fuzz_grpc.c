// SPDX-License-Identifier: Apache-2.0
/*
 * Frames of a client, after a proper beginning: whatever they are, the server
 * holds no more than it may, and has nothing left when the client is gone.
 */
#include "fuzz.h"

#include "base/macro.h"
#include "grpc/internal.h"

#include "grpc/health/v1/health.pb-c.h"
#include "tetragon/events.pb-c.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";

enum { QUEUE = 4096, REQUEST = 4096, RECEIVED = 16384 };

static unsigned running;

static void answer(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	Grpc__Health__V1__HealthCheckResponse response =
		GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

	response.status = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
	grpc_reply(call, &response.base);
}

static void answer_each(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	Grpc__Health__V1__HealthCheckResponse response =
		GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;
	struct grpc_message *message = grpc_message_new(&response.base);

	if (message && !grpc_send(call, message))
		grpc_end(call, GRPC_RESOURCE_EXHAUSTED, NULL);
	grpc_message_unref(message);
}

/* For admins, of whom there are none. */
static void must_not(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	MUST(false);
}

static void on_closed(struct grpc_call *call, void *userdata)
{
	running--;
}

/* Some of it at once, and never the end. */
static void stream(struct grpc_call *call, const ProtobufCMessage *request, void *userdata)
{
	Tetragon__GetEventsResponse event = TETRAGON__GET_EVENTS_RESPONSE__INIT;
	struct grpc_message *message;

	event.node_name = (char *)(uintptr_t)"a name of some length";
	message = grpc_message_new(&event.base);
	running++;
	grpc_watch(call, on_closed, NULL);
	while (message && grpc_send(call, message))
		;
	grpc_message_unref(message);
	MUST(grpc_backlog(call) <= QUEUE);
}

static const struct grpc_method methods[] = {
	{
		.name = "Check",
		.input = &grpc__health__v1__health_check_request__descriptor,
		.run = answer,
		.role = GRPC_READER,
	},
	{
		.name = "GetEvents",
		.input = &tetragon__get_events_request__descriptor,
		.run = stream,
		.role = GRPC_READER,
	},
	{
		.name = "Talk",
		.input = &grpc__health__v1__health_check_request__descriptor,
		.run = answer_each,
		.role = GRPC_READER,
		.takes_many = true,
	},
	{
		.name = "Change",
		.input = &grpc__health__v1__health_check_request__descriptor,
		.run = must_not,
	},
};

static const struct grpc_service services[] = {{"a.Service", methods, ARRAY_SIZE(methods), NULL}};

static struct connection *connect_to(struct grpc_server *server, int fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	MUST(c);
	c->server = server;
	uv_pipe_init(server->config.loop, &c->pipe, 0);
	server->handles++;
	MUST(uv_pipe_open(&c->pipe, fd) == 0);
	connection_start(c, NULL);
	return c;
}

/* Until there is nothing to do at once; with what is answered thrown away. */
static void turn(uv_loop_t *loop, const struct grpc_server *server, int fd)
{
	char answers[65536];

	for (int i = 0; i < 4; i++) {
		uv_run(loop, UV_RUN_NOWAIT);
		while (recv(fd, answers, sizeof(answers), MSG_DONTWAIT) > 0)
			;
		MUST(server->received <= RECEIVED);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct grpc_server *server;
	uv_loop_t loop;
	struct grpc_config config = {
		.loop = &loop,
		.services = services,
		.n_services = ARRAY_SIZE(services),
		.max_connections = 4,
		.max_calls = 8,
		.max_request = REQUEST,
		.max_received = RECEIVED,
		.max_queue = QUEUE,
		.max_queued = (size_t)2 * QUEUE,
	};
	int fds[2];

	signal(SIGPIPE, SIG_IGN);
	if (size > 32768 || uv_loop_init(&loop) < 0 || grpc_server_new(&config, &server) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return 0;
	connect_to(server, fds[0]);
	send(fds[1], preface, sizeof(preface) - 1, MSG_NOSIGNAL);
	turn(&loop, server, fds[1]);
	send(fds[1], data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
	turn(&loop, server, fds[1]);
	grpc_server_tick(server);
	turn(&loop, server, fds[1]);
	close(fds[1]);
	turn(&loop, server, -1);
	MUST(!server->n_connections && !server->received && !server->queued && !running);
	grpc_server_close(server);
	while (uv_run(&loop, UV_RUN_DEFAULT))
		;
	MUST(!server->handles && uv_loop_close(&loop) == 0);
	grpc_server_free(&server);
	return 0;
}
