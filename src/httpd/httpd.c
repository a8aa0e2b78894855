// SPDX-License-Identifier: Apache-2.0
#include "httpd/httpd.h"
#include "base/cleanup.h"
#include "base/list.h"
#include "base/macro.h"
#include "httpd/library.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BACKLOG 64

struct httpd_body {
	unsigned refs;
	struct MHD_Response *response;
};

struct httpd {
	struct httpd_config config;
	const struct microhttpd *mhd;
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t timer;
	struct list connections; /* the oldest first */
	struct httpd_body *nothing;
	char address[INET6_ADDRSTRLEN + sizeof("[]:65535")];
};

struct connection {
	struct list node;
	uint64_t end; /* of its time, by uv_now() */
	int fd;
};

/* --- documents */

struct httpd_body *httpd_body_new(struct str *text, const char *type)
{
	const struct microhttpd *mhd = microhttpd_get();
	struct httpd_body *body = mhd && str_cstr(text) ? malloc(sizeof(*body)) : NULL;

	if (!body)
		return NULL;
	*body = (struct httpd_body){.refs = 1};
	body->response =
		mhd->create_response_from_buffer(text->len, text->data, MHD_RESPMEM_MUST_FREE);
	if (!body->response) {
		free(body);
		return NULL;
	}
	*text = STR_INIT;
	if (mhd->add_response_header(body->response, MHD_HTTP_HEADER_CONTENT_TYPE, type) !=
		    MHD_YES ||
	    mhd->add_response_header(body->response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") !=
		    MHD_YES ||
	    mhd->add_response_header(body->response, MHD_HTTP_HEADER_CONNECTION, "close") !=
		    MHD_YES)
		httpd_body_unref(&body);
	return body;
}

struct httpd_body *httpd_body_ref(struct httpd_body *body)
{
	body->refs++;
	return body;
}

void httpd_body_unref(struct httpd_body **body)
{
	struct httpd_body *b = *body;

	*body = NULL;
	if (!b || --b->refs)
		return;
	/* Readers have references of their own to this. */
	microhttpd_get()->destroy_response(b->response);
	free(b);
}

/* --- requests */

static enum MHD_Result answer(void *userdata, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **request_data)
{
	struct httpd *h = userdata;
	struct httpd_request request = {
		.path = url,
		.accept = h->mhd->lookup_connection_value(connection, MHD_HEADER_KIND,
							  MHD_HTTP_HEADER_ACCEPT),
	};
	struct httpd_body *body = NULL;
	unsigned status = MHD_HTTP_METHOD_NOT_ALLOWED;
	enum MHD_Result r;

	if (!strcmp(method, MHD_HTTP_METHOD_GET) || !strcmp(method, MHD_HTTP_METHOD_HEAD))
		status = h->config.answer(h->config.userdata, &request, &body);
	if (!body)
		body = httpd_body_ref(h->nothing);
	r = h->mhd->queue_response(connection, status, body->response);
	httpd_body_unref(&body);
	return r;
}

static void on_connection(void *userdata, struct MHD_Connection *connection, void **data,
			  enum MHD_ConnectionNotificationCode code)
{
	struct httpd *h = userdata;
	struct connection *c = *data;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (c)
			list_del(&c->node);
		free(c);
		return;
	}
	c = malloc(sizeof(*c));
	*data = c;
	/* Then it has the library's time only, which begins anew with each byte. */
	if (!c)
		return;
	c->end = uv_now(h->config.loop) + HTTPD_SECONDS * 1000ULL;
	c->fd = h->mhd->get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
			->connect_fd;
	list_add_tail(&h->connections, &c->node);
}

/* --- the loop */

static void on_time(uv_timer_t *timer);

/* Whoever is late finds the connection closed when the library looks at it next. */
static void end_the_late(struct httpd *h)
{
	uint64_t now = uv_now(h->config.loop);

	list_for_each (item, &h->connections) {
		const struct connection *c = container_of(item, struct connection, node);

		if (c->end > now)
			break;
		shutdown(c->fd, SHUT_RDWR);
	}
}

static void run(struct httpd *h)
{
	uint64_t now = uv_now(h->config.loop), wait = UINT64_MAX;
	MHD_UNSIGNED_LONG_LONG timeout;

	end_the_late(h);
	h->mhd->run(h->daemon);
	if (h->mhd->get_timeout(h->daemon, &timeout) == MHD_YES)
		wait = timeout;
	if (!list_empty(&h->connections)) {
		uint64_t end = container_of(h->connections.next, struct connection, node)->end;

		wait = MIN(wait, end > now ? end - now : 0);
	}
	if (wait == UINT64_MAX)
		uv_timer_stop(&h->timer);
	else
		uv_timer_start(&h->timer, on_time, wait, 0);
}

static void on_time(uv_timer_t *timer)
{
	run(timer->data);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	run(poll->data);
}

/* --- where it listens */

static int resolve(const char *address, struct addrinfo **ret, struct error **reterr)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	const char *colon = strrchr(address, ':');
	char host[256] = "";
	size_t len = colon ? (size_t)(colon - address) : sizeof(host);
	int r;

	if (len >= sizeof(host)) {
		error_set(reterr, -EINVAL, "cannot listen at \"%s\": an address is HOST:PORT",
			  address);
		return -EINVAL;
	}
	if (len > 1 && address[0] == '[' && address[len - 1] == ']')
		memcpy(host, address + 1, len - 2);
	else
		memcpy(host, address, len);
	r = getaddrinfo(host[0] ? host : NULL, colon + 1, &hints, ret);
	if (r == 0 && *ret)
		return 0;
	error_set(reterr, -EINVAL, "cannot listen at %s: %s", address, gai_strerror(r));
	return -EINVAL;
}

static int bind_to(const struct addrinfo *to, int *ret)
{
	_cleanup_close_ int fd =
		socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, to->ai_protocol);
	int on = 1, off = 0;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	/* All addresses are those of IPv4, too. */
	if (to->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, to->ai_addr, to->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	*ret = TAKE_FD(fd);
	return 0;
}

/* IPv6 first where all addresses are meant: of both it is the one that serves both. */
static int listen_at(const char *address, int *ret, struct error **reterr)
{
	static const int families[] = {AF_INET6, AF_INET};
	struct addrinfo *found = NULL;
	int r = resolve(address, &found, reterr);

	if (r < 0)
		return r;
	r = -EAFNOSUPPORT;
	for (size_t i = 0; i < ARRAY_SIZE(families) && r < 0; i++)
		for (const struct addrinfo *a = found; a && r < 0; a = a->ai_next)
			if (a->ai_family == families[address[0] == ':' ? i : !i])
				r = bind_to(a, ret);
	freeaddrinfo(found);
	if (r < 0)
		return error_set(reterr, r, "cannot listen at %s: %s", address, strerror(-r));
	return 0;
}

static void find_address(struct httpd *h, int fd)
{
	struct sockaddr_storage storage = {0};
	socklen_t len = sizeof(storage);
	char host[INET6_ADDRSTRLEN], port[8];

	if (getsockname(fd, (struct sockaddr *)&storage, &len) < 0 ||
	    getnameinfo((struct sockaddr *)&storage, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return;
	snprintf(h->address, sizeof(h->address), strchr(host, ':') ? "[%s]:%s" : "%s:%s", host,
		 port);
}

const char *httpd_address(const struct httpd *h)
{
	return h->address;
}

/* --- all of it */

static int start(struct httpd *h, int *fd, struct error **reterr)
{
	struct str none = STR_INIT;
	int epoll_fd;

	h->nothing = httpd_body_new(&none, "text/plain; charset=utf-8");
	if (!h->nothing)
		return error_set(reterr, -ENOMEM, "out of memory");
	h->daemon = h->mhd->start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, answer, h, MHD_OPTION_LISTEN_SOCKET, *fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTPD_CONNECTIONS,
		MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)HTTPD_CONNECTIONS / 2,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTPD_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTPD_REQUEST_MAX,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_END);
	if (!h->daemon)
		return error_set(reterr, -EIO, "cannot serve HTTP: %s does not start",
				 MICROHTTPD_LIBRARY);
	/* It closes it. */
	*fd = -1;
	epoll_fd = h->mhd->get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	uv_poll_init(h->config.loop, &h->poll, epoll_fd);
	uv_timer_init(h->config.loop, &h->timer);
	h->poll.data = h;
	h->timer.data = h;
	uv_poll_start(&h->poll, UV_READABLE, on_poll);
	return 0;
}

int httpd_new(const struct httpd_config *config, const char *address, struct httpd **ret,
	      struct error **reterr)
{
	const struct microhttpd *mhd = microhttpd_get();
	_cleanup_close_ int fd = -1;
	struct httpd *h;
	int r;

	if (!mhd) {
		error_set(reterr, -ENOENT, "cannot serve HTTP: there is no " MICROHTTPD_LIBRARY);
		error_remedy(reterr, "it is in Debian's package libmicrohttpd12");
		return -ENOENT;
	}
	r = listen_at(address, &fd, reterr);
	if (r < 0)
		return r;
	h = calloc(1, sizeof(*h));
	if (!h)
		return error_set(reterr, -ENOMEM, "out of memory");
	h->config = *config;
	h->mhd = mhd;
	list_init(&h->connections);
	find_address(h, fd);
	r = start(h, &fd, reterr);
	if (r < 0) {
		httpd_free(&h);
		return r;
	}
	*ret = h;
	return 0;
}

void httpd_close(struct httpd *h)
{
	uv_close((uv_handle_t *)&h->poll, NULL);
	uv_close((uv_handle_t *)&h->timer, NULL);
}

void httpd_free(struct httpd **httpd)
{
	struct httpd *h = *httpd;

	if (!h)
		return;
	if (h->daemon)
		h->mhd->stop_daemon(h->daemon);
	httpd_body_unref(&h->nothing);
	free(h);
	*httpd = NULL;
}
