// SPDX-License-Identifier: Apache-2.0
#include "tracing/digest.h"
#include "base/cleanup.h"
#include "base/macro.h"

#include <dlfcn.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Its name has its version, and that what we compiled with means the same. */
#define LIBRARY "libcrypto.so.3"
#define PIECE_SIZE (256 << 10)

/* Policies are compiled by one thread at a time. */
static struct {
	bool tried, there;
	__typeof__(EVP_get_digestbyname) *get_digestbyname;
	__typeof__(EVP_MD_CTX_new) *ctx_new;
	__typeof__(EVP_MD_CTX_free) *ctx_free;
	__typeof__(EVP_DigestInit_ex) *init;
	__typeof__(EVP_DigestUpdate) *update;
	__typeof__(EVP_DigestFinal_ex) *final;
} crypto;

static bool find(void)
{
	const struct {
		const char *name;
		void *to;
	} functions[] = {
		{"EVP_get_digestbyname", &crypto.get_digestbyname},
		{"EVP_MD_CTX_new", &crypto.ctx_new},
		{"EVP_MD_CTX_free", &crypto.ctx_free},
		{"EVP_DigestInit_ex", &crypto.init},
		{"EVP_DigestUpdate", &crypto.update},
		{"EVP_DigestFinal_ex", &crypto.final},
	};
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library && i < ARRAY_SIZE(functions); i++) {
		void *f = dlsym(library, functions[i].name);

		if (!f)
			return false;
		*(void **)functions[i].to = f;
	}
	return library;
}

static bool is_available(void)
{
	if (!crypto.tried)
		crypto.there = find();
	crypto.tried = true;
	return crypto.there;
}

static int no_library(struct error **reterr)
{
	error_set(reterr, -ELIBACC, "cannot make digests without OpenSSL's " LIBRARY);
	error_remedy(reterr, "Debian has it in the package libssl3");
	return -ELIBACC;
}

static int no_algorithm(const char *algorithm, struct error **reterr)
{
	error_set(reterr, -ELIBACC, "OpenSSL makes no digests by %s here", algorithm);
	error_remedy(reterr, "its configuration may forbid it; name the digest by another");
	return -ELIBACC;
}

static void free_ctx(EVP_MD_CTX **ctx)
{
	crypto.ctx_free(*ctx);
}

static int cannot_read(int r, struct error **reterr)
{
	return error_set(reterr, r, "cannot be read: %s", strerror(-r));
}

/* What is written into it meanwhile does not make it longer. */
static int update(EVP_MD_CTX *ctx, int fd, uint64_t size, struct error **reterr)
{
	_cleanup_free_ char *piece = malloc(PIECE_SIZE);
	ssize_t n = 1;

	if (!piece)
		return -ENOMEM;
	for (uint64_t at = 0; at < size && n; at += (uint64_t)n) {
		n = pread(fd, piece, (size_t)MIN(size - at, (uint64_t)PIECE_SIZE), (off_t)at);
		if (n < 0)
			return cannot_read(-errno, reterr);
		if (!crypto.update(ctx, piece, (size_t)n))
			return -ENOMEM;
	}
	return 0;
}

void digest_append_hex(const uint8_t *bytes, size_t size, struct str *out)
{
	for (size_t i = 0; i < size; i++)
		str_appendf(out, "%02x", bytes[i]);
}

int digest_append(int fd, const char *algorithm, uint64_t *left, struct str *out,
		  struct error **reterr)
{
	_cleanup_(free_ctx) EVP_MD_CTX *ctx = NULL;
	uint8_t digest[EVP_MAX_MD_SIZE];
	const EVP_MD *md;
	unsigned size;
	struct stat st;
	int r;

	if (!is_available())
		return no_library(reterr);
	md = crypto.get_digestbyname(algorithm);
	ctx = crypto.ctx_new();
	if (!md || !ctx || !crypto.init(ctx, md, NULL))
		return no_algorithm(algorithm, reterr);
	if (fstat(fd, &st) < 0)
		return cannot_read(-errno, reterr);
	if ((uint64_t)st.st_size > *left)
		return -EFBIG;
	*left -= (uint64_t)st.st_size;
	r = update(ctx, fd, (uint64_t)st.st_size, reterr);
	if (r < 0)
		return r;
	if (!crypto.final(ctx, digest, &size))
		return -ENOMEM;
	digest_append_hex(digest, size, out);
	return 0;
}
