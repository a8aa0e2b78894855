// SPDX-License-Identifier: Apache-2.0
#include "sensor/tracefs.h"
#include "base/macro.h"

#include <errno.h>
#include <stddef.h>

/* Mounted here or there, or nowhere. */
static const char *const roots[] = {"/sys/kernel/tracing", "/sys/kernel/debug/tracing"};

FILE *tracefs_open(const char *path)
{
	int why = ENOENT;
	FILE *f = NULL;
	char full[256];

	for (size_t i = 0; i < ARRAY_SIZE(roots) && !f; i++) {
		snprintf(full, sizeof(full), "%s/%s", roots[i], path);
		f = fopen(full, "re");
		if (!f && errno != ENOENT)
			why = errno;
	}
	if (!f)
		errno = why;
	return f;
}
