// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "sample.h"

void assert_samples(const struct sample *samples, size_t n, sample_fn *fn)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *got = fn(samples[i].text);

		if (strcmp(got, samples[i].expected) != 0)
			fail_msg("%s\n  expected: %s\n  got:      %s", samples[i].text,
				 samples[i].expected, got);
	}
}

void sample_append_error(struct str *out, const struct error *err)
{
	str_appendf(out, "! %u:%u %s", err->line, err->column, err->message);
	if (err->remedy)
		str_appendf(out, " (%s)", err->remedy);
}
