// SPDX-License-Identifier: Apache-2.0
#include "grpc/tls_internal.h"
#include "base/escape.h"
#include "base/macro.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/* Who makes us say so much without reading it is not served: some times of what one flush is. */
#define OUT_MAX (256 * 1024)
/* So much of a name in a certificate is told. */
#define NAME_TOLD ((size_t)256)

struct tls_session {
	SSL *ssl;
	const uint8_t *in; /* of the caller's */
	size_t in_len;
	struct str out;
	unsigned key_updates;
};

/* --- what OpenSSL reads and writes */

static int read_in(BIO *bio, char *to, int len)
{
	struct tls_session *s = BIO_get_data(bio);
	size_t n = MIN((size_t)len, s->in_len);

	BIO_clear_retry_flags(bio);
	if (!n) {
		BIO_set_retry_read(bio);
		return -1;
	}
	memcpy(to, s->in, n);
	s->in += n;
	s->in_len -= n;
	return (int)n;
}

static int write_out(BIO *bio, const char *data, int len)
{
	struct tls_session *s = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (s->out.len + (size_t)len > OUT_MAX)
		return -1;
	str_append(&s->out, data, (size_t)len);
	return s->out.failed ? -1 : len;
}

static long control(BIO *bio, int command, long number, void *p)
{
	return command == BIO_CTRL_FLUSH;
}

static int create(BIO *bio)
{
	BIO_set_init(bio, 1);
	return 1;
}

BIO_METHOD *tls_bio_new(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "ocelli");

	if (!method)
		return NULL;
	BIO_meth_set_read(method, read_in);
	BIO_meth_set_write(method, write_out);
	BIO_meth_set_ctrl(method, control);
	BIO_meth_set_create(method, create);
	return method;
}

/* --- sessions */

static void on_message(int is_ours, int version, int type, const void *data, size_t len, SSL *ssl,
		       void *userdata)
{
	struct tls_session *s = userdata;

	if (!is_ours && type == SSL3_RT_HANDSHAKE && len &&
	    *(const uint8_t *)data == SSL3_MT_KEY_UPDATE)
		s->key_updates++;
}

int tls_session_new(struct tls *tls, struct tls_session **ret)
{
	struct tls_session *s = calloc(1, sizeof(*s));
	BIO *bio;

	if (!s || tls_ssl_new(tls, &s->ssl, &bio) < 0) {
		free(s);
		return -ENOMEM;
	}
	BIO_set_data(bio, s);
	SSL_set_msg_callback(s->ssl, on_message);
	SSL_set_msg_callback_arg(s->ssl, s);
	*ret = s;
	return 0;
}

void tls_session_free(struct tls_session **session)
{
	struct tls_session *s = *session;

	if (!s)
		return;
	SSL_free(s->ssl);
	str_free(&s->out);
	free(s);
	*session = NULL;
}

void tls_feed(struct tls_session *s, const void *data, size_t len)
{
	s->in = data;
	s->in_len = len;
}

/* Of what has ended nothing is left in the thread's queue: it would be taken for the next one's. */
static int end(int code)
{
	ERR_clear_error();
	return code;
}

ssize_t tls_read(struct tls_session *s, void *to, size_t len)
{
	const unsigned char *protocol;
	bool was_open = tls_is_open(s);
	unsigned protocol_len;
	int n;

	ERR_clear_error();
	n = SSL_read(s->ssl, to, (int)MIN(len, (size_t)INT_MAX));
	if (!was_open && tls_is_open(s)) {
		SSL_get0_alpn_selected(s->ssl, &protocol, &protocol_len);
		if (!protocol_len)
			return -EPROTO;
	}
	if (n > 0)
		return n;
	switch (SSL_get_error(s->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		return end(0);
	case SSL_ERROR_ZERO_RETURN:
		return end(-EPIPE);
	default:
		return end(-EPROTO);
	}
}

bool tls_is_open(const struct tls_session *s)
{
	return SSL_is_init_finished(s->ssl);
}

int tls_write(struct tls_session *s, const void *data, size_t len)
{
	const uint8_t *from = data;

	while (len) {
		int n;

		ERR_clear_error();
		n = SSL_write(s->ssl, from, (int)MIN(len, (size_t)INT_MAX));
		if (n <= 0)
			return end(-EPROTO);
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

void tls_shut(struct tls_session *s)
{
	SSL_shutdown(s->ssl);
	ERR_clear_error();
}

struct str *tls_output(struct tls_session *s)
{
	return &s->out;
}

unsigned tls_take_key_updates(struct tls_session *s)
{
	unsigned n = s->key_updates;

	s->key_updates = 0;
	return n;
}

/* --- who it is */

bool tls_is_verified(const struct tls_session *s)
{
	return SSL_get0_peer_certificate(s->ssl) && SSL_get_verify_result(s->ssl) == X509_V_OK;
}

static bool equals(const ASN1_STRING *a, const char *name)
{
	size_t len = strlen(name);

	return ASN1_STRING_length(a) == (int)len && !memcmp(ASN1_STRING_get0_data(a), name, len);
}

static bool is_name(int type)
{
	return type == GEN_DNS || type == GEN_URI || type == GEN_EMAIL;
}

static bool is_alternative_name(X509 *cert, const char *name)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type;
		const ASN1_STRING *value =
			GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);

		if (is_name(type))
			found |= equals(value, name);
	}
	GENERAL_NAMES_free(names);
	return found;
}

static bool is_common_name(const X509 *cert, const char *name)
{
	const X509_NAME *subject = X509_get_subject_name(cert);

	for (int i = -1; (i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0;) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(subject, i);

		if (equals(X509_NAME_ENTRY_get_data(entry), name))
			return true;
	}
	return false;
}

bool tls_has_name(const struct tls_session *s, const char *name)
{
	X509 *cert = SSL_get0_peer_certificate(s->ssl);

	return cert && tls_is_verified(s) &&
	       (is_alternative_name(cert, name) || is_common_name(cert, name));
}

/* Returns whether there is one. */
static bool append_alternative_name(X509 *cert, struct str *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !found; i++) {
		int type;
		const ASN1_STRING *value =
			GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);

		found = is_name(type);
		if (found)
			escape_text(out, (const char *)ASN1_STRING_get0_data(value),
				    MIN((size_t)ASN1_STRING_length(value), NAME_TOLD));
	}
	GENERAL_NAMES_free(names);
	return found;
}

void tls_append_name(const struct tls_session *s, struct str *out)
{
	X509 *cert = SSL_get0_peer_certificate(s->ssl);
	char subject[NAME_TOLD];

	if (!cert || append_alternative_name(cert, out))
		return;
	X509_NAME_oneline(X509_get_subject_name(cert), subject, sizeof(subject));
	escape_text(out, subject, strlen(subject));
}
