// SPDX-License-Identifier: Apache-2.0
#include "grpc/internal.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define UNIX "unix://"
#define BACKLOG 128

struct listener {
	struct list node;
	struct grpc_server *server;
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_pipe_t pipe;
		uv_tcp_t tcp;
	};
	char *path;      /* of a unix socket; NULL: TCP */
	struct tls *tls; /* NULL: in plain text */
	bool waits;      /* somebody does, for memory */
};

static void on_connection(uv_stream_t *stream, int status);

static void on_prepare(uv_prepare_t *prepare)
{
	grpc_server_flush(prepare->data);
}

static void on_handle_closed(uv_handle_t *handle)
{
	((struct grpc_server *)handle->data)->handles--;
}

int grpc_server_new(const struct grpc_config *config, struct grpc_server **ret)
{
	struct grpc_server *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->config = *config;
	list_init(&s->listeners);
	list_init(&s->connections);
	list_init(&s->dirty);
	s->input = malloc(CONNECTION_INPUT_BYTES);
	s->plain = malloc(CONNECTION_PLAIN_BYTES);
	if (!s->input || !s->plain || http2_callbacks(&s->callbacks) < 0 ||
	    nghttp2_option_new(&s->options) != 0) {
		grpc_server_free(&s);
		return -ENOMEM;
	}
	nghttp2_option_set_peer_max_concurrent_streams(s->options, config->max_calls);
	nghttp2_option_set_no_auto_ping_ack(s->options, 0);
	/* Of what is over nothing is remembered. */
	nghttp2_option_set_no_closed_streams(s->options, 1);
	uv_prepare_init(config->loop, &s->prepare);
	s->prepare.data = s;
	s->handles++;
	uv_prepare_start(&s->prepare, on_prepare);
	/* It is no reason for the loop to go on. */
	uv_unref((uv_handle_t *)&s->prepare);
	*ret = s;
	return 0;
}

void grpc_server_flush(struct grpc_server *s)
{
	while (!list_empty(&s->dirty))
		connection_flush(container_of(s->dirty.next, struct connection, dirty));
}

void grpc_server_tick(struct grpc_server *s)
{
	s->handshakes = 0;
	list_for_each (item, &s->listeners) {
		struct listener *l = container_of(item, struct listener, node);

		if (l->waits)
			on_connection(&l->stream, 0);
	}
	list_for_each (item, &s->connections)
		connection_tick(container_of(item, struct connection, node));
}

/* --- who comes */

static void find_peer(struct connection *c, bool is_local)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	uv_os_fd_t fd;

	c->peer = (struct grpc_peer){.uid = (uid_t)-1, .gid = (gid_t)-1, .pid = -1};
	if (is_local && uv_fileno(&c->handle, &fd) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0)
		c->peer = (struct grpc_peer){true, cred.uid, cred.gid, cred.pid};
}

bool grpc_peer_in_group(const struct grpc_peer *peer, gid_t gid)
{
	const struct connection *c = container_of(peer, struct connection, peer);
	_cleanup_free_ gid_t *groups = NULL;
	socklen_t len = 0;
	uv_os_fd_t fd;

	if (!peer->is_local || gid == (gid_t)-1)
		return false;
	if (peer->gid == gid)
		return true;
	/* First for how many there are (net/core/sock.c). */
	if (uv_fileno(&c->handle, &fd) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 || errno != ERANGE)
		return false;
	groups = malloc(len);
	if (!groups || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(gid_t); i++)
		if (groups[i] == gid)
			return true;
	return false;
}

bool grpc_peer_has_name(const struct grpc_peer *peer, const char *name)
{
	const struct connection *c = container_of(peer, struct connection, peer);

	return c->tls && tls_has_name(c->tls, name);
}

static void append_address(const struct connection *c, struct str *out)
{
	struct sockaddr_storage address;
	int len = sizeof(address);
	char host[NI_MAXHOST], port[NI_MAXSERV];

	if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&address, &len) == 0 &&
	    getnameinfo((struct sockaddr *)&address, (socklen_t)len, host, sizeof(host), port,
			sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		str_appendf(out, "%s port %s", host, port);
	else
		str_append_lit(out, "a client by TCP");
}

void grpc_peer_describe(const struct grpc_peer *peer, struct str *out)
{
	const struct connection *c = container_of(peer, struct connection, peer);

	if (peer->is_local) {
		str_appendf(out, "uid %ld, gid %ld, pid %ld by the unix socket", (long)peer->uid,
			    (long)peer->gid, (long)peer->pid);
		return;
	}
	append_address(c, out);
	if (c->tls && tls_is_verified(c->tls)) {
		str_append_lit(out, ", certificate ");
		tls_append_name(c->tls, out);
	}
}

static void drop(uv_handle_t *handle)
{
	struct connection *c = container_of(handle, struct connection, handle);

	c->server->handles--;
	free(c);
}

static bool is_room(const struct grpc_server *s, bool is_local)
{
	unsigned max = s->config.max_connections;

	return s->n_connections < (is_local ? max : max - max / 8);
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct listener *l = container_of(stream, struct listener, stream);
	struct grpc_server *s = l->server;
	struct connection *c;

	if (status < 0)
		return;
	c = calloc(1, sizeof(*c));
	/* It has to be taken before there is another. */
	l->waits = !c;
	if (!c)
		return;
	c->server = s;
	if (l->path)
		uv_pipe_init(s->config.loop, &c->pipe, 0);
	else
		uv_tcp_init(s->config.loop, &c->tcp);
	s->handles++;
	/* One that is too many is taken and closed: it would wait for ever else. */
	if (uv_accept(stream, &c->stream) < 0 || s->stopping || !is_room(s, l->path)) {
		uv_close(&c->handle, drop);
		return;
	}
	find_peer(c, l->path);
	if (!l->path)
		uv_tcp_nodelay(&c->tcp, 1);
	connection_start(c, l->tls);
}

/* --- where they come to */

static void on_listener_closed(uv_handle_t *handle)
{
	struct listener *l = container_of(handle, struct listener, handle);

	l->server->handles--;
	free(l->path);
	free(l);
}

static void close_listener(struct listener *l)
{
	list_del(&l->node);
	if (l->path)
		unlink(l->path);
	uv_close(&l->handle, on_listener_closed);
}

/* Returns 0 when there is nothing at @path any more, -EADDRINUSE when somebody listens there. */
static int clear_path(const char *path, struct error **reterr)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (strlen(path) >= sizeof(address.sun_path))
		return error_set(reterr, -ENAMETOOLONG,
				 "cannot listen at %s: it is longer than %zu bytes", path,
				 sizeof(address.sun_path) - 1);
	if (lstat(path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return error_set(reterr, -EEXIST, "cannot listen at %s: there is another file",
				 path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return error_set(reterr, -EADDRINUSE, "cannot listen at %s: another program does",
				 path);
	unlink(path);
	return 0;
}

static int listen_unix(struct listener *l, const struct grpc_address *address,
		       struct error **reterr)
{
	const char *path = address->text + strlen(UNIX);
	int r = clear_path(path, reterr);

	if (r < 0)
		return r;
	l->path = strdup(path);
	if (!l->path)
		return error_set(reterr, -ENOMEM, "out of memory");
	r = uv_pipe_bind(&l->pipe, path);
	/* Nobody connects before it listens. */
	if (r == 0 && address->group != (gid_t)-1 && chown(path, (uid_t)-1, address->group) < 0)
		r = -errno;
	if (r == 0 && chmod(path, address->mode) < 0)
		r = -errno;
	if (r == 0)
		r = uv_listen(&l->stream, BACKLOG, on_connection);
	return r < 0 ? error_set(reterr, r, "cannot listen at %s: %s", path, uv_strerror(r)) : 0;
}

/* "HOST:PORT"; the host may be in brackets, or nothing for all addresses. */
static int resolve(const char *address, struct addrinfo **ret, struct error **reterr)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM};
	const char *colon = strrchr(address, ':');
	char host[256] = "";
	size_t len;
	int r;

	if (!colon || (size_t)(colon - address) >= sizeof(host)) {
		error_set(reterr, -EINVAL,
			  "cannot listen at \"%s\": an address is HOST:PORT or unix://PATH",
			  address);
		return -EINVAL;
	}
	len = (size_t)(colon - address);
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

static int listen_tcp(struct listener *l, const struct grpc_address *address, struct error **reterr)
{
	struct addrinfo *found = NULL;
	int r = resolve(address->text, &found, reterr);

	if (r < 0)
		return r;
	r = uv_tcp_bind(&l->tcp, found->ai_addr, 0);
	if (r == 0)
		r = uv_listen(&l->stream, BACKLOG, on_connection);
	freeaddrinfo(found);
	l->tls = address->tls;
	return r < 0 ? error_set(reterr, r, "cannot listen at %s: %s", address->text,
				 uv_strerror(r))
		     : 0;
}

int grpc_server_listen(struct grpc_server *s, const struct grpc_address *address,
		       struct error **reterr)
{
	bool is_unix = !strncmp(address->text, UNIX, strlen(UNIX));
	struct listener *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return error_set(reterr, -ENOMEM, "out of memory");
	l->server = s;
	list_add_tail(&s->listeners, &l->node);
	s->handles++;
	if (is_unix) {
		uv_pipe_init(s->config.loop, &l->pipe, 0);
		r = listen_unix(l, address, reterr);
	} else {
		uv_tcp_init(s->config.loop, &l->tcp);
		r = listen_tcp(l, address, reterr);
	}
	if (r >= 0)
		return 0;
	/* What is there is another's. */
	free(l->path);
	l->path = NULL;
	close_listener(l);
	return r;
}

/* --- the end */

static void end_calls(struct connection *c)
{
	list_for_each (item, &c->calls) {
		struct grpc_call *call = container_of(item, struct grpc_call, node);
		void (*closed)(struct grpc_call *, void *) = call->closed;

		call->closed = NULL;
		if (closed && !call->ended)
			closed(call, call->closed_data);
		grpc_end(call, GRPC_UNAVAILABLE, "the agent stops");
	}
}

void grpc_server_stop(struct grpc_server *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	list_for_each (item, &s->listeners)
		close_listener(container_of(item, struct listener, node));
	list_for_each (item, &s->connections) {
		struct connection *c = container_of(item, struct connection, node);

		/* With these nothing was agreed upon yet. */
		if (!c->session) {
			connection_close(c);
			continue;
		}
		end_calls(c);
		nghttp2_submit_goaway(c->session, NGHTTP2_FLAG_NONE,
				      nghttp2_session_get_last_proc_stream_id(c->session),
				      NGHTTP2_NO_ERROR, NULL, 0);
		connection_dirty(c);
	}
	grpc_server_flush(s);
}

bool grpc_server_stopped(const struct grpc_server *s)
{
	return s->stopping && s->n_connections == 0;
}

void grpc_server_close(struct grpc_server *s)
{
	s->stopping = true;
	list_for_each (item, &s->listeners)
		close_listener(container_of(item, struct listener, node));
	list_for_each (item, &s->connections)
		connection_close(container_of(item, struct connection, node));
	if (!uv_is_closing((uv_handle_t *)&s->prepare))
		uv_close((uv_handle_t *)&s->prepare, on_handle_closed);
}

void grpc_server_free(struct grpc_server **server)
{
	struct grpc_server *s = *server;

	if (!s)
		return;
	nghttp2_session_callbacks_del(s->callbacks);
	nghttp2_option_del(s->options);
	free(s->input);
	free(s->plain);
	str_free(&s->sealing);
	free(s);
	*server = NULL;
}
