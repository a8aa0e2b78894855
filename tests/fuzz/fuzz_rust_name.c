// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "symbol/readable_name.h"
#include "symbol/rust_name.h"

/* Mangled names are anybody's: what they stand for is text of a bounded length. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_str_ struct str text = STR_INIT, again = STR_INIT;
	const char *name = (const char *)data;

	for (int hashes = 0; hashes < 2; hashes++) {
		if (rust_name_read(name, size, hashes, &text) < 0)
			continue;
		MUST(text.len <= RUST_NAME_MAX && !text.data[text.len]);
		MUST(hashes || readable_name_matches(text.data, text.len, name, size, &again) == 1);
	}
	return 0;
}
