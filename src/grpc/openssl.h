/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_GRPC_OPENSSL_H
#define OCELLI_GRPC_OPENSSL_H

#include "base/error.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/*
 * OpenSSL, which is loaded for the first that speaks TLS: who serves none need
 * not have it in memory. What is used of it is under its own names, which
 * grpc/openssl_names.h sends here.
 */
#define OPENSSL_FUNCTIONS(F)                      \
	F(ASN1_STRING_get0_data)                  \
	F(ASN1_STRING_length)                     \
	F(BIO_clear_flags)                        \
	F(BIO_free)                               \
	F(BIO_get_data)                           \
	F(BIO_meth_free)                          \
	F(BIO_meth_new)                           \
	F(BIO_meth_set_create)                    \
	F(BIO_meth_set_ctrl)                      \
	F(BIO_meth_set_read)                      \
	F(BIO_meth_set_write)                     \
	F(BIO_new)                                \
	F(BIO_set_data)                           \
	F(BIO_set_flags)                          \
	F(BIO_set_init)                           \
	F(ERR_clear_error)                        \
	F(ERR_peek_error)                         \
	F(ERR_peek_last_error)                    \
	F(ERR_reason_error_string)                \
	F(GENERAL_NAMES_free)                     \
	F(GENERAL_NAME_get0_value)                \
	F(OPENSSL_sk_new_null)                    \
	F(OPENSSL_sk_num)                         \
	F(OPENSSL_sk_value)                       \
	F(PEM_read_X509_CRL)                      \
	F(SSL_CTX_ctrl)                           \
	F(SSL_CTX_free)                           \
	F(SSL_CTX_get_cert_store)                 \
	F(SSL_CTX_get_client_CA_list)             \
	F(SSL_CTX_load_verify_file)               \
	F(SSL_CTX_new)                            \
	F(SSL_CTX_set_alpn_select_cb)             \
	F(SSL_CTX_set_cipher_list)                \
	F(SSL_CTX_set_client_CA_list)             \
	F(SSL_CTX_set_default_passwd_cb)          \
	F(SSL_CTX_set_default_passwd_cb_userdata) \
	F(SSL_CTX_set_num_tickets)                \
	F(SSL_CTX_set_options)                    \
	F(SSL_CTX_set_verify)                     \
	F(SSL_CTX_set_verify_depth)               \
	F(SSL_CTX_use_PrivateKey_file)            \
	F(SSL_CTX_use_certificate_chain_file)     \
	F(SSL_add_file_cert_subjects_to_stack)    \
	F(SSL_ctrl)                               \
	F(SSL_free)                               \
	F(SSL_get0_alpn_selected)                 \
	F(SSL_get0_peer_certificate)              \
	F(SSL_get_error)                          \
	F(SSL_get_verify_result)                  \
	F(SSL_is_init_finished)                   \
	F(SSL_new)                                \
	F(SSL_read)                               \
	F(SSL_select_next_proto)                  \
	F(SSL_set_accept_state)                   \
	F(SSL_set_bio)                            \
	F(SSL_set_msg_callback)                   \
	F(SSL_shutdown)                           \
	F(SSL_write)                              \
	F(TLS_server_method)                      \
	F(X509_CRL_free)                          \
	F(X509_CRL_get0_nextUpdate)               \
	F(X509_CRL_get_issuer)                    \
	F(X509_NAME_ENTRY_get_data)               \
	F(X509_NAME_get_entry)                    \
	F(X509_NAME_get_index_by_NID)             \
	F(X509_NAME_oneline)                      \
	F(X509_OBJECT_get0_X509_CRL)              \
	F(X509_STORE_add_crl)                     \
	F(X509_STORE_get0_objects)                \
	F(X509_STORE_set_flags)                   \
	F(X509_cmp_current_time)                  \
	F(X509_get_ext_d2i)                       \
	F(X509_get_subject_name)

struct openssl {
#define OPENSSL_MEMBER(name) __typeof__(name) *name;
	OPENSSL_FUNCTIONS(OPENSSL_MEMBER)
#undef OPENSSL_MEMBER
};

/* Filled by openssl_load(). */
extern struct openssl openssl;

/* Returns 0, also when it is there already, or -ELIBACC with *reterr. */
int openssl_load(struct error **reterr);

#endif
