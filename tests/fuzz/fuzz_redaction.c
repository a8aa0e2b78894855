// SPDX-License-Identifier: Apache-2.0
//
// Redaction filters, up to the first NUL, and an argument vector and environment that they are put
// to use on: what is found is in order and within the string, and the rest of it is as it was.
#include "fuzz.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "filter/redaction.h"

static void check_spans(const struct redaction_span *spans, size_t n, size_t len)
{
	size_t end = 0;

	for (size_t i = 0; i < n; i++) {
		MUST(spans[i].start >= end && spans[i].start < spans[i].end);
		end = spans[i].end;
	}
	MUST(end <= len);
}

/* Told in two parts it has the same as in one, but for a mark that both have. */
static void check_parts(const char *s, size_t len, const struct redaction_span *spans, size_t n)
{
	_cleanup_str_ struct str whole = STR_INIT, parts = STR_INIT;
	size_t half = len / 2;
	bool split = false;

	for (size_t i = 0; i < n; i++)
		split |= spans[i].start < half && spans[i].end > half;
	redaction_append(&whole, s, 0, len, spans, n);
	redaction_append(&parts, s, 0, half, spans, n);
	redaction_append(&parts, s, half, len, spans, n);
	MUST(parts.len == whole.len + (split ? sizeof(REDACTION_MARK) - 1 : 0));
	MUST(n > 0 || (whole.len == len && (len == 0 || !memcmp(whole.data, s, len))));
}

static void use(struct redaction *r, const char *s, size_t len)
{
	_cleanup_str_ struct str text = STR_INIT;
	const struct redaction_span *spans;
	size_t n;

	utf8_append_valid(&text, s, len);
	n = redaction_find(r, text.data, text.len, &spans);
	check_spans(spans, n, text.len);
	check_parts(text.data, text.len, spans, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(redaction_free) struct redaction *r = NULL;
	_cleanup_error_ struct error *err = NULL;
	const char *text = (const char *)data;
	size_t len = strnlen(text, size);

	if (redaction_read(text, len, "text", &r, &err) < 0) {
		free(err ? error_text(err) : NULL);
		return 0;
	}
	while (len < size) {
		const char *s = text + len + 1;
		size_t left = size - len - 1, n = strnlen(s, left);

		redaction_begin(r, "/usr/bin/x");
		use(r, s, n);
		len += n + 1;
	}
	return 0;
}
