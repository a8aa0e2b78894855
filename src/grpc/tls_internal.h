/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_GRPC_TLS_INTERNAL_H
#define OCELLI_GRPC_TLS_INTERNAL_H

/* What certificates (tls.c) and sessions (tls_session.c) share. */

#include "grpc/openssl_names.h"
#include "grpc/tls.h"

/* A session by the certificates of now, that reads and writes by the BIO, which it owns. */
int tls_ssl_new(const struct tls *tls, SSL **ret_ssl, BIO **ret_bio);

/* How sessions read and write; the BIO's data is struct tls_session. NULL: no memory. */
BIO_METHOD *tls_bio_new(void);

#endif
