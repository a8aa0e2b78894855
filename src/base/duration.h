/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_BASE_DURATION_H
#define OCELLI_BASE_DURATION_H

#include "base/str.h"

#include <stddef.h>
#include <stdint.h>

/* Reads what Go's time.ParseDuration reads, "1h30m", "-1.5s", "0", to the same nanosecond. Returns
 * 0, -EINVAL for what is no duration, -ERANGE for one beyond 2^63 ns (292 years) either way. */
int duration_read(const char *s, size_t len, int64_t *ret);

/* Appends it as Go's Duration.String() writes it, "1h30m0s", "1.5ms", "0s". */
void duration_append(struct str *out, int64_t ns);

#endif
