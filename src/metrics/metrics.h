/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_METRICS_METRICS_H
#define OCELLI_METRICS_METRICS_H

#include <stddef.h>

/* What there is to be measured: metrics/list.h, as data. */
enum metric_id {
#define METRIC(id, ...) METRIC_##id,
#include "metrics/list.h"
#undef METRIC
	_METRIC_MAX,
};

enum metric_type { METRIC_COUNTER, METRIC_GAUGE };

enum metric_group {
	METRIC_GROUP_HEALTH,
	METRIC_GROUP_RESOURCES, /* of the agent's process, as of any */
	METRIC_GROUP_EVENTS,    /* not there with --enable-event-metrics=false */
	_METRIC_GROUP_MAX,
};

#define METRIC_LABELS_MAX 9

struct metric {
	const char *name; /* that of a counter ends in "_total" */
	const char *help;
	enum metric_type type;
	enum metric_group group;
	const char *labels[METRIC_LABELS_MAX + 1]; /* up to a NULL */
};

extern const struct metric metrics_table[_METRIC_MAX];

#endif
