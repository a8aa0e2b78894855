// SPDX-License-Identifier: Apache-2.0
/* Certificates and what is agreed upon; the sessions are in tls_session.c. */
#include "grpc/tls_internal.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

/* Of TLS 1.2, those that RFC 9113 (9.2.2) does not forbid; 1.3 has no others. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"
#define H2 "\2h2"
/* What a client may have us read of certificates, and how many may be between it and a root. */
#define CHAIN_BYTES (32 * 1024)
#define CHAIN_DEPTH 8

/* Another file, or another content, is another one of these. */
struct file_id {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified, changed;
};

struct file {
	char *path;
	struct file_id loaded; /* when it was last read … */
	struct file_id seen;   /* … and last looked at */
};

struct tls {
	SSL_CTX *ctx;
	BIO_METHOD *bio;
	bool is_late; /* a list of the revoked is out of date, and that was told */
	/* The certificate, the key, those of clients' authorities, and from ->first_list on those
	 * of what these have revoked. */
	size_t first_list, n_files;
	struct file files[];
};

enum { CERT, KEY, CLIENT_CA };

/* What OpenSSL has to say, in its words; the others that follow are of its upper floors. */
static const char *reason(void)
{
	const char *text = ERR_reason_error_string(ERR_peek_error());

	return text ? text : "for an unknown reason";
}

static int explain(struct error **reterr, const char *what, const char *path)
{
	int r = error_set(reterr, -EINVAL, "cannot read the %s in %s: %s", what, path, reason());

	error_remedy(reterr, "the file has to be PEM, readable for the agent, and whole");
	return r;
}

static int check_readable(const char *what, const char *path, struct error **reterr)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");

	return f ? 0
		 : error_set(reterr, -errno, "cannot read the %s in %s: %s", what, path,
			     strerror(errno));
}

/* Nobody is there to be asked for it. */
static int no_passphrase(char *buf, int size, int writing, void *userdata)
{
	*(bool *)userdata = true;
	return -1;
}

static int load_key(const struct tls *tls, SSL_CTX *ctx, struct error **reterr)
{
	const char *path = tls->files[KEY].path;
	bool is_locked = false;
	int r = check_readable("key", path, reterr);

	if (r < 0)
		return r;
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	SSL_CTX_set_default_passwd_cb_userdata(ctx, &is_locked);
	r = SSL_CTX_use_PrivateKey_file(ctx, path, SSL_FILETYPE_PEM);
	SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
	SSL_CTX_set_default_passwd_cb(ctx, NULL);
	if (is_locked) {
		error_set(reterr, -EINVAL, "the key in %s has a passphrase", path);
		error_remedy(reterr, "openssl pkey -in KEY -out NEW writes one without");
		return -EINVAL;
	}
	if (r != 1 && ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
		error_set(reterr, -EINVAL, "the key in %s is not that of the certificate in %s",
			  path, tls->files[CERT].path);
		error_remedy(reterr, "the certificate has to be the first in its file");
		return -EINVAL;
	}
	return r == 1 ? 0 : explain(reterr, "key", path);
}

static int load_certificate(const struct tls *tls, SSL_CTX *ctx, struct error **reterr)
{
	const char *path = tls->files[CERT].path;
	int r = check_readable("certificate", path, reterr);

	if (r < 0)
		return r;
	return SSL_CTX_use_certificate_chain_file(ctx, path) == 1
		       ? 0
		       : explain(reterr, "certificate", path);
}

static int load_authorities(const struct tls *tls, SSL_CTX *ctx, struct error **reterr)
{
	for (size_t i = CLIENT_CA; i < tls->first_list; i++) {
		const char *what = "clients' authorities", *path = tls->files[i].path;
		int r = check_readable(what, path, reterr);

		if (r < 0)
			return r;
		if (SSL_CTX_load_verify_file(ctx, path) != 1 ||
		    SSL_add_file_cert_subjects_to_stack(SSL_CTX_get_client_CA_list(ctx), path) != 1)
			return explain(reterr, what, path);
	}
	return 0;
}

static void free_list(X509_CRL **crl)
{
	X509_CRL_free(*crl);
}

/* Of one file, in which there may be several. */
static int load_list(SSL_CTX *ctx, const char *path, struct error **reterr)
{
	const char *what = "lists of revoked certificates";
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	bool any = false;

	if (!f)
		return error_set(reterr, -errno, "cannot read the %s in %s: %s", what, path,
				 strerror(errno));
	for (;;) {
		_cleanup_(free_list) X509_CRL *crl = PEM_read_X509_CRL(f, NULL, NULL, NULL);

		if (!crl)
			break;
		if (X509_STORE_add_crl(SSL_CTX_get_cert_store(ctx), crl) != 1)
			return explain(reterr, what, path);
		any = true;
	}
	/* At the end there is no other that begins. */
	if (any && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE)
		return 0;
	explain(reterr, what, path);
	error_remedy(reterr,
		     "openssl crl -inform DER -in FILE -out NEW makes one of what is not PEM");
	return -EINVAL;
}

static int load_lists(const struct tls *tls, SSL_CTX *ctx, struct error **reterr)
{
	int r = 0;

	for (size_t i = tls->first_list; i < tls->n_files && r == 0; i++)
		r = load_list(ctx, tls->files[i].path, reterr);
	/* What an authority in between has signed is worth nothing when that was revoked. */
	if (tls->n_files > tls->first_list)
		X509_STORE_set_flags(SSL_CTX_get_cert_store(ctx),
				     X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return r;
}

static int choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_len,
			   const unsigned char *offered, unsigned len, void *userdata)
{
	unsigned char *found;

	if (SSL_select_next_proto(&found, ret_len, (const unsigned char *)H2, sizeof(H2) - 1,
				  offered, len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret = found;
	return SSL_TLSEXT_ERR_OK;
}

static void free_ctx(SSL_CTX **ctx)
{
	SSL_CTX_free(*ctx);
}

static bool configure(const struct tls *tls, SSL_CTX *ctx)
{
	STACK_OF(X509_NAME) *authorities = sk_X509_NAME_new_null();

	if (!authorities)
		return false;
	SSL_CTX_set_client_CA_list(ctx, authorities);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_TICKET);
	/* Who comes again is asked again: what vouched for him may not do so any more. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	/* An idle connection has no buffers. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_max_cert_list(ctx, CHAIN_BYTES);
	SSL_CTX_set_verify_depth(ctx, CHAIN_DEPTH);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	if (tls->first_list > CLIENT_CA)
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
	       SSL_CTX_set_cipher_list(ctx, CIPHERS) == 1;
}

/* Exchanges all or nothing. */
static int load(struct tls *tls, struct error **reterr)
{
	static int (*const steps[])(const struct tls *tls, SSL_CTX *ctx, struct error **reterr) = {
		load_certificate, load_key, load_authorities, load_lists};
	_cleanup_(free_ctx) SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int r = 0;

	ERR_clear_error();
	if (!ctx || !configure(tls, ctx))
		return error_set(reterr, -ENOMEM, "cannot set up TLS: %s", reason());
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(steps); i++)
		r = steps[i](tls, ctx, reterr);
	ERR_clear_error();
	if (r < 0)
		return r;
	SSL_CTX_free(tls->ctx);
	tls->ctx = TAKE_PTR(ctx);
	tls->is_late = false;
	return 0;
}

/* Who is revoked since is not known then, and nobody is served. */
static int check_lists(struct tls *tls, struct error **reterr)
{
	STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(SSL_CTX_get_cert_store(tls->ctx));

	for (int i = 0; i < sk_X509_OBJECT_num(objects) && !tls->is_late; i++) {
		const X509_CRL *crl = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(objects, i));
		const ASN1_TIME *next = crl ? X509_CRL_get0_nextUpdate(crl) : NULL;
		char issuer[256];

		if (!next || X509_cmp_current_time(next) >= 0)
			continue;
		tls->is_late = true;
		X509_NAME_oneline(X509_CRL_get_issuer(crl), issuer, sizeof(issuer));
		error_set(reterr, -EKEYEXPIRED,
			  "the list of revoked certificates of %s is out of date: nobody is served "
			  "by TLS",
			  issuer);
		error_remedy(reterr,
			     "have that authority write a new one, and put it in its place");
		return -EKEYEXPIRED;
	}
	return 0;
}

/* Of none, that of no file. */
static struct file_id identify(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return (struct file_id){0};
	return (struct file_id){.dev = st.st_dev,
				.ino = st.st_ino,
				.size = st.st_size,
				.modified = st.st_mtim,
				.changed = st.st_ctim};
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       same_time(&a->modified, &b->modified) && same_time(&a->changed, &b->changed);
}

/* Returns whether there is something to read that is not being changed any more. */
static bool look(struct tls *tls)
{
	bool is_new = false, is_quiet = true;

	for (size_t i = 0; i < tls->n_files; i++) {
		struct file *f = &tls->files[i];
		struct file_id id = identify(f->path);

		is_new |= !same(&id, &f->loaded);
		is_quiet &= same(&id, &f->seen);
		f->seen = id;
	}
	return is_new && is_quiet;
}

int tls_reload(struct tls *tls, struct error **reterr)
{
	int r;

	if (!look(tls))
		return check_lists(tls, reterr);
	/* What changes from now on is seen the next time. */
	for (size_t i = 0; i < tls->n_files; i++)
		tls->files[i].loaded = tls->files[i].seen;
	r = load(tls, reterr);
	return r < 0 ? r : 1;
}

static bool copy_paths(struct tls *tls, const struct tls_config *config)
{
	for (size_t i = 0; i < tls->n_files; i++) {
		const char *path = i == CERT  ? config->cert_file
				   : i == KEY ? config->key_file
				   : i < tls->first_list
					   ? config->client_ca_files[i - CLIENT_CA]
					   : config->client_crl_files[i - tls->first_list];

		tls->files[i].path = strdup(path);
		if (!tls->files[i].path)
			return false;
		tls->files[i].loaded = tls->files[i].seen = identify(path);
	}
	return true;
}

int tls_new(const struct tls_config *config, struct tls **ret, struct error **reterr)
{
	size_t first_list = CLIENT_CA + config->n_client_ca_files;
	size_t n = first_list + config->n_client_crl_files;
	_cleanup_(tls_free) struct tls *tls = calloc(1, sizeof(*tls) + n * sizeof(tls->files[0]));
	int r = openssl_load(reterr);

	if (r < 0)
		return r;
	if (!tls)
		return error_set(reterr, -ENOMEM, "out of memory");
	tls->first_list = first_list;
	tls->n_files = n;
	tls->bio = tls_bio_new();
	if (!tls->bio || !copy_paths(tls, config))
		return error_set(reterr, -ENOMEM, "out of memory");
	r = load(tls, reterr);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(tls);
	return 0;
}

void tls_free(struct tls **tls)
{
	struct tls *t = *tls;

	if (!t)
		return;
	for (size_t i = 0; i < t->n_files; i++)
		free(t->files[i].path);
	SSL_CTX_free(t->ctx);
	BIO_meth_free(t->bio);
	free(t);
	*tls = NULL;
}

int tls_ssl_new(const struct tls *tls, SSL **ret_ssl, BIO **ret_bio)
{
	SSL *ssl = SSL_new(tls->ctx);
	BIO *bio = BIO_new(tls->bio);

	if (!ssl || !bio) {
		SSL_free(ssl);
		BIO_free(bio);
		return -ENOMEM;
	}
	/* It belongs to it for both ways. */
	SSL_set_bio(ssl, bio, bio);
	SSL_set_accept_state(ssl);
	*ret_ssl = ssl;
	*ret_bio = bio;
	return 0;
}
