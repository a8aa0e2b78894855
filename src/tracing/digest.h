/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TRACING_DIGEST_H
#define OCELLI_TRACING_DIGEST_H

#include "base/error.h"
#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What files hash to, by OpenSSL's libcrypto, which is loaded when a policy asks
 * for it.
 */

/*
 * Appends the digest of what the file begins with, as many bytes of it as there were
 * when it was asked for, in hex. @algorithm: one of libcrypto's, "sha256". *left: so
 * many bytes may be read; what was is taken off. Returns 0; -EFBIG when *left is not
 * enough; -ELIBACC without libcrypto, or one that does not have the algorithm; what
 * reading fails with; -ENOMEM.
 */
int digest_append(int fd, const char *algorithm, uint64_t *left, struct str *out,
		  struct error **reterr);

void digest_append_hex(const uint8_t *bytes, size_t size, struct str *out);

#endif
