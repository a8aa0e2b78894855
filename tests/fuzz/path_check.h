/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_FUZZ_PATH_CHECK_H
#define OCELLI_TESTS_FUZZ_PATH_CHECK_H

#include "fuzz.h"

#include "sensor/btf_path.h"

#include <errno.h>

static inline bool is_step_size(unsigned size)
{
	return size == 0 || size == 1 || size == 2 || size == 4 || size == 8;
}

/* The text is a path or is refused with the reason; the steps of a path can be made. */
static inline void check_path(const struct btf *btf, uint32_t root, const char *text, size_t len)
{
	_cleanup_error_ struct error *err = NULL;
	struct arena arena = ARENA_INIT;
	struct access_path path;
	struct btf_end end;
	int r;

	r = btf_path_find(btf, root, text, len, &arena, &path, &end, &err);
	if (r < 0) {
		MUST(r == -ENOENT && err && *err->message);
	} else {
		MUST(path.n > 0 && end.n_names <= BTF_NAMES_MAX);
		MUST(path.shift + path.bits <= 64);
		for (size_t i = 0; i < path.n; i++) {
			MUST(is_step_size(path.steps[i].size));
			MUST(path.steps[i].offset <= INT32_MAX);
			MUST(i == 0 || path.steps[i - 1].depth <= path.steps[i].depth);
			MUST(path.steps[i].size || i + 1 == path.n);
		}
	}
	arena_done(&arena);
}

#endif
