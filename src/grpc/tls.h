/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_GRPC_TLS_H
#define OCELLI_GRPC_TLS_H

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The server's side of TLS, by OpenSSL and without sockets: 1.2 and later, HTTP/2
 * by ALPN, nothing that modern clients have no need of.
 */
struct tls;

struct tls_config {
	const char *cert_file; /* PEM: the server's certificate, then those between it and a root */
	const char *key_file;
	const char *const
		*client_ca_files; /* if any, clients have to have a certificate by these */
	size_t n_client_ca_files;
	/* PEM: if any, each authority between a client's certificate and its root, this one
	 * included, has to have a list of those that it has revoked here. */
	const char *const *client_crl_files;
	size_t n_client_crl_files;
};

/* @config is copied. Returns 0, or a negative errno with *reterr. */
int tls_new(const struct tls_config *config, struct tls **ret, struct error **reterr);

/*
 * Reads the files again when they are others than they were and have not changed since the last
 * call, so that a key is not taken with the certificate that comes after it. Sessions that there
 * are keep what they began with. Returns 1 when new ones have those of the files; a negative errno
 * with *reterr when these are wrong, once for each change: then the old ones are used further.
 * Returns -EKEYEXPIRED, once, when a list of the revoked is out of date: then nobody's certificate
 * can be told to be good.
 */
int tls_reload(struct tls *tls, struct error **reterr);

/* After its sessions. */
void tls_free(struct tls **tls);

/* --- one client */

struct tls_session;

int tls_session_new(struct tls *tls, struct tls_session **ret);
void tls_session_free(struct tls_session **session);

/* What the client has sent; to be read until there is no more, before the next. */
void tls_feed(struct tls_session *session, const void *data, size_t len);

/* Returns how many bytes there are in @to, 0 when more has to be fed, or a negative errno when
 * the connection is over: -EPIPE when the client has ended it, -EPROTO when it is refused. */
ssize_t tls_read(struct tls_session *session, void *to, size_t len);

/* Whether both know each other by now: only then anything is written. */
bool tls_is_open(const struct tls_session *session);

/* Returns 0 or -EPROTO. */
int tls_write(struct tls_session *session, const void *data, size_t len);

/* Nothing is written after that. */
void tls_shut(struct tls_session *session);

/* What has to be sent to the client, which the caller takes out. Bounded. */
struct str *tls_output(struct tls_session *session);

/* Whether the client has a certificate that its authority vouches for … */
bool tls_is_verified(const struct tls_session *session);
/* … and this is among the names there: DNS, URI or e-mail, or the subject's common name. */
bool tls_has_name(const struct tls_session *session, const char *name);
/* Appends the first of these, or the subject, with nothing that a terminal would not print. */
void tls_append_name(const struct tls_session *session, struct str *out);

/* How often the client has had keys changed since this was last asked: each costs us, and him
 * little. */
unsigned tls_take_key_updates(struct tls_session *session);

#endif
