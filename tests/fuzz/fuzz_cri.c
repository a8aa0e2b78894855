// SPDX-License-Identifier: Apache-2.0
/* What a runtime calls a cgroup, in what it says of a container. */
#include "base/cleanup.h"
#include "cri/cri.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	_cleanup_str_ struct str path = STR_INIT, text = STR_INIT;

	str_append(&text, data, len);
	if (!str_cstr(&text))
		return 0;
	if (cri_parse_cgroup(text.data, &path) < 0)
		return 0;
	/* As it is, or put together from the top. */
	MUST(str_cstr(&path));
	MUST(strchr(text.data, '/') ? !strcmp(path.data, text.data) : path.data[0] == '/');
	return 0;
}
