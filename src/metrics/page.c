// SPDX-License-Identifier: Apache-2.0
#include "metrics/page.h"
#include "base/escape.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOTAL "_total"
#define OPENMETRICS "application/openmetrics-text"

void metrics_page_metric(struct metrics_page *p, enum metric_id id)
{
	p->metric = &metrics_table[id];
	p->headed = false;
}

/* OpenMetrics names a counter without what its series end in. */
static void append_name(struct metrics_page *p)
{
	size_t len = strlen(p->metric->name);

	if (p->format == METRICS_OPENMETRICS && p->metric->type == METRIC_COUNTER)
		len -= strlen(TOTAL);
	str_append(&p->text, p->metric->name, len);
}

static void append_head(struct metrics_page *p)
{
	static const char *const types[] = {[METRIC_COUNTER] = "counter", [METRIC_GAUGE] = "gauge"};

	str_append_lit(&p->text, "# HELP ");
	append_name(p);
	str_append_char(&p->text, ' ');
	str_append_z(&p->text, p->metric->help);
	str_append_lit(&p->text, "\n# TYPE ");
	append_name(p);
	str_append_char(&p->text, ' ');
	str_append_z(&p->text, types[p->metric->type]);
	str_append_char(&p->text, '\n');
	p->headed = true;
}

/* Binaries can be named anything, and people look at this on terminals: what could act on those is
 * escaped, and the backslash doubled, for no two names may become one. */
static void append_safe(struct str *out, const char *value)
{
	while (*value) {
		size_t n = strcspn(value, "\\");

		escape_text(out, value, n);
		value += n;
		if (!*value)
			break;
		str_append_lit(out, "\\\\");
		value++;
	}
}

/* As both forms have it. */
static void append_value(struct str *out, const char *value)
{
	_cleanup_str_ struct str text = STR_INIT;

	append_safe(&text, value);
	out->failed |= text.failed;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\\' || text.data[i] == '"')
			str_append_char(out, '\\');
		str_append_char(out, text.data[i]);
	}
}

static void append_labels(struct metrics_page *p, const char *const *values)
{
	char between = '{';

	for (size_t i = 0; p->metric->labels[i]; i++) {
		if (!values[i] || !values[i][0])
			continue;
		str_append_char(&p->text, between);
		str_append_z(&p->text, p->metric->labels[i]);
		str_append_lit(&p->text, "=\"");
		append_value(&p->text, values[i]);
		str_append_char(&p->text, '"');
		between = ',';
	}
	if (between == ',')
		str_append_char(&p->text, '}');
}

bool metrics_page_is_full(const struct metrics_page *p)
{
	return p->series >= p->series_max;
}

void metrics_page_leave_out(struct metrics_page *p, uint64_t n)
{
	p->left_out += n;
}

/* Returns whether there is room for it. */
static bool begin_series(struct metrics_page *p, const char *const *labels)
{
	if (metrics_page_is_full(p)) {
		metrics_page_leave_out(p, 1);
		return false;
	}
	p->series++;
	if (!p->headed)
		append_head(p);
	str_append_z(&p->text, p->metric->name);
	append_labels(p, labels);
	str_append_char(&p->text, ' ');
	return true;
}

void metrics_page_add(struct metrics_page *p, uint64_t value, const char *const *labels)
{
	if (!begin_series(p, labels))
		return;
	str_append_u64(&p->text, value);
	str_append_char(&p->text, '\n');
}

void metrics_page_add_double(struct metrics_page *p, double value, const char *const *labels)
{
	if (!begin_series(p, labels))
		return;
	str_appendf(&p->text, "%.17g\n", value);
}

void metrics_page_end(struct metrics_page *p)
{
	if (p->format == METRICS_OPENMETRICS)
		str_append_lit(&p->text, "# EOF\n");
}

const char *metrics_content_type(enum metrics_format format)
{
	static const char *const types[] = {
		[METRICS_PROMETHEUS] = "text/plain; version=0.0.4; charset=utf-8",
		[METRICS_OPENMETRICS] = OPENMETRICS "; version=1.0.0; charset=utf-8",
	};

	return types[format];
}

/* The weight of a type among others, "a/b;version=1;q=0.5": RFC 9110, 12.5.1. */
static double weight_of(const char *range, size_t len)
{
	const char *end = range + len;

	while ((range = memchr(range, ';', (size_t)(end - range)))) {
		range++;
		range += strspn(range, " \t");
		if (end - range > 2 && !strncasecmp(range, "q=", 2))
			return strtod(range + 2, NULL);
	}
	return 1;
}

/* Returns whether the range is of this type, whatever parameters it has. */
static bool is_type(const char *range, size_t len, const char *type)
{
	size_t n = strcspn(range, ";, \t");

	return n <= len && n == strlen(type) && !strncasecmp(range, type, n);
}

enum metrics_format metrics_negotiate(const char *accept)
{
	double text = 0, open = 0;

	for (const char *s = accept ? accept : ""; *s;) {
		size_t len;

		s += strspn(s, " \t,");
		len = strcspn(s, ",");
		if (is_type(s, len, OPENMETRICS))
			open = weight_of(s, len);
		else if (is_type(s, len, "text/plain") || is_type(s, len, "*/*"))
			text = MAX(text, weight_of(s, len));
		s += len;
	}
	/* Who takes both takes the newer one. */
	return open > 0 && open >= text ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
}

void metrics_page_done(struct metrics_page *p)
{
	str_free(&p->text);
}
