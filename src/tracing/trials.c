// SPDX-License-Identifier: Apache-2.0
#include "tracing/trials.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int load(struct library *library, const struct group *group, struct error **reterr)
{
	__attribute__((cleanup(code_done))) struct code code = CODE_INIT;
	struct hook_point *point = NULL;
	int r = group_emit(group, &code, reterr);

	if (r >= 0)
		r = hook_point_new(library, &group->v[0]->place, &point, reterr);
	if (r >= 0)
		r = hook_point_load(point, &code, reterr);
	hook_point_free(&point);
	return r;
}

int trials_run(struct library *library, const struct verdicts *verdicts,
	       const struct policy_point *const *points, size_t n,
	       void (*each)(const struct trial_load *trial, void *data), void *data)
{
	_cleanup_free_ const struct policy_point **sorted = groups_sort(points, n);

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n;) {
		struct group group = groups_at(sorted, i, n, verdicts);
		uint64_t begin = clock_ns(CLOCK_MONOTONIC);
		_cleanup_error_ struct error *err = NULL;
		_cleanup_close_ int program = load(library, &group, &err);
		const struct trial_load trial = {
			.group = &group,
			.program = program,
			.err = err,
			.ns = clock_ns(CLOCK_MONOTONIC) - begin,
		};

		each(&trial, data);
		i += group.n;
	}
	return 0;
}
