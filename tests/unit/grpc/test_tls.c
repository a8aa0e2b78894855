// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/macro.h"
#include "certificate.h"
#include "config/tree.h"
#include "grpc/tls.h"

#include <errno.h>
#include <openssl/ssl.h>

static int setup(void **state)
{
	tree_enter();
	certificate_write("cert", "key", "the server", NULL);
	certificate_write("client", "client.key", "the client", "DNS:dns,URI:uri:x,email:a@b");
	return 0;
}

static int teardown(void **state)
{
	tree_leave();
	return 0;
}

static struct tls *make(const char *client_ca)
{
	const struct tls_config config = {"cert", "key", &client_ca, client_ca ? 1 : 0, NULL, 0};
	struct error *err = NULL;
	struct tls *tls = NULL;

	assert_int_equal(tls_new(&config, &tls, &err), 0);
	return tls;
}

/* A client, with a certificate or without. */
static SSL *make_client(bool with_certificate, const char *protocol)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl;

	if (with_certificate) {
		assert_int_equal(SSL_CTX_use_certificate_chain_file(ctx, "client"), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey_file(ctx, "client.key", SSL_FILETYPE_PEM),
				 1);
	}
	ssl = SSL_new(ctx);
	if (protocol)
		SSL_set_alpn_protos(ssl, (const uint8_t *)protocol, (unsigned)strlen(protocol));
	SSL_set_bio(ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	SSL_set_connect_state(ssl);
	SSL_CTX_free(ctx);
	return ssl;
}

/* Until nothing is on the way, in pieces of this size. Returns what the last read said. */
static ssize_t talk(struct tls_session *s, SSL *client, size_t piece, char *got, size_t *got_len)
{
	ssize_t r = 0;

	for (;;) {
		struct str *out = tls_output(s);
		uint8_t data[4096];
		char ignored[16];
		int n;

		SSL_read(client, ignored, sizeof(ignored));
		n = BIO_read(SSL_get_wbio(client), data, (int)MIN(piece, sizeof(data)));
		if (n > 0) {
			tls_feed(s, data, (size_t)n);
			while ((r = tls_read(s, got + *got_len, 64)) > 0)
				*got_len += (size_t)r;
		}
		if (out->len)
			BIO_write(SSL_get_rbio(client), out->data, (int)out->len);
		if ((n <= 0 && !out->len) || r < 0)
			return r;
		str_reset(out);
	}
}

static void in_any_pieces(void **state)
{
	const size_t sizes[] = {1, 7, 4096};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct tls *tls = make(NULL);
		SSL *client = make_client(false, "\2h2");
		struct tls_session *s;
		char got[4096], answer[8];
		size_t len = 0;

		assert_int_equal(tls_session_new(tls, &s), 0);
		assert_int_equal(talk(s, client, sizes[i], got, &len), 0);
		assert_true(tls_is_open(s));
		assert_false(tls_is_verified(s));
		assert_false(tls_has_name(s, "the client"));
		assert_int_equal(SSL_write(client, "a question", 10), 10);
		assert_int_equal(talk(s, client, sizes[i], got, &len), 0);
		assert_int_equal(len, 10);
		assert_memory_equal(got, "a question", 10);
		assert_int_equal(tls_write(s, "answer", 6), 0);
		BIO_write(SSL_get_rbio(client), tls_output(s)->data, (int)tls_output(s)->len);
		assert_int_equal(SSL_read(client, answer, sizeof(answer)), 6);
		str_reset(tls_output(s));
		SSL_shutdown(client);
		assert_int_equal(talk(s, client, sizes[i], got, &len), -EPIPE);
		tls_session_free(&s);
		SSL_free(client);
		tls_free(&tls);
	}
}

static void refuses(void **state)
{
	static const struct {
		bool needs, has;
		const char *protocol;
		ssize_t result;
	} cases[] = {
		{false, false, "\2h2", 0},        {false, false, NULL, -EPROTO},
		{false, false, "\3foo", -EPROTO}, {true, false, "\2h2", -EPROTO},
		{true, true, "\2h2", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct tls *tls = make(cases[i].needs ? "client" : NULL);
		SSL *client = make_client(cases[i].has, cases[i].protocol);
		struct tls_session *s;
		char got[4096];
		size_t len = 0;

		assert_int_equal(tls_session_new(tls, &s), 0);
		assert_int_equal(talk(s, client, 4096, got, &len), cases[i].result);
		assert_int_equal(len, 0);
		tls_session_free(&s);
		SSL_free(client);
		tls_free(&tls);
	}
}

static void names(void **state)
{
	static const char *const there[] = {"the client", "dns", "uri:x", "a@b"};
	static const char *const others[] = {"", "the", "the client ", "DNS", "dns.", "uri", "*"};
	struct tls *tls = make("client");
	SSL *client = make_client(true, "\2h2");
	struct tls_session *s;
	char got[64];
	size_t len = 0;

	assert_int_equal(tls_session_new(tls, &s), 0);
	assert_false(tls_has_name(s, "the client"));
	assert_int_equal(talk(s, client, 4096, got, &len), 0);
	assert_true(tls_is_verified(s));
	for (size_t i = 0; i < ARRAY_SIZE(there); i++)
		assert_true(tls_has_name(s, there[i]));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(tls_has_name(s, others[i]));
	tls_session_free(&s);
	SSL_free(client);
	tls_free(&tls);
}

/* Renegotiation is the attack that costs the client nothing. */
static void no_renegotiation(void **state)
{
	struct tls *tls = make(NULL);
	SSL *client = make_client(false, "\2h2");
	struct tls_session *s;
	char got[4096];
	size_t len = 0;

	SSL_set_max_proto_version(client, TLS1_2_VERSION);
	assert_int_equal(tls_session_new(tls, &s), 0);
	assert_int_equal(talk(s, client, 4096, got, &len), 0);
	assert_true(tls_is_open(s));
	SSL_renegotiate(client);
	SSL_do_handshake(client);
	talk(s, client, 4096, got, &len);
	assert_true(SSL_renegotiate_pending(client) || SSL_get_shutdown(client) ||
		    !SSL_is_init_finished(client));
	tls_session_free(&s);
	SSL_free(client);
	tls_free(&tls);
}

static void who_never_reads(void **state)
{
	struct tls *tls = make(NULL);
	SSL *client = make_client(false, "\2h2");
	struct tls_session *s;
	char got[4096], more[16384] = "";
	size_t len = 0;
	int r = 0;

	assert_int_equal(tls_session_new(tls, &s), 0);
	assert_int_equal(talk(s, client, 4096, got, &len), 0);
	for (int i = 0; i < 1000 && r == 0; i++)
		r = tls_write(s, more, sizeof(more));
	assert_int_equal(r, -EPROTO);
	assert_true(tls_output(s)->len <= (size_t)256 * 1024);
	tls_session_free(&s);
	SSL_free(client);
	tls_free(&tls);
}

/* What "client" has revoked: itself, or nobody. */
static void write_list(const char *path, bool revoked, long valid)
{
	_cleanup_fclose_ FILE *f = fopen("client", "re"), *g = fopen("client.key", "re");
	_cleanup_fclose_ FILE *to = fopen(path, "we");
	X509 *cert = PEM_read_X509(f, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_PrivateKey(g, NULL, NULL, NULL);
	ASN1_TIME *before = X509_gmtime_adj(NULL, -3600), *after = X509_gmtime_adj(NULL, valid);
	X509_CRL *crl = X509_CRL_new();

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(cert));
	X509_CRL_set1_lastUpdate(crl, before);
	X509_CRL_set1_nextUpdate(crl, after);
	if (revoked) {
		X509_REVOKED *entry = X509_REVOKED_new();

		X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(cert));
		X509_REVOKED_set_revocationDate(entry, before);
		X509_CRL_add0_revoked(crl, entry);
	}
	assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
	PEM_write_X509_CRL(to, crl);
	X509_CRL_free(crl);
	ASN1_TIME_free(before);
	ASN1_TIME_free(after);
	EVP_PKEY_free(key);
	X509_free(cert);
}

static bool is_served(struct tls *tls)
{
	SSL *client = make_client(true, "\2h2");
	struct tls_session *s;
	char got[64];
	size_t len = 0;
	bool served;

	assert_int_equal(tls_session_new(tls, &s), 0);
	served = talk(s, client, 4096, got, &len) == 0 && tls_is_verified(s);
	tls_session_free(&s);
	SSL_free(client);
	return served;
}

static void who_was_revoked(void **state)
{
	const char *authority = "client", *others = "cert", *list = "list", *no_list = "client";
	struct tls_config config = {"cert", "key", &authority, 1, &list, 1};
	struct error *err = NULL;
	struct tls *tls;

	write_list("list", false, 3600);
	assert_int_equal(tls_new(&config, &tls, &err), 0);
	assert_true(is_served(tls));
	write_list("list", true, 3600);
	assert_int_equal(tls_reload(tls, &err), 0);
	assert_int_equal(tls_reload(tls, &err), 1);
	assert_false(is_served(tls));
	/* Nobody knows who was since. */
	write_list("list", false, -1);
	assert_int_equal(tls_reload(tls, &err), 0);
	assert_int_equal(tls_reload(tls, &err), 1);
	assert_false(is_served(tls));
	assert_int_equal(tls_reload(tls, &err), -EKEYEXPIRED);
	assert_non_null(strstr(err->message, "/CN=the client is out of date"));
	error_free(&err);
	/* Once. */
	assert_int_equal(tls_reload(tls, &err), 0);
	write_list("list", false, 3600);
	assert_int_equal(tls_reload(tls, &err), 0);
	assert_int_equal(tls_reload(tls, &err), 1);
	assert_true(is_served(tls));
	assert_int_equal(tls_reload(tls, &err), 0);
	tls_free(&tls);

	/* That there is none of an authority does not mean that it has revoked nobody. */
	config.client_ca_files = (const char *const[]){others, authority};
	config.n_client_ca_files = 2;
	assert_int_equal(rename("list", "its.list"), 0);
	certificate_write("other", "other.key", "another", NULL);
	assert_int_equal(rename("client", "its"), 0);
	assert_int_equal(rename("client.key", "its.key"), 0);
	assert_int_equal(rename("other", "client"), 0);
	assert_int_equal(rename("other.key", "client.key"), 0);
	write_list("list", false, 3600);
	assert_int_equal(rename("its", "client"), 0);
	assert_int_equal(rename("its.key", "client.key"), 0);
	assert_int_equal(tls_new(&config, &tls, &err), 0);
	assert_false(is_served(tls));
	tls_free(&tls);

	config.client_crl_files = &no_list;
	assert_int_equal(tls_new(&config, &tls, &err), -EINVAL);
	assert_non_null(strstr(err->message, "lists of revoked certificates in client: "));
	error_free(&err);
}

static void reloads_what_is_quiet(void **state)
{
	struct tls *tls = make(NULL);
	struct error *err = NULL;

	assert_int_equal(tls_reload(tls, &err), 0);
	/* What is there now does not fit together. */
	certificate_write("cert", "other.key", "another", NULL);
	assert_int_equal(tls_reload(tls, &err), 0);
	assert_int_equal(tls_reload(tls, &err), -EINVAL);
	assert_non_null(strstr(err->message, "is not that of the certificate"));
	assert_non_null(err->remedy);
	error_free(&err);
	/* Once. */
	assert_int_equal(tls_reload(tls, &err), 0);
	assert_int_equal(rename("other.key", "key"), 0);
	assert_int_equal(tls_reload(tls, &err), 0);
	assert_int_equal(tls_reload(tls, &err), 1);
	assert_int_equal(unlink("key"), 0);
	assert_int_equal(tls_reload(tls, &err), 0);
	assert_int_equal(tls_reload(tls, &err), -ENOENT);
	error_free(&err);
	assert_int_equal(tls_reload(tls, &err), 0);
	tls_free(&tls);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(in_any_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(names, setup, teardown),
		cmocka_unit_test_setup_teardown(no_renegotiation, setup, teardown),
		cmocka_unit_test_setup_teardown(who_never_reads, setup, teardown),
		cmocka_unit_test_setup_teardown(who_was_revoked, setup, teardown),
		cmocka_unit_test_setup_teardown(reloads_what_is_quiet, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
