// SPDX-License-Identifier: Apache-2.0
#include "grpc/openssl.h"
#include "base/macro.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>

/* It brings libcrypto. */
#define LIBRARY "libssl.so.3"

struct openssl openssl;

static int fail(const char *why, struct error **reterr)
{
	error_set(reterr, -ELIBACC, "cannot speak TLS without OpenSSL: %s", why);
	error_remedy(reterr, "Debian has it in the package libssl3");
	return -ELIBACC;
}

int openssl_load(struct error **reterr)
{
	static const struct {
		const char *name;
		size_t offset;
	} functions[] = {
#define OPENSSL_FUNCTION(name) {#name, offsetof(struct openssl, name)},
		OPENSSL_FUNCTIONS(OPENSSL_FUNCTION)
#undef OPENSSL_FUNCTION
	};
	static bool is_there;
	void *library;

	if (is_there)
		return 0;
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		return fail(dlerror(), reterr);
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		void *f = dlsym(library, functions[i].name);

		if (!f)
			return fail(dlerror(), reterr);
		*(void **)(void *)((char *)&openssl + functions[i].offset) = f;
	}
	is_there = true;
	return 0;
}
