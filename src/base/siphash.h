/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_SIPHASH_H
#define OCELLI_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* SipHash-2-4 (Aumasson, Bernstein 2012): nobody who does not know the key finds two inputs of one
 * hash. In the byte order of this machine. */
uint64_t siphash(const uint64_t key[2], const void *data, size_t len);

#endif
