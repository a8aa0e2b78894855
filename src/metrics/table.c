// SPDX-License-Identifier: Apache-2.0
#include "metrics/metrics.h"

/* The NULL behind them is there in any case. */
#define LABELS(...) {__VA_ARGS__}

#define METRIC(id, t, g, n, l, h)                   \
	[METRIC_##id] = {.name = (n),               \
			 .help = (h),               \
			 .type = METRIC_##t,        \
			 .group = METRIC_GROUP_##g, \
			 .labels = l},

const struct metric metrics_table[_METRIC_MAX] = {
#include "metrics/list.h"
};
