// SPDX-License-Identifier: Apache-2.0
#include "filter/redaction.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/macro.h"
#include "base/str.h"
#include "filter/filter.h"
#include "filter/json_list.h"
#include "filter/regex.h"
#include "regex/pattern.h"

#include "tetragon/events.pb-c.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* CPU time for all strings of one process: who writes them may know the patterns, and the ring
 * waits meanwhile. */
#define PATIENCE_NS (20 * NSEC_PER_MSEC)
/* In one string; it would hold little else. */
#define SPANS_MAX 4096

struct expression {
	struct pattern *pattern;
	struct matcher *matcher;
	size_t groups;
};

struct redaction_filter {
	struct regex **binaries; /* none: any */
	size_t n_binaries;
	struct expression *expressions;
	size_t n_expressions;
	bool concerned; /* with the strings that are looked at now */
};

struct redaction {
	struct redaction_filter *v;
	size_t n;
	uint64_t doubts;
	uint64_t began, began_cpu; /* ns */
	bool late;
	struct redaction_span spans[SPANS_MAX];
	size_t n_spans;
};

static void filter_done(struct redaction_filter *f)
{
	for (size_t i = 0; i < f->n_binaries; i++)
		regex_free(&f->binaries[i]);
	free(f->binaries);
	for (size_t i = 0; i < f->n_expressions; i++) {
		matcher_free(&f->expressions[i].matcher);
		pattern_free(&f->expressions[i].pattern);
	}
	free(f->expressions);
}

void redaction_free(struct redaction **redaction)
{
	if (!*redaction)
		return;
	for (size_t i = 0; i < (*redaction)->n; i++)
		filter_done(&(*redaction)->v[i]);
	free((*redaction)->v);
	free(*redaction);
	*redaction = NULL;
}

/* "." matches all of them. */
#define ANY_CHARACTER "(?s)"

static int expression_init(struct expression *e, const char *text, struct error **reterr)
{
	_cleanup_str_ struct str whole = STR_INIT;
	size_t len = strlen(text);
	struct pattern_error why;
	int r;

	/* A line feed is no way to keep what is behind it from being hidden. */
	str_append_lit(&whole, ANY_CHARACTER);
	str_append(&whole, text, len);
	if (whole.failed)
		return -ENOMEM;
	r = pattern_new(whole.data, whole.len, PATTERN_OF_CHARACTERS, &e->pattern, &why);

	if (r == -E2BIG)
		return error_set(reterr, r,
				 "redact: a regular expression of %zu bytes; the limit is %d", len,
				 PATTERN_MAX);
	if (r == -EINVAL)
		return error_set(reterr, r,
				 "redact: bad regular expression \"%s\": %s at offset %zu", text,
				 why.reason, why.offset - MIN(why.offset, strlen(ANY_CHARACTER)));
	if (r < 0)
		return r;
	e->groups = pattern_groups(e->pattern);
	if (e->groups > 0)
		return matcher_new_for(e->pattern, &e->matcher);
	error_set(reterr, -EINVAL, "redact: \"%s\" has no group, so nothing would be hidden", text);
	error_remedy(reterr, "put what is to be hidden in parentheses");
	return -EINVAL;
}

/* The compiler warns of who names the deprecated field. */
static bool has_match(const Tetragon__RedactionFilter *msg)
{
	const ProtobufCFieldDescriptor *match = protobuf_c_message_descriptor_get_field_by_name(
		&tetragon__redaction_filter__descriptor, "match");

	return *(const size_t *)(const void *)((const char *)msg + match->quantifier_offset);
}

static int check_message(const Tetragon__RedactionFilter *msg, struct error **reterr)
{
	if (has_match(msg)) {
		error_set(reterr, -EINVAL, "match: it is no longer in use");
		error_remedy(reterr, "binary_regex says whose strings a filter is for");
		return -EINVAL;
	}
	if (msg->n_redact == 0)
		return error_set(reterr, -EINVAL,
				 "redact: it is missing, so nothing would be hidden");
	if (msg->n_redact > FILTER_VALUES_MAX || msg->n_binary_regex > FILTER_VALUES_MAX)
		return error_set(reterr, -E2BIG, "%zu values; the limit is %d",
				 MAX(msg->n_redact, msg->n_binary_regex), FILTER_VALUES_MAX);
	return 0;
}

static int filter_init(struct redaction_filter *f, const Tetragon__RedactionFilter *msg,
		       struct error **reterr)
{
	int r = check_message(msg, reterr);

	if (r < 0)
		return r;
	f->binaries = calloc(msg->n_binary_regex + 1, sizeof(struct regex *));
	f->expressions = calloc(msg->n_redact, sizeof(*f->expressions));
	if (!f->binaries || !f->expressions)
		return -ENOMEM;
	for (; r >= 0 && f->n_binaries < msg->n_binary_regex; f->n_binaries++) {
		r = regex_new(msg->binary_regex[f->n_binaries], &f->binaries[f->n_binaries],
			      reterr);
		if (r < 0)
			return error_wrap(reterr, r, "binary_regex");
	}
	while (r >= 0 && f->n_expressions < msg->n_redact) {
		size_t i = f->n_expressions++;

		r = expression_init(&f->expressions[i], msg->redact[i], reterr);
	}
	return r;
}

static int add_message(const ProtobufCMessage *msg, void *data, struct error **reterr)
{
	struct redaction *to = data;
	struct redaction_filter filter = {0}, *v = reallocarray(to->v, to->n + 1, sizeof(*v));
	int r;

	if (!v)
		return -ENOMEM;
	to->v = v;
	r = filter_init(&filter, (const Tetragon__RedactionFilter *)msg, reterr);
	if (r < 0)
		filter_done(&filter);
	else
		to->v[to->n++] = filter;
	return r;
}

int redaction_read(const char *text, size_t len, const char *origin, struct redaction **ret,
		   struct error **reterr)
{
	_cleanup_(redaction_free) struct redaction *redaction = calloc(1, sizeof(*redaction));
	int r;

	if (!redaction)
		return -ENOMEM;
	r = json_list_read(text, len, origin, &tetragon__redaction_filter__descriptor, add_message,
			   redaction, reterr);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(redaction);
	return 0;
}

static bool is_concerned(struct redaction *r, const struct redaction_filter *f, const char *binary)
{
	for (size_t i = 0; binary && i < f->n_binaries; i++) {
		int status = regex_match(f->binaries[i], binary);

		r->doubts += status < 0;
		if (status)
			return true;
	}
	return !binary || f->n_binaries == 0;
}

bool redaction_begin(struct redaction *r, const char *binary)
{
	bool any = false;

	r->late = false;
	for (size_t i = 0; i < r->n; i++) {
		r->v[i].concerned = is_concerned(r, &r->v[i], binary);
		any |= r->v[i].concerned;
	}
	if (any) {
		r->began = clock_ns(CLOCK_MONOTONIC);
		r->began_cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	}
	return any;
}

/* The one clock is cheap to ask, the other counts only what was ours. */
static bool is_late(struct redaction *r)
{
	if (!r->late && clock_ns(CLOCK_MONOTONIC) - r->began > PATIENCE_NS)
		r->late = clock_ns(CLOCK_THREAD_CPUTIME_ID) - r->began_cpu > PATIENCE_NS;
	return r->late;
}

/* Returns 0, or -EOVERFLOW when there are too many. */
static int add_groups(struct redaction *r, const struct pattern_span *found, size_t groups)
{
	for (size_t i = 1; i <= groups; i++) {
		if (found[i].start == PATTERN_UNSET || found[i].start >= found[i].end)
			continue;
		if (r->n_spans == SPANS_MAX)
			return -EOVERFLOW;
		r->spans[r->n_spans++] =
			(struct redaction_span){.start = found[i].start, .end = found[i].end};
	}
	return 0;
}

/* Behind an empty match, the next character. */
static size_t step(const char *s, size_t len, size_t at)
{
	do
		at++;
	while (at < len && ((unsigned char)s[at] & 0xc0) == 0x80);
	return at;
}

static int find_all(struct redaction *r, const struct expression *e, const char *s, size_t len)
{
	for (size_t from = 0; from <= len;) {
		const struct pattern_span *found;
		int status = is_late(r)
				     ? -EOVERFLOW
				     : pattern_find(e->pattern, e->matcher, s, len, from, &found);

		if (status > 0 && add_groups(r, found, e->groups) < 0)
			status = -EOVERFLOW;
		if (status <= 0)
			return status;
		from = found->end > from ? found->end : step(s, len, from);
	}
	return 0;
}

static int compare_spans(const void *a, const void *b)
{
	const struct redaction_span *x = a, *y = b;

	return x->start != y->start ? (x->start < y->start ? -1 : 1)
				    : (x->end > y->end) - (x->end < y->end);
}

/* Groups lie within others, and those of several expressions across each other. */
static void merge(struct redaction *r)
{
	size_t n = 0;

	qsort(r->spans, r->n_spans, sizeof(*r->spans), compare_spans);
	for (size_t i = 0; i < r->n_spans; i++) {
		if (n > 0 && r->spans[i].start < r->spans[n - 1].end)
			r->spans[n - 1].end = MAX(r->spans[n - 1].end, r->spans[i].end);
		else
			r->spans[n++] = r->spans[i];
	}
	r->n_spans = n;
}

size_t redaction_find(struct redaction *r, const char *s, size_t len,
		      const struct redaction_span **ret)
{
	int status = 0;

	r->n_spans = 0;
	for (size_t i = 0; len > 0 && i < r->n && status >= 0; i++)
		for (size_t j = 0; r->v[i].concerned && j < r->v[i].n_expressions && status >= 0;
		     j++)
			status = find_all(r, &r->v[i].expressions[j], s, len);
	if (status < 0) {
		r->doubts++;
		r->spans[0] = (struct redaction_span){.end = len};
		r->n_spans = 1;
	}
	if (r->n_spans > 1)
		merge(r);
	*ret = r->spans;
	return r->n_spans;
}

void redaction_append(struct str *out, const char *s, size_t start, size_t end,
		      const struct redaction_span *spans, size_t n)
{
	for (size_t i = 0; i < n && spans[i].start < end; i++) {
		if (spans[i].end <= start)
			continue;
		if (spans[i].start > start)
			str_append(out, s + start, spans[i].start - start);
		str_append_lit(out, REDACTION_MARK);
		start = MIN(spans[i].end, end);
	}
	str_append(out, s + start, end - start);
}

uint64_t redaction_doubts(const struct redaction *r)
{
	return r->doubts;
}
