// SPDX-License-Identifier: Apache-2.0
#include "path_check.h"
#include "sensor/btf_read.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

/* Any bytes are types or are none, and whatever these say, paths through them end. First a length,
 * and a path so long. */

#define ROOTS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len = size ? data[0] : 0;
	struct btf *btf;

	if (size < 1 + len)
		return 0;
	libbpf_set_print(NULL);
	if (btf_read(data + 1 + len, size - 1 - len, &btf) < 0)
		return 0;
	for (uint32_t id = 0; id < btf__type_cnt(btf) && id < ROOTS_MAX; id++)
		check_path(btf, id, (const char *)data + 1, len);
	btf__free(btf);
	return 0;
}
