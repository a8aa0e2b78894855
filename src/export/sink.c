// SPDX-License-Identifier: Apache-2.0
#include "export/sink.h"

static const char *const drop_names[_SINK_DROP_MAX] = {
	[SINK_DROP_FULL] = "full",
	[SINK_DROP_ERROR] = "error",
	[SINK_DROP_CLOSED] = "closed",
};

const char *sink_drop_to_string(enum sink_drop reason)
{
	return drop_names[reason];
}

void sink_free(struct sink **sink)
{
	if (!*sink)
		return;
	error_free(&(*sink)->problem);
	(*sink)->ops->free(*sink);
	*sink = NULL;
}
