// SPDX-License-Identifier: Apache-2.0
/*
 * A client's handshake, with some of its bytes changed: it succeeds or it does
 * not, with what we say to it bounded, and nothing is taken for a request before
 * it has succeeded.
 */
#include "fuzz.h"

#define assert_true MUST
#define assert_non_null MUST
#define assert_int_equal(a, b) MUST((a) == (b))
#include "../unit/grpc/certificate.h"

#include "base/macro.h"
#include "grpc/tls.h"

#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

#define PLAIN "what the client asks"
#define OUT_MAX ((size_t)64 * 1024)

static SSL_CTX *clients;
static struct tls *tls;

int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char dir[] = "/tmp/fuzz_tls-XXXXXX", cert[64], key[64];
	const char *ca = cert;
	const struct tls_config config = {cert, key, &ca, 1, NULL, 0};

	MUST(mkdtemp(dir));
	snprintf(cert, sizeof(cert), "%s/cert", dir);
	snprintf(key, sizeof(key), "%s/key", dir);
	certificate_write(cert, key, "x", "DNS:x,URI:x:y");
	MUST(tls_new(&config, &tls, NULL) == 0);
	clients = SSL_CTX_new(TLS_client_method());
	MUST(SSL_CTX_use_certificate_chain_file(clients, cert) == 1);
	MUST(SSL_CTX_use_PrivateKey_file(clients, key, SSL_FILETYPE_PEM) == 1);
	unlink(cert);
	unlink(key);
	rmdir(dir);
	return 0;
}

static SSL *make_client(bool old)
{
	SSL *ssl = SSL_new(clients);

	MUST(ssl);
	if (old)
		SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
	SSL_set_alpn_protos(ssl, (const uint8_t *)"\2h2", 3);
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(ssl);
	return ssl;
}

/* Of the input, each four bytes are how many of the client's to leave as they are, and what is done
 * to the next. */
struct changes {
	const uint8_t *data;
	size_t size;
	size_t wait;
	bool any;
};

static void next_change(struct changes *c)
{
	c->wait = c->size >= 4 ? (size_t)c->data[0] << 8 | c->data[1] : SIZE_MAX;
}

static void change(struct changes *c, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (c->wait) {
			c->wait--;
			continue;
		}
		c->any |= c->data[2] != 0;
		bytes[i] ^= c->data[2];
		c->data += 4;
		c->size -= 4;
		next_change(c);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct changes changes = {data + 1, size ? size - 1 : 0, 0, false};
	size_t piece = size && data[0] >> 1 ? data[0] >> 1 : 4096, taken = 0;
	SSL *client = make_client(size && data[0] & 1);
	struct tls_session *s;
	ssize_t r = 0;

	next_change(&changes);
	MUST(tls_session_new(tls, &s) == 0);
	for (bool asked = false, more = true; r >= 0 && more;) {
		uint8_t bytes[4096], plain[64];
		struct str *out = tls_output(s);
		int n;

		SSL_read(client, plain, sizeof(plain));
		if (SSL_is_init_finished(client) && !asked)
			asked = SSL_write(client, PLAIN, sizeof(PLAIN)) > 0;
		n = BIO_read(SSL_get_wbio(client), bytes, (int)MIN(piece, sizeof(bytes)));
		more = n > 0;
		if (more) {
			change(&changes, bytes, (size_t)n);
			tls_feed(s, bytes, (size_t)n);
			while ((r = tls_read(s, plain, sizeof(plain))) > 0) {
				MUST(tls_is_open(s) && tls_is_verified(s));
				taken += (size_t)r;
			}
		}
		MUST(out->len <= OUT_MAX);
		more |= out->len > 0;
		if (out->len)
			BIO_write(SSL_get_rbio(client), out->data, (int)out->len);
		str_reset(out);
	}
	MUST(changes.any || (taken == sizeof(PLAIN) && tls_has_name(s, "x:y")));
	tls_session_free(&s);
	SSL_free(client);
	return 0;
}
