/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CONFIG_DURATION_H
#define OCELLI_CONFIG_DURATION_H

#include <stdint.h>

/* Reads what Go's time.ParseDuration reads, to the same nanosecond. Returns 0, -EINVAL when @text
 * is no duration, -ERANGE when it is negative or beyond 2^63 ns (292 years). */
int duration_parse(const char *text, uint64_t *ret);

#endif
