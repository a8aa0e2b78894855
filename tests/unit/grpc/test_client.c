// SPDX-License-Identifier: Apache-2.0
/* The client against bytes of a server, written by hand. */
#include "unit.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/macro.h"
#include "base/str.h"
#include "grpc/client.h"
#include "grpc/frame.h"

#include "tetragon/sensors.pb-c.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define TYPE &tetragon__get_version_response__descriptor

enum { DATA, HEADERS, RST_STREAM = 3, SETTINGS, GOAWAY = 7, END_STREAM = 1, END_HEADERS = 4 };

struct peer {
	struct grpc_client *client;
	int fd; /* of the server */
	struct str says;
};

static struct peer meet(size_t max_message, uint64_t timeout, int stop_fd)
{
	const struct grpc_client_config config = {
		.address = "unix:///a",
		.timeout = timeout,
		.max_message = max_message,
		.stop_fd = stop_fd,
	};
	struct peer peer = {0};
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(grpc_client_open(&config, fds[0], &peer.client), 0);
	peer.fd = fds[1];
	return peer;
}

static void part(struct peer *peer)
{
	grpc_client_free(&peer->client);
	close_fd(&peer->fd);
	str_free(&peer->says);
}

static void add_frame(struct peer *peer, uint8_t type, uint8_t flags, uint32_t stream,
		      const void *payload, size_t len)
{
	const uint8_t head[] = {
		(uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len, type, flags, 0, 0, 0,
		(uint8_t)stream};

	str_append(&peer->says, head, sizeof(head));
	str_append(&peer->says, payload, len);
}

/* Not indexed, without Huffman's code (RFC 7541, 6.2.2). */
static void add_header(struct str *block, const char *name, const char *value)
{
	str_append_char(block, 0);
	str_append_char(block, (char)strlen(name));
	str_append_z(block, name);
	str_append_char(block, (char)strlen(value));
	str_append_z(block, value);
}

static void add_begin(struct peer *peer, uint32_t stream)
{
	_cleanup_str_ struct str block = STR_INIT;

	add_header(&block, ":status", "200");
	add_header(&block, "content-type", "application/grpc+proto");
	add_frame(peer, HEADERS, END_HEADERS, stream, block.data, block.len);
}

static void add_end(struct peer *peer, uint32_t stream, const char *status, const char *text)
{
	_cleanup_str_ struct str block = STR_INIT;

	add_header(&block, "grpc-status", status);
	if (text)
		add_header(&block, "grpc-message", text);
	add_frame(peer, HEADERS, END_HEADERS | END_STREAM, stream, block.data, block.len);
}

static void add_answer(struct peer *peer, uint32_t stream, const char *version)
{
	_cleanup_str_ struct str message = STR_INIT;
	uint8_t prefix[FRAME_PREFIX];

	frame_write(prefix, strlen(version) + 2);
	str_append(&message, prefix, sizeof(prefix));
	str_append_char(&message, 0x0a);
	str_append_char(&message, (char)strlen(version));
	str_append_z(&message, version);
	add_frame(peer, DATA, 0, stream, message.data, message.len);
}

static void say(struct peer *peer)
{
	assert_int_equal(send(peer->fd, peer->says.data, peer->says.len, MSG_NOSIGNAL),
			 peer->says.len);
	str_reset(&peer->says);
}

static int ask(struct peer *peer, char *ret, size_t size, struct error **reterr)
{
	Tetragon__GetVersionRequest request = TETRAGON__GET_VERSION_REQUEST__INIT;
	ProtobufCMessage *answer;
	int r = grpc_client_ask(peer->client, "/a.Service/Get", &request.base, TYPE, &answer,
				reterr);

	if (r < 0)
		return r;
	snprintf(ret, size, "%s", ((Tetragon__GetVersionResponse *)answer)->version);
	protobuf_c_message_free_unpacked(answer, NULL);
	return r;
}

static void answers(void **state)
{
	struct peer peer = meet(1000, 0, -1);
	char version[16];

	add_frame(&peer, SETTINGS, 0, 0, NULL, 0);
	add_begin(&peer, 1);
	add_answer(&peer, 1, "1.2");
	add_end(&peer, 1, "0", NULL);
	say(&peer);
	assert_int_equal(ask(&peer, version, sizeof(version), NULL), 0);
	assert_string_equal(version, "1.2");
	/* And again, byte by byte. */
	add_begin(&peer, 3);
	add_answer(&peer, 3, "another");
	add_end(&peer, 3, "0", NULL);
	for (size_t i = 0; i < peer.says.len; i++)
		assert_int_equal(send(peer.fd, peer.says.data + i, 1, MSG_NOSIGNAL), 1);
	assert_int_equal(ask(&peer, version, sizeof(version), NULL), 0);
	assert_string_equal(version, "another");
	part(&peer);
}

/* What each of these says instead of an answer, and what is made of it. */
static void add_refusal(struct peer *peer)
{
	add_end(peer, 1, "3", "no%20such %C3%A4%");
}

static void add_strange_status(struct peer *peer)
{
	add_end(peer, 1, "77", NULL);
}

static void add_nothing(struct peer *peer)
{
}

static void add_silence(struct peer *peer)
{
	add_begin(peer, 1);
	add_end(peer, 1, "0", NULL);
}

static void add_two(struct peer *peer)
{
	add_begin(peer, 1);
	add_answer(peer, 1, "1");
	add_answer(peer, 1, "2");
	add_end(peer, 1, "0", NULL);
}

static void add_half(struct peer *peer)
{
	add_begin(peer, 1);
	add_frame(peer, DATA, 0, 1, "\0\0\0\0\5\x0a", 6);
	add_end(peer, 1, "0", NULL);
}

static void add_large(struct peer *peer)
{
	add_begin(peer, 1);
	add_frame(peer, DATA, 0, 1, "\0\0\0\3\xe9\x0a", 6);
}

static void add_compressed(struct peer *peer)
{
	add_begin(peer, 1);
	add_frame(peer, DATA, 0, 1, "\1\0\0\0\0", 5);
}

static void add_garbage(struct peer *peer)
{
	add_begin(peer, 1);
	add_frame(peer, DATA, 0, 1, "\0\0\0\0\2\x0a\x7f", 7);
}

static void add_web_page(struct peer *peer)
{
	_cleanup_str_ struct str block = STR_INIT;

	add_header(&block, ":status", "404");
	add_frame(peer, HEADERS, END_HEADERS | END_STREAM, 1, block.data, block.len);
}

static void add_reset(struct peer *peer)
{
	add_frame(peer, RST_STREAM, 0, 1, "\0\0\0\2", 4);
}

static void add_refused_stream(struct peer *peer)
{
	add_frame(peer, RST_STREAM, 0, 1, "\0\0\0\7", 4);
}

static void add_going_away(struct peer *peer)
{
	add_frame(peer, GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
}

static void add_broken(struct peer *peer)
{
	add_frame(peer, DATA, 0, 1, "x", 1);
}

static const struct {
	void (*add)(struct peer *peer);
	int r;
	enum grpc_status refusal;
	const char *text;
} bad[] = {
	{add_refusal, -EINVAL, GRPC_INVALID_ARGUMENT, "no such \xc3\xa4%"},
	{add_strange_status, -EREMOTEIO, GRPC_UNKNOWN, "answered UNKNOWN"},
	{add_nothing, -ECONNRESET, GRPC_OK, "unix:///a has closed the connection"},
	{add_silence, -EPROTO, GRPC_OK, "did not answer"},
	{add_two, -EPROTO, GRPC_OK, "answered more than once"},
	{add_half, -EPROTO, GRPC_OK, "within a message"},
	{add_large, -EMSGSIZE, GRPC_OK, "a message of 1001 bytes, which are more than the 1000"},
	{add_compressed, -EPROTO, GRPC_OK, "a compressed message"},
	{add_garbage, -EBADMSG, GRPC_OK, "cannot be read as a tetragon.GetVersionResponse"},
	{add_web_page, -EPROTO, GRPC_OK, "does not speak gRPC: HTTP status 404"},
	{add_reset, -EPROTO, GRPC_OK, "without saying how (INTERNAL_ERROR)"},
	{add_refused_stream, -EHOSTDOWN, GRPC_UNAVAILABLE, "takes no more calls"},
	{add_going_away, -EHOSTDOWN, GRPC_UNAVAILABLE, "takes no more calls"},
	{add_broken, -EPROTO, GRPC_OK, "broken the rules of HTTP/2"},
};

static void no_answers(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_error_ struct error *err = NULL;
		struct peer peer = meet(1000, 0, -1);
		char version[16];

		add_frame(&peer, SETTINGS, 0, 0, NULL, 0);
		bad[i].add(&peer);
		say(&peer);
		shutdown(peer.fd, SHUT_WR);
		assert_int_equal(ask(&peer, version, sizeof(version), &err), bad[i].r);
		if (!strstr(err->message, bad[i].text))
			fail_msg("\"%s\" is not in \"%s\"", bad[i].text, err->message);
		assert_int_equal(grpc_client_refusal(peer.client), bad[i].refusal);
		part(&peer);
	}
}

static void what_is_no_server(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	struct peer peer = meet(1000, 0, -1);
	char version[16];

	str_append_lit(&peer.says, "HTTP/1.1 400 Bad Request\r\n\r\n");
	say(&peer);
	assert_int_equal(ask(&peer, version, sizeof(version), &err), -EPROTO);
	assert_string_equal(err->message, "what listens at unix:///a does not speak gRPC");
	part(&peer);
}

static void waiting_ends(void **state)
{
	_cleanup_close_ int stop = eventfd(1, EFD_CLOEXEC);
	_cleanup_error_ struct error *err = NULL;
	struct peer silent = meet(1000, 20 * NSEC_PER_MSEC, -1), stopped = meet(1000, 0, stop);
	char version[16];

	assert_int_equal(ask(&silent, version, sizeof(version), &err), -ETIMEDOUT);
	assert_string_equal(err->message, "unix:///a did not answer in 0.02 s");
	assert_int_equal(ask(&stopped, version, sizeof(version), &err), -ECANCELED);
	part(&silent);
	part(&stopped);
}

static int next(struct grpc_stream *stream, char *ret, size_t size)
{
	ProtobufCMessage *answer;
	int r = grpc_stream_next(stream, TYPE, 0, &answer, NULL);

	if (r <= 0)
		return r;
	snprintf(ret, size, "%s", ((Tetragon__GetVersionResponse *)answer)->version);
	protobuf_c_message_free_unpacked(answer, NULL);
	return r;
}

static struct grpc_stream *follow(struct peer *peer)
{
	Tetragon__GetVersionRequest request = TETRAGON__GET_VERSION_REQUEST__INIT;
	struct grpc_stream *stream;

	assert_int_equal(
		grpc_stream_open(peer->client, "/a.Service/Get", &request.base, &stream, NULL), 0);
	return stream;
}

/* Two of them, and a question meanwhile: each gets its own. */
static void streams(void **state)
{
	struct peer peer = meet(1000, 0, -1);
	_cleanup_grpc_stream_ struct grpc_stream *a = follow(&peer), *b = follow(&peer);
	char text[16];

	assert_int_equal(next(a, text, sizeof(text)), -EAGAIN);
	add_frame(&peer, SETTINGS, 0, 0, NULL, 0);
	add_begin(&peer, 3);
	add_answer(&peer, 3, "b1");
	add_answer(&peer, 3, "b2");
	add_begin(&peer, 1);
	add_answer(&peer, 1, "a1");
	add_begin(&peer, 5);
	add_answer(&peer, 5, "asked");
	add_end(&peer, 5, "0", NULL);
	say(&peer);
	assert_int_equal(ask(&peer, text, sizeof(text), NULL), 0);
	assert_string_equal(text, "asked");
	assert_int_equal(next(a, text, sizeof(text)), 1);
	assert_string_equal(text, "a1");
	assert_int_equal(next(a, text, sizeof(text)), -EAGAIN);
	assert_int_equal(next(b, text, sizeof(text)), 1);
	assert_string_equal(text, "b1");
	assert_int_equal(next(b, text, sizeof(text)), 1);
	assert_string_equal(text, "b2");
	add_end(&peer, 1, "0", NULL);
	say(&peer);
	assert_int_equal(next(a, text, sizeof(text)), 0);
	grpc_stream_close(&b);
	grpc_stream_close(&a);
	part(&peer);
}

/* A server may send no more than the window before somebody asks for it. Of one that goes on what
 * is in the window is kept, as messages without content here. */
static void nothing_is_kept_without_end(void **state)
{
	enum { CHUNK = 16000, WINDOW = 256 * 1024 };
	static const uint8_t chunk[CHUNK];
	struct peer peer = meet(1 << 20, 0, -1);
	struct grpc_stream *a = follow(&peer), *b = follow(&peer);
	char text[16];
	size_t kept = 0;

	assert_int_equal(next(a, text, sizeof(text)), -EAGAIN);
	add_frame(&peer, SETTINGS, 0, 0, NULL, 0);
	add_begin(&peer, 3);
	say(&peer);
	for (size_t sent = 0; sent < 4 * WINDOW; sent += CHUNK) {
		add_frame(&peer, DATA, 0, 3, chunk, sizeof(chunk));
		say(&peer);
		assert_int_equal(next(a, text, sizeof(text)), -EAGAIN);
	}
	while (next(b, text, sizeof(text)) == 1)
		kept += FRAME_PREFIX;
	assert_in_range(kept, CHUNK, WINDOW);
	grpc_stream_close(&b);
	grpc_stream_close(&a);
	part(&peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),           cmocka_unit_test(no_answers),
		cmocka_unit_test(what_is_no_server), cmocka_unit_test(waiting_ends),
		cmocka_unit_test(streams),           cmocka_unit_test(nothing_is_kept_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
