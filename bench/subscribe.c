// SPDX-License-Identifier: Apache-2.0
/*
 * Takes streams of events from the agent's socket, as many and over as many
 * connections as asked for. Says "ready" when all have begun, and, when its
 * standard input ends, a line of key=value: what came, and how long it took to
 * the first of the streams.
 */
#include "tetragon/events.pb-c.h"

#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PREFIX 5
#define WINDOW (16 << 20)
#define CONNECTIONS_MAX 256
#define LATENCIES_MAX 1000000

struct stream {
	size_t got;   /* of the message and its prefix */
	size_t total; /* 0: not known yet */
	uint8_t prefix[PREFIX];
	uint8_t *message; /* of the first stream */
	unsigned long events, dropped;
};

struct connection {
	int fd;
	nghttp2_session *session;
};

static struct stream *first;
static unsigned long begun;
static uint64_t *latencies;
static size_t n_latencies;

static void fail(const char *what)
{
	fprintf(stderr, "subscribe: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void look_at(struct stream *s)
{
	Tetragon__GetEventsResponse *event =
		tetragon__get_events_response__unpack(NULL, s->total - PREFIX, s->message);

	if (!event) {
		errno = EBADMSG;
		fail("an event");
	}
	if (event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT_RATE_LIMIT_INFO)
		s->dropped += event->rate_limit_info->number_of_dropped_process_events;
	if (event->event_case == TETRAGON__GET_EVENTS_RESPONSE__EVENT_PROCESS_EXEC &&
	    n_latencies < LATENCIES_MAX)
		latencies[n_latencies++] = now_ns() - (uint64_t)event->time->seconds * 1000000000 -
					   (uint64_t)event->time->nanos;
	tetragon__get_events_response__free_unpacked(event, NULL);
}

static size_t take_prefix(struct stream *s, const uint8_t *data, size_t len)
{
	size_t n = PREFIX - s->got < len ? PREFIX - s->got : len;

	memcpy(s->prefix + s->got, data, n);
	s->got += n;
	if (s->got < PREFIX)
		return n;
	s->total = PREFIX + ((size_t)s->prefix[1] << 24 | (size_t)s->prefix[2] << 16 |
			     (size_t)s->prefix[3] << 8 | s->prefix[4]);
	if (s == first)
		s->message = malloc(s->total);
	return n;
}

static size_t take(struct stream *s, const uint8_t *data, size_t len)
{
	size_t n;

	if (s->got < PREFIX)
		return take_prefix(s, data, len);
	n = s->total - s->got < len ? s->total - s->got : len;
	if (s == first)
		memcpy(s->message + s->got - PREFIX, data, n);
	s->got += n;
	return n;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
		   size_t len, void *userdata)
{
	struct stream *s = nghttp2_session_get_stream_user_data(session, id);

	while (len) {
		size_t n = take(s, data, len);

		data += n;
		len -= n;
		if (s->got < PREFIX || s->got < s->total)
			continue;
		s->events++;
		if (s == first)
			look_at(s);
		free(s->message);
		s->message = NULL;
		s->got = s->total = 0;
	}
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *userdata)
{
	if (frame->hd.type == NGHTTP2_HEADERS)
		begun++;
	return 0;
}

static ssize_t give_request(nghttp2_session *session, int32_t id, uint8_t *to, size_t len,
			    uint32_t *flags, nghttp2_data_source *source, void *userdata)
{
	memset(to, 0, PREFIX);
	*flags = NGHTTP2_DATA_FLAG_EOF;
	return PREFIX;
}

static void say(const struct connection *c)
{
	const uint8_t *data;
	ssize_t n;

	while ((n = nghttp2_session_mem_send(c->session, &data)) > 0)
		if (send(c->fd, data, (size_t)n, MSG_NOSIGNAL) != n)
			fail("send");
}

static void open_connection(struct connection *c, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW}};
	nghttp2_session_callbacks *callbacks;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(path);
	nghttp2_session_callbacks_new(&callbacks);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_client_new(&c->session, callbacks, NULL);
	nghttp2_session_callbacks_del(callbacks);
	nghttp2_submit_settings(c->session, 0, settings, 1);
	nghttp2_session_set_local_window_size(c->session, 0, 0, WINDOW);
}

#define NV(name, value) \
	{(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), 0}

static void open_stream(const struct connection *c, struct stream *s)
{
	const nghttp2_nv headers[] = {
		NV(":method", "POST"),
		NV(":scheme", "http"),
		NV(":authority", "x"),
		NV(":path", "/tetragon.FineGuidanceSensors/GetEvents"),
		NV("content-type", "application/grpc"),
		NV("te", "trailers"),
	};
	const nghttp2_data_provider request = {.read_callback = give_request};

	nghttp2_submit_request(c->session, NULL, headers, sizeof(headers) / sizeof(headers[0]),
			       &request, s);
}

static void receive(const struct connection *c)
{
	static uint8_t data[1 << 18];
	ssize_t n = recv(c->fd, data, sizeof(data), 0);

	if (n <= 0 || nghttp2_session_mem_recv(c->session, data, (size_t)n) < 0)
		fail("receive");
	say(c);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double latency(size_t percent)
{
	return n_latencies ? (double)latencies[(n_latencies - 1) * percent / 100] / 1e6 : 0;
}

int main(int argc, char **argv)
{
	static struct connection connections[CONNECTIONS_MAX];
	static struct pollfd polls[CONNECTIONS_MAX + 1];
	unsigned long n_streams = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long n = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;
	unsigned long events = 0, least;
	struct stream *streams;
	bool ready = false;

	if (!n || n > CONNECTIONS_MAX || n_streams < n) {
		fprintf(stderr, "Usage: subscribe SOCKET STREAMS CONNECTIONS\n");
		return 2;
	}
	streams = calloc(n_streams, sizeof(*streams));
	latencies = calloc(LATENCIES_MAX, sizeof(*latencies));
	if (!streams || !latencies)
		fail("memory");
	first = streams;
	for (unsigned long i = 0; i < n; i++) {
		open_connection(&connections[i], argv[1]);
		polls[i] = (struct pollfd){.fd = connections[i].fd, .events = POLLIN};
	}
	for (unsigned long i = 0; i < n_streams; i++)
		open_stream(&connections[i % n], &streams[i]);
	for (unsigned long i = 0; i < n; i++)
		say(&connections[i]);
	polls[n] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
	while (!polls[n].revents) {
		if (poll(polls, n + 1, -1) < 0)
			fail("poll");
		for (unsigned long i = 0; i < n; i++)
			if (polls[i].revents)
				receive(&connections[i]);
		if (!ready && begun == n_streams) {
			puts("ready");
			fflush(stdout);
			ready = true;
		}
	}
	least = streams[0].events;
	for (unsigned long i = 0; i < n_streams; i++) {
		events += streams[i].events;
		least = streams[i].events < least ? streams[i].events : least;
	}
	qsort(latencies, n_latencies, sizeof(*latencies), compare);
	printf("events=%lu least=%lu dropped=%lu p50_ms=%.3f p99_ms=%.3f\n", events, least,
	       streams[0].dropped, latency(50), latency(99));
	return 0;
}
