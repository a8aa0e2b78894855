// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/str.h"
#include "cli/redact.h"

#include <string.h>

#define KEY "-----BEGIN PRIVATE KEY-----"
#define SECRET "k3pt"

static void check(const char *before, const char *after, const uint8_t *data, size_t size)
{
	_cleanup_str_ struct str text = STR_INIT, out = STR_INIT;

	str_append(&text, (const char *)data, size);
	str_append_z(&text, before);
	str_append_lit(&text, SECRET);
	str_append_z(&text, after);
	str_append(&text, (const char *)data, size);
	redact_text(&out, text.data, text.len);
	/* Unless it is what is all around. */
	if (size && memmem(data, size, SECRET, strlen(SECRET)))
		return;
	MUST(!memmem(out.data, out.len, SECRET, strlen(SECRET)));
}

/* Whatever comes before and after, what is a secret is hidden. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check("\n" KEY "\n", "\n-----END PRIVATE KEY-----\n", data, size);
	check("\npassword: |\n  ", "\nnext: ", data, size);
	check("\npassword=", "\n", data, size);
	return 0;
}
