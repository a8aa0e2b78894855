/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_CEL_SAMPLE_H
#define OCELLI_TESTS_CEL_SAMPLE_H

#include "base/error.h"
#include "base/str.h"

/* Texts and what becomes of them, as text. */
struct sample {
	const char *text, *expected;
};

/* What comes of a text; the caller frees it. */
typedef char *sample_fn(const char *text);

void assert_samples(const struct sample *samples, size_t n, sample_fn *fn);

/* Appends "! line:column message (remedy)". */
void sample_append_error(struct str *out, const struct error *err);

#endif
