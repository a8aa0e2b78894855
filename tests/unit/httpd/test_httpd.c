// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/macro.h"
#include "httpd/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ANSWER "what there is to say"
#define LONG (4 << 20)

struct scene {
	uv_loop_t loop;
	struct httpd *httpd;
	unsigned asked;
	char accept[64];
};

static unsigned answer(void *userdata, const struct httpd_request *request, struct httpd_body **ret)
{
	struct scene *s = userdata;
	_cleanup_str_ struct str text = STR_INIT;

	s->asked++;
	snprintf(s->accept, sizeof(s->accept), "%s", request->accept ? request->accept : "");
	if (!strcmp(request->path, "/none"))
		return 404;
	if (!strcmp(request->path, "/long"))
		for (int i = 0; i < LONG; i++)
			str_append_char(&text, 'x');
	else
		str_append_lit(&text, ANSWER);
	*ret = httpd_body_new(&text, "text/plain");
	return *ret ? 200 : 500;
}

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	const struct httpd_config config = {&s->loop, answer, s};
	_cleanup_error_ struct error *err = NULL;

	signal(SIGPIPE, SIG_IGN);
	uv_loop_init(&s->loop);
	if (httpd_new(&config, "127.0.0.1:0", &s->httpd, &err) < 0)
		fail_msg("%s", err->message);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	httpd_close(s->httpd);
	uv_run(&s->loop, UV_RUN_DEFAULT);
	httpd_free(&s->httpd);
	assert_int_equal(uv_loop_close(&s->loop), 0);
	free(s);
	return 0;
}

static int connect_to(const struct scene *s)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const char *address = httpd_address(s->httpd);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(strncmp(address, "127.0.0.1:", 10), 0);
	to.sin_port = htons((uint16_t)strtoul(address + 10, NULL, 10));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Has the loop turn until the server closes; returns what came. */
static void read_all(struct scene *s, int fd, struct str *out)
{
	char buf[65536];

	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		if (n > 0)
			str_append(out, buf, (size_t)n);
		else
			uv_run(&s->loop, UV_RUN_ONCE);
	}
	assert_non_null(str_cstr(out));
}

/* Until all that has happened has been looked at. */
static void turn(struct scene *s)
{
	for (int i = 0; i < 20; i++)
		uv_run(&s->loop, UV_RUN_NOWAIT);
}

static void ask(struct scene *s, const char *request, struct str *out)
{
	_cleanup_close_ int fd = connect_to(s);

	assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
	read_all(s, fd, out);
}

static void a_document(void **state)
{
	_cleanup_str_ struct str got = STR_INIT;
	struct scene *s = *state;

	ask(s, "GET /any HTTP/1.1\r\nHost: x\r\nAccept: a/b\r\n\r\n", &got);
	assert_int_equal(strncmp(got.data, "HTTP/1.1 200 OK\r\n", 17), 0);
	assert_non_null(strstr(got.data, "\r\nContent-Type: text/plain\r\n"));
	assert_non_null(strstr(got.data, "\r\nConnection: close\r\n"));
	assert_non_null(strstr(got.data, "\r\n\r\n" ANSWER));
	assert_string_equal(s->accept, "a/b");
}

/* In pieces, which the loop has to go on for. */
static void a_long_one(void **state)
{
	_cleanup_str_ struct str got = STR_INIT;

	ask(*state, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n", &got);
	assert_true(got.len > LONG);
}

static void only_documents(void **state)
{
	static const struct {
		const char *request, *status;
		unsigned asked;
	} cases[] = {
		{"GET /none HTTP/1.1\r\nHost: x\r\n\r\n", "404", 1},
		{"HEAD /any HTTP/1.1\r\nHost: x\r\n\r\n", "200", 1},
		{"POST /any HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\nx", "405", 0},
		{"BREW / HTTP/1.0\r\n\r\n", "405", 0},
	};
	struct scene *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str got = STR_INIT;
		unsigned before = s->asked;

		ask(s, cases[i].request, &got);
		assert_true(got.len > 12);
		assert_int_equal(strncmp(got.data + 9, cases[i].status, 3), 0);
		assert_int_equal(s->asked - before, cases[i].asked);
		assert_null(strstr(got.data, i == 1 ? ANSWER : "there is to say"));
	}
}

static void a_request_has_a_limit(void **state)
{
	_cleanup_str_ struct str request = STR_INIT, got = STR_INIT;
	struct scene *s = *state;

	str_append_lit(&request, "GET /any HTTP/1.1\r\nHost: x\r\nX: ");
	while (request.len < 2 * HTTPD_REQUEST_MAX)
		str_append_char(&request, 'x');
	assert_non_null(str_cstr(&request));
	ask(s, request.data, &got);
	assert_int_equal(s->asked, 0);
}

/* Whoever says nothing, or ever so slowly, or does not read, does not keep others from it. */
static void the_slow_delay_nobody(void **state)
{
	_cleanup_str_ struct str got = STR_INIT;
	struct scene *s = *state;
	int slow[3];

	for (size_t i = 0; i < 3; i++)
		slow[i] = connect_to(s);
	assert_int_equal(send(slow[1], "GET /any HT", 11, 0), 11);
	assert_int_equal(send(slow[2], "GET /long HTTP/1.1\r\nHost: x\r\n\r\n", 31, 0), 31);
	ask(s, "GET /any HTTP/1.1\r\nHost: x\r\n\r\n", &got);
	assert_non_null(strstr(got.data, ANSWER));
	for (size_t i = 0; i < 3; i++)
		close(slow[i]);
}

/* Of one address there are half of all that can be: the rest are hung up on. */
static void connections_have_a_limit(void **state)
{
	_cleanup_str_ struct str got = STR_INIT;
	int many[2 * HTTPD_CONNECTIONS];
	struct scene *s = *state;
	unsigned open = 0;
	char c;

	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = connect_to(s);
	turn(s);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		open += recv(many[i], &c, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
	assert_int_equal(open, HTTPD_CONNECTIONS / 2);
	for (size_t i = 0; i < ARRAY_SIZE(many); i++)
		close(many[i]);
	turn(s);
	ask(s, "GET /any HTTP/1.1\r\nHost: x\r\n\r\n", &got);
	assert_non_null(strstr(got.data, ANSWER));
}

static void addresses(void **state)
{
	static const char *const bad[] = {
		"", "2112", "127.0.0.1", "300.1.1.1:1", "127.0.0.1:x", "[::1:0"};
	struct scene *s = *state;
	const struct httpd_config config = {&s->loop, answer, s};
	struct httpd *other = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		_cleanup_error_ struct error *err = NULL;

		assert_int_equal(httpd_new(&config, bad[i], &other, &err), -EINVAL);
		assert_int_equal(strncmp(err->message, "cannot listen at ", 17), 0);
	}
	for (int i = 0; i < 1; i++) {
		_cleanup_error_ struct error *err = NULL;

		assert_int_equal(httpd_new(&config, httpd_address(s->httpd), &other, &err),
				 -EADDRINUSE);
		assert_non_null(strstr(err->message, httpd_address(s->httpd)));
	}
}

#define scene_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		scene_test(a_document),
		scene_test(a_long_one),
		scene_test(only_documents),
		scene_test(a_request_has_a_limit),
		scene_test(the_slow_delay_nobody),
		scene_test(connections_have_a_limit),
		scene_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
