/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_METRICS_PAGE_H
#define OCELLI_METRICS_PAGE_H

#include "base/str.h"
#include "metrics/metrics.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The text that collectors of metrics read, in one of the two forms that they
 * know: Prometheus's own
 * (https://prometheus.io/docs/instrumenting/exposition_formats/) and OpenMetrics
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/).
 */
enum metrics_format { METRICS_PROMETHEUS, METRICS_OPENMETRICS, _METRICS_FORMAT_MAX };

struct metrics_page {
	struct str text; /* ->failed: out of memory */
	enum metrics_format format;
	const struct metric *metric;
	bool headed;       /* its name, type and help have been written */
	size_t series;     /* with how many there are … */
	size_t series_max; /* … of how many there may be */
	uint64_t left_out; /* those that were too many */
};

#define METRICS_PAGE_INIT(f, max) ((struct metrics_page){.format = (f), .series_max = (max)})

/* What follows is of this metric. All of one metric has to come together. */
void metrics_page_metric(struct metrics_page *page, enum metric_id id);

/* One series: a value for each label of the metric, in its order; one that is NULL or "" is left
 * out. They may be any bytes. */
void metrics_page_add(struct metrics_page *page, uint64_t value, const char *const *labels);
void metrics_page_add_double(struct metrics_page *page, double value, const char *const *labels);

/* Whether there is no room for more series; then nothing need be found out for them … */
bool metrics_page_is_full(const struct metrics_page *page);
/* … but how many there would be at least. */
void metrics_page_leave_out(struct metrics_page *page, uint64_t n);

#define METRICS_LABELS(...) ((const char *const[]){__VA_ARGS__, NULL})
/* Of a metric that has none. */
#define METRICS_NO_LABELS ((const char *const[]){NULL})

/* Ends a page. What was written with another goes before that. */
void metrics_page_end(struct metrics_page *page);

/* The HTTP content type of a page. */
const char *metrics_content_type(enum metrics_format format);

/* Which form is preferred by who sends this HTTP header "Accept"; NULL: none was sent. */
enum metrics_format metrics_negotiate(const char *accept);

void metrics_page_done(struct metrics_page *page);

#define _cleanup_metrics_page_ __attribute__((cleanup(metrics_page_done)))

#endif
