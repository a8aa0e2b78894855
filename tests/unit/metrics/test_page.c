// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "metrics/page.h"

#include <string.h>

static void check_text(struct metrics_page *page, const char *expected)
{
	assert_non_null(str_cstr(&page->text));
	assert_string_equal(page->text.data, expected);
}

static void fill(struct metrics_page *page)
{
	metrics_page_metric(page, METRIC_PROCESS_BYTES);
	metrics_page_add(page, UINT64_MAX, METRICS_NO_LABELS);
	/* One that has no series is not there. */
	metrics_page_metric(page, METRIC_REQUESTS);
	metrics_page_metric(page, METRIC_FORGOTTEN);
	metrics_page_add(page, 0, METRICS_LABELS("dead"));
	metrics_page_add(page, 1, METRICS_LABELS("alive"));
	metrics_page_metric(page, METRIC_CPU_SECONDS);
	metrics_page_add_double(page, 0.5, METRICS_NO_LABELS);
	metrics_page_end(page);
}

#define SIZE "ocelli_process_table_bytes Memory of the processes that are remembered\n"
#define WHICH " The same as tetragon_process_cache_evictions_total, by whether they were alive\n"

static void both_forms(void **state)
{
	_cleanup_metrics_page_ struct metrics_page old =
		METRICS_PAGE_INIT(METRICS_PROMETHEUS, SIZE_MAX);
	_cleanup_metrics_page_ struct metrics_page new =
		METRICS_PAGE_INIT(METRICS_OPENMETRICS, SIZE_MAX);

	fill(&old);
	fill(&new);
	check_text(&old, "# HELP " SIZE "# TYPE ocelli_process_table_bytes gauge\n"
			 "ocelli_process_table_bytes 18446744073709551615\n"
			 "# HELP ocelli_processes_forgotten_total" WHICH
			 "# TYPE ocelli_processes_forgotten_total counter\n"
			 "ocelli_processes_forgotten_total{state=\"dead\"} 0\n"
			 "ocelli_processes_forgotten_total{state=\"alive\"} 1\n"
			 "# HELP process_cpu_seconds_total CPU time of the agent, user and system\n"
			 "# TYPE process_cpu_seconds_total counter\n"
			 "process_cpu_seconds_total 0.5\n");
	check_text(&new, "# HELP " SIZE "# TYPE ocelli_process_table_bytes gauge\n"
			 "ocelli_process_table_bytes 18446744073709551615\n"
			 "# HELP ocelli_processes_forgotten" WHICH
			 "# TYPE ocelli_processes_forgotten counter\n"
			 "ocelli_processes_forgotten_total{state=\"dead\"} 0\n"
			 "ocelli_processes_forgotten_total{state=\"alive\"} 1\n"
			 "# HELP process_cpu_seconds CPU time of the agent, user and system\n"
			 "# TYPE process_cpu_seconds counter\n"
			 "process_cpu_seconds_total 0.5\n"
			 "# EOF\n");
}

/* No two values become one, none ends its line, and none acts on a terminal. */
static void labels_are_anything(void **state)
{
	static const struct {
		const char *value, *told;
	} cases[] = {
		{"/usr/bin/ls", "/usr/bin/ls"},  {"/a b", "/a b"},
		{"/a\nb", "/a\\\\nb"},           {"/a\\nb", "/a\\\\\\\\nb"},
		{"/a\x1b[31m", "/a\\\\x1b[31m"}, {"/a\\x1b[31m", "/a\\\\\\\\x1b[31m"},
		{"/\"} 1", "/\\\"} 1"},          {"/\xff", "/\\\\xff"},
		{"/\xc3\xa9", "/\xc3\xa9"},      {"\\", "\\\\\\\\"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_metrics_page_ struct metrics_page page =
			METRICS_PAGE_INIT(METRICS_PROMETHEUS, SIZE_MAX);
		_cleanup_str_ struct str expected = STR_INIT;

		metrics_page_metric(&page, METRIC_FORGOTTEN);
		metrics_page_add(&page, 1, METRICS_LABELS(cases[i].value));
		str_appendf(&expected, "\nocelli_processes_forgotten_total{state=\"%s\"} 1\n",
			    cases[i].told);
		assert_non_null(str_cstr(&page.text));
		assert_non_null(str_cstr(&expected));
		assert_non_null(strstr(page.text.data, expected.data));
	}
}

static void labels_that_are_not_there(void **state)
{
	_cleanup_metrics_page_ struct metrics_page page =
		METRICS_PAGE_INIT(METRICS_PROMETHEUS, SIZE_MAX);

	metrics_page_metric(&page, METRIC_EVENTS);
	metrics_page_add(&page, 1, METRICS_LABELS(NULL, "b", NULL));
	metrics_page_add(&page, 2, METRICS_LABELS("a", "", "c"));
	metrics_page_add(&page, 3, METRICS_LABELS("", "", ""));
	assert_non_null(str_cstr(&page.text));
	assert_non_null(strstr(page.text.data,
			       "\ntetragon_events_total{binary=\"b\"} 1\n"
			       "tetragon_events_total{type=\"a\",node_name=\"c\"} 2\n"
			       "tetragon_events_total 3\n"));
}

static void series_have_a_limit(void **state)
{
	_cleanup_metrics_page_ struct metrics_page page = METRICS_PAGE_INIT(METRICS_PROMETHEUS, 2);

	metrics_page_metric(&page, METRIC_FORGOTTEN);
	for (int i = 0; i < 5; i++)
		metrics_page_add(&page, 1, METRICS_LABELS(&"abcde"[i]));
	metrics_page_metric(&page, METRIC_PROCESS_BYTES);
	metrics_page_add(&page, 1, METRICS_NO_LABELS);
	assert_int_equal(page.series, 2);
	assert_int_equal(page.left_out, 4);
	assert_non_null(str_cstr(&page.text));
	assert_non_null(strstr(page.text.data, "\"bcde\"} 1\n"));
	assert_null(strstr(page.text.data, "\"cde\""));
	assert_null(strstr(page.text.data, "ocelli_process_table_bytes"));
}

static void negotiation(void **state)
{
	static const struct {
		const char *accept;
		enum metrics_format format;
	} cases[] = {
		{NULL, METRICS_PROMETHEUS},
		{"", METRICS_PROMETHEUS},
		{"*/*", METRICS_PROMETHEUS},
		{"text/html, text/plain", METRICS_PROMETHEUS},
		{"application/openmetrics-text", METRICS_OPENMETRICS},
		{"APPLICATION/OpenMetrics-Text;version=0.0.1", METRICS_OPENMETRICS},
		/* Prometheus's own, of several versions. */
		{"application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
		 "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		 METRICS_OPENMETRICS},
		{"application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,"
		 "*/*;q=0.1",
		 METRICS_OPENMETRICS},
		{"text/plain, application/openmetrics-text;q=0.5", METRICS_PROMETHEUS},
		{"application/openmetrics-text;q=0", METRICS_PROMETHEUS},
		{"application/openmetrics-texts", METRICS_PROMETHEUS},
		{"x/application/openmetrics-text", METRICS_PROMETHEUS},
		{",,;q=,;;,q=1;q", METRICS_PROMETHEUS},
		{"application/openmetrics-text;q=nan", METRICS_PROMETHEUS},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(metrics_negotiate(cases[i].accept), cases[i].format);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms),
		cmocka_unit_test(labels_are_anything),
		cmocka_unit_test(labels_that_are_not_there),
		cmocka_unit_test(series_have_a_limit),
		cmocka_unit_test(negotiation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
