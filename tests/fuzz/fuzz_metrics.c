// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "metrics/page.h"

/* The end of the label's value that begins at @s: a quote without a backslash before it. */
static const char *end_of_value(const char *s)
{
	for (; *s != '"'; s++) {
		MUST(*s != '\0' && *s != '\n');
		if (*s != '\\')
			continue;
		s++;
		MUST(*s == '\\' || *s == '"');
	}
	return s;
}

/* Whatever a label is, it stays one value on one line; and any header can be sent. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_metrics_page_ struct metrics_page page =
		METRICS_PAGE_INIT(METRICS_PROMETHEUS, SIZE_MAX);
	_cleanup_free_ char *text = strndup((const char *)data, size);
	const char *at;

	MUST(text);
	page.format = metrics_negotiate(text);
	metrics_page_metric(&page, METRIC_FORGOTTEN);
	metrics_page_add(&page, 1, METRICS_LABELS(text));
	metrics_page_end(&page);
	MUST(str_cstr(&page.text));
	MUST(utf8_valid_prefix(page.text.data, page.text.len) == page.text.len);
	at = strstr(page.text.data, "\nocelli_processes_forgotten_total");
	MUST(at);
	at += strlen("\nocelli_processes_forgotten_total");
	if (*text) {
		MUST(!strncmp(at, "{state=\"", 8));
		at = end_of_value(at + 8);
		MUST(at[1] == '}');
		at += 2;
	}
	MUST(!strcmp(at, page.format == METRICS_OPENMETRICS ? " 1\n# EOF\n" : " 1\n"));
	return 0;
}
