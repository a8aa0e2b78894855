// SPDX-License-Identifier: Apache-2.0
/*
 * Bytes of a server: whatever they are, a question comes to an end, and so does a
 * stream; nothing is left of them.
 */
#include "fuzz.h"

#include "base/cleanup.h"
#include "grpc/client.h"

#include "tetragon/events.pb-c.h"
#include "tetragon/sensors.pb-c.h"

#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE = 4096, SIZE_MAX_BYTES = 65536, ANSWERS_MAX = 20000 };

static void ask(struct grpc_client *client)
{
	Tetragon__ListTracingPoliciesRequest request =
		TETRAGON__LIST_TRACING_POLICIES_REQUEST__INIT;
	_cleanup_error_ struct error *err = NULL;
	ProtobufCMessage *answer = NULL;
	int r = grpc_client_ask(client, "/a.Service/Ask", &request.base,
				&tetragon__list_tracing_policies_response__descriptor, &answer,
				&err);

	MUST(r <= 0 && (r == 0) == (answer != NULL) && (r < 0) == (err != NULL));
	if (answer)
		protobuf_c_message_free_unpacked(answer, NULL);
}

static void follow(struct grpc_client *client)
{
	Tetragon__GetEventsRequest request = TETRAGON__GET_EVENTS_REQUEST__INIT;
	_cleanup_grpc_stream_ struct grpc_stream *stream = NULL;
	unsigned n = 0;
	int r;

	if (grpc_stream_open(client, "/a.Service/Follow", &request.base, &stream, NULL) < 0)
		return;
	for (;;) {
		_cleanup_error_ struct error *err = NULL;
		ProtobufCMessage *answer = NULL;

		r = grpc_stream_next(stream, &tetragon__get_events_response__descriptor,
				     GRPC_NO_DEADLINE, &answer, &err);
		MUST((r < 0) == (err != NULL) && (r > 0) == (answer != NULL));
		if (r <= 0)
			return;
		MUST(n++ < ANSWERS_MAX);
		protobuf_c_message_free_unpacked(answer, NULL);
	}
}

/* The first byte says what is asked; the rest is what was sent by then. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct grpc_client_config config = {
		.address = "unix:///a",
		.max_message = MESSAGE,
		.stop_fd = -1,
	};
	struct grpc_client *client;
	int fds[2];

	if (size < 1 || size > SIZE_MAX_BYTES ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return 0;
	if (grpc_client_open(&config, fds[0], &client) == 0) {
		MUST(send(fds[1], data + 1, size - 1, MSG_NOSIGNAL) == (ssize_t)size - 1);
		shutdown(fds[1], SHUT_WR);
		if (data[0] & 1)
			follow(client);
		ask(client);
		if (data[0] & 2)
			ask(client);
		grpc_client_free(&client);
	}
	close(fds[1]);
	return 0;
}
