/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_GRPC_CERTIFICATE_H
#define OCELLI_TESTS_GRPC_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static inline void certificate_add(X509 *cert, int nid, const char *text)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, text);

	assert_non_null(e);
	assert_int_equal(X509_add_ext(cert, e, -1), 1);
	X509_EXTENSION_free(e);
}

/* Writes one that has signed itself, and its key. @alternatives: as "DNS:x,URI:y", or NULL. */
static inline void certificate_write(const char *cert_file, const char *key_file, const char *name,
				     const char *alternatives)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);
	FILE *f = fopen(cert_file, "we");
	FILE *g = fopen(key_file, "we");

	assert_true(key && f && g);
	X509_set_version(cert, X509_VERSION_3);
	X509_gmtime_adj(X509_getm_notBefore(cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
				   -1, 0);
	X509_set_issuer_name(cert, subject);
	X509_set_pubkey(cert, key);
	certificate_add(cert, NID_basic_constraints, "CA:TRUE");
	if (alternatives)
		certificate_add(cert, NID_subject_alt_name, alternatives);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	PEM_write_X509(f, cert);
	PEM_write_PrivateKey(g, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
	fclose(g);
	X509_free(cert);
	EVP_PKEY_free(key);
}

#endif
