// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/utf8.h"

/* What is repaired is valid, and repaired no further; what is valid stays as it is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_str_ struct str once = STR_INIT, twice = STR_INIT;
	const char *s = (const char *)data;
	size_t prefix = utf8_valid_prefix(s, size), at = 0, n;
	unsigned runs = utf8_append_valid(&once, s, size);

	MUST((runs == 0) == (prefix == size));
	MUST(once.len >= prefix && (prefix == 0 || !memcmp(once.data, s, prefix)));
	MUST(once.len == 0 || utf8_valid_prefix(once.data, once.len) == once.len);
	if (runs == 0)
		MUST(once.len == size);
	if (once.len)
		MUST(utf8_append_valid(&twice, once.data, once.len) == 0);

	/* The fast way over many bytes sees the same as one sequence after the other. */
	while (at < size && (n = utf8_sequence(s + at, size - at)) > 0)
		at += n;
	MUST(at == prefix);
	return 0;
}
