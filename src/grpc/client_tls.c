// SPDX-License-Identifier: Apache-2.0
#include "grpc/client_tls.h"
#include "base/cleanup.h"
#include "grpc/dial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <string.h>

#define ALPN "\x02h2"

struct client_tls {
	SSL_CTX *ctx;
	SSL *ssl;
};

/* What OpenSSL says first; the thread's queue is empty then. */
static const char *reason(void)
{
	unsigned long code = ERR_peek_error();
	const char *text = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return text ? text : "no reason is told";
}

static int complain_file(const char *what, const char *path, struct error **reterr)
{
	return error_set(reterr, -EINVAL, "cannot use %s %s: %s", what, path, reason());
}

static int load_files(SSL_CTX *ctx, const struct grpc_client_tls *config, struct error **reterr)
{
	for (size_t i = 0; i < config->n_ca_files; i++)
		if (SSL_CTX_load_verify_file(ctx, config->ca_files[i]) != 1)
			return complain_file("the authorities in", config->ca_files[i], reterr);
	if (!config->n_ca_files)
		SSL_CTX_set_default_verify_paths(ctx);
	if (config->cert_file && SSL_CTX_use_certificate_chain_file(ctx, config->cert_file) != 1)
		return complain_file("the certificate in", config->cert_file, reterr);
	if (config->key_file &&
	    SSL_CTX_use_PrivateKey_file(ctx, config->key_file, SSL_FILETYPE_PEM) != 1)
		return complain_file("the key in", config->key_file, reterr);
	return 0;
}

/* "HOST:PORT" without the port and brackets. */
static char *host_of(const char *address)
{
	const char *colon = strrchr(address, ':');
	size_t len = colon ? (size_t)(colon - address) : strlen(address);

	if (len > 1 && address[0] == '[' && address[len - 1] == ']')
		return strndup(address + 1, len - 2);
	return len ? strndup(address, len) : strdup("localhost");
}

static int expect_name(SSL *ssl, const struct grpc_client_tls *config, const char *address)
{
	_cleanup_free_ char *host = host_of(address);
	const char *name = config->server_name ? config->server_name : host;
	unsigned char ip[sizeof(struct in6_addr)];
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	if (!name)
		return -ENOMEM;
	if (inet_pton(AF_INET, name, ip) == 1 || inet_pton(AF_INET6, name, ip) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1 ? 0 : -ENOMEM;
	if (SSL_set1_host(ssl, name) != 1 || SSL_set_tlsext_host_name(ssl, name) != 1)
		return -ENOMEM;
	return 0;
}

static int prepare(struct client_tls *tls, const struct grpc_client_tls *config,
		   const char *address, int fd, struct error **reterr)
{
	int r;

	tls->ctx = SSL_CTX_new(TLS_client_method());
	if (!tls->ctx || SSL_CTX_set_min_proto_version(tls->ctx, TLS1_3_VERSION) != 1)
		return error_set(reterr, -ENOMEM, "cannot speak TLS: %s", reason());
	r = load_files(tls->ctx, config, reterr);
	if (r < 0)
		return r;
	SSL_CTX_set_verify(tls->ctx, config->skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(tls->ctx,
			 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	tls->ssl = SSL_new(tls->ctx);
	if (!tls->ssl || SSL_set_fd(tls->ssl, fd) != 1 ||
	    SSL_set_alpn_protos(tls->ssl, (const unsigned char *)ALPN, strlen(ALPN)) != 0 ||
	    expect_name(tls->ssl, config, address) < 0)
		return error_set(reterr, -ENOMEM, "cannot speak TLS: %s", reason());
	return 0;
}

/* Of what SSL_get_error() says. */
static int code_of(const struct client_tls *tls, int n)
{
	switch (SSL_get_error(tls->ssl, n)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return errno && errno != EPIPE ? -errno : -ECONNRESET;
	default:
		return -EPROTO;
	}
}

static int explain(const struct client_tls *tls, const char *address, int r, struct error **reterr)
{
	long verdict = SSL_get_verify_result(tls->ssl);

	if (r == -ECANCELED)
		return error_set(reterr, r, "interrupted");
	if (r == -ETIMEDOUT)
		return error_set(reterr, r, "%s did not answer in TLS", address);
	if (verdict != X509_V_OK) {
		error_set(reterr, -EKEYREJECTED, "%s is not who it has to be: %s", address,
			  X509_verify_cert_error_string(verdict));
		error_remedy(reterr, "--tls-ca-cert-files names who vouches for it, "
				     "--tls-server-name its name");
		ERR_clear_error();
		return -EKEYREJECTED;
	}
	if (r == -ECONNRESET || r == 0) {
		ERR_clear_error();
		return error_set(reterr, -ECONNRESET, "%s has closed the connection", address);
	}
	return error_set(reterr, -EPROTO, "%s does not speak TLS with us: %s", address, reason());
}

static int shake_hands(struct client_tls *tls, const char *address, int fd, uint64_t deadline,
		       int stop_fd, struct error **reterr)
{
	const unsigned char *protocol;
	unsigned len;
	int n, r;

	for (;;) {
		ERR_clear_error();
		errno = 0;
		n = SSL_connect(tls->ssl);
		if (n == 1)
			break;
		r = code_of(tls, n);
		if (r == -EAGAIN)
			r = grpc_wait(fd, SSL_want_write(tls->ssl) ? POLLOUT : POLLIN, stop_fd,
				      deadline);
		if (r <= 0)
			return explain(tls, address, r, reterr);
	}
	SSL_get0_alpn_selected(tls->ssl, &protocol, &len);
	if (len != strlen(ALPN) - 1 || memcmp(protocol, &ALPN[1], len) != 0)
		return error_set(reterr, -EPROTO, "what listens at %s does not speak gRPC",
				 address);
	return 0;
}

int client_tls_open(const struct grpc_client_tls *config, const char *address, int fd,
		    uint64_t deadline, int stop_fd, struct client_tls **ret, struct error **reterr)
{
	struct client_tls *tls = calloc(1, sizeof(*tls));
	int r;

	if (!tls)
		return error_set(reterr, -ENOMEM, "out of memory");
	r = prepare(tls, config, address, fd, reterr);
	if (r == 0)
		r = shake_hands(tls, address, fd, deadline, stop_fd, reterr);
	if (r < 0)
		client_tls_free(&tls);
	else
		*ret = tls;
	return r;
}

void client_tls_free(struct client_tls **tls)
{
	if (!*tls)
		return;
	SSL_free((*tls)->ssl);
	SSL_CTX_free((*tls)->ctx);
	free(*tls);
	*tls = NULL;
}

ssize_t client_tls_read(struct client_tls *tls, void *to, size_t len)
{
	size_t done;

	ERR_clear_error();
	errno = 0;
	return SSL_read_ex(tls->ssl, to, len, &done) == 1 ? (ssize_t)done : code_of(tls, 0);
}

ssize_t client_tls_write(struct client_tls *tls, const void *data, size_t len)
{
	size_t done;
	int r;

	ERR_clear_error();
	errno = 0;
	if (SSL_write_ex(tls->ssl, data, len, &done) == 1)
		return (ssize_t)done;
	r = code_of(tls, 0);
	return r ? r : -ECONNRESET;
}

bool client_tls_pending(const struct client_tls *tls)
{
	return SSL_has_pending(tls->ssl);
}
