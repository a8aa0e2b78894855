// SPDX-License-Identifier: Apache-2.0
#include "cel/prepare.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "cel/functions.h"
#include "cel/net.h"
#include "cel/calendar.h"
#include "event/timestamp.h"

#include <errno.h>

/* What working out constants may take altogether. */
#define CONSTANT_STEPS_MAX 100000
#define CONSTANT_MEMORY_MAX (1024 * 1024)

struct preparation {
	struct arena *arena;
	struct cel_patterns *patterns;
	struct cel_activation *a;
	struct error **reterr;
};

void cel_patterns_free(struct cel_patterns *patterns)
{
	for (size_t i = 0; i < patterns->n; i++)
		pattern_free(&patterns->v[i]);
	free(patterns->v);
	*patterns = (struct cel_patterns){0};
}

static int add_pattern(struct cel_patterns *patterns, struct pattern *pattern)
{
	if (patterns->n == patterns->cap) {
		size_t cap = patterns->cap ? 2 * patterns->cap : 4;
		struct pattern **v = realloc(patterns->v, cap * sizeof(struct pattern *));

		if (!v)
			return -ENOMEM;
		patterns->v = v;
		patterns->cap = cap;
	}
	patterns->v[patterns->n++] = pattern;
	return 0;
}

static bool is_ip(const char *s, size_t len)
{
	struct cel_value ip;

	return cel_ip_read(s, len, &ip) == 0;
}

static bool is_cidr(const char *s, size_t len)
{
	struct cel_value cidr;

	return cel_cidr_read(s, len, &cidr) == 0;
}

static bool is_time(const char *s, size_t len)
{
	int64_t seconds;
	int32_t nanos;

	return timestamp_parse(s, len, &seconds, &nanos) == 0;
}

static bool is_duration(const char *s, size_t len)
{
	int64_t v;

	return duration_read(s, len, &v) == 0;
}

static bool is_zone(const char *s, size_t len)
{
	int offset;

	return cel_time_read_zone(s, len, &offset) == 0;
}

#define AN_IP is_ip, "an IP address (without zone, not IPv4 in IPv6)"
#define A_CIDR is_cidr, "a network, as in \"10.0.0.0/8\""
#define A_TIME is_time, "a time of years 0001 to 9999, as in \"2024-02-29T23:59:59Z\""
#define A_DURATION is_duration, "a duration of up to 292 years, as in \"1h30m\" or \"1.5s\""
#define A_ZONE is_zone, "a time zone known here: \"UTC\" and offsets such as \"+01:00\""

/* Arguments that must be texts of a certain form. */
static const struct form {
	cel_function *function;
	unsigned arg;
	bool (*fits)(const char *s, size_t len);
	const char *what;
} forms[] = {
	{cel_fn_string_to_ip, 0, AN_IP},
	{cel_fn_is_canonical, 0, AN_IP},
	{cel_fn_contains_ip_text, 1, AN_IP},
	{cel_fn_string_to_cidr, 0, A_CIDR},
	{cel_fn_contains_cidr_text, 1, A_CIDR},
	{cel_fn_string_to_time, 0, A_TIME},
	{cel_fn_string_to_duration, 0, A_DURATION},
	{cel_fn_full_year, 1, A_ZONE},
	{cel_fn_month, 1, A_ZONE},
	{cel_fn_date, 1, A_ZONE},
	{cel_fn_day_of_month, 1, A_ZONE},
	{cel_fn_day_of_week, 1, A_ZONE},
	{cel_fn_day_of_year, 1, A_ZONE},
	{cel_fn_hours, 1, A_ZONE},
	{cel_fn_minutes, 1, A_ZONE},
	{cel_fn_seconds, 1, A_ZONE},
	{cel_fn_milliseconds, 1, A_ZONE},
};

static cel_function *function_of(const struct cel_node *call)
{
	return cel_functions[call->call.overload - cel_overloads];
}

/* The string that is the argument, or NULL when it is something else. */
static const struct cel_value *literal_text(const struct cel_node *call, unsigned arg)
{
	if (arg >= call->n || call->child[arg]->kind != CEL_NODE_LITERAL ||
	    call->child[arg]->literal.kind != CEL_STRING)
		return NULL;
	return &call->child[arg]->literal;
}

static int check_forms(struct preparation *p, const struct cel_node *call)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		const struct cel_value *text = literal_text(call, forms[i].arg);
		_cleanup_str_ struct str shown = STR_INIT;

		if (!text || forms[i].function != function_of(call) ||
		    forms[i].fits(text->text.data, text->text.len))
			continue;
		cel_value_append(&shown, text);
		if (!str_cstr(&shown))
			return -ENOMEM;
		return cel_complain(p->reterr, -EINVAL, call->child[forms[i].arg]->place,
				    "%s is not %s", shown.data, forms[i].what);
	}
	return 0;
}

static int refuse_pattern(struct preparation *p, const struct cel_node *node, int r,
			  const struct pattern_error *why)
{
	if (r == -E2BIG)
		return cel_complain(p->reterr, r, node->place,
				    "a regular expression of %zu bytes; the limit is %d",
				    node->literal.text.len, PATTERN_MAX);
	if (r == -EINVAL)
		return cel_complain(p->reterr, r, node->place,
				    "bad regular expression: %s at offset %zu", why->reason,
				    why->offset);
	return r;
}

static int compile_pattern(struct preparation *p, struct cel_node *call)
{
	const struct cel_value *text = literal_text(call, 1);
	_cleanup_(pattern_free) struct pattern *pattern = NULL;
	struct pattern_error why;
	int r;

	if (function_of(call) != cel_fn_matches || !text)
		return 0;
	r = pattern_new(text->text.data, text->text.len, PATTERN_OF_CHARACTERS, &pattern, &why);
	if (r < 0)
		return refuse_pattern(p, call->child[1], r, &why);
	r = add_pattern(p->patterns, pattern);
	if (r < 0)
		return r;
	call->call.prepared = TAKE_PTR(pattern);
	return 0;
}

static bool is_constant(const struct cel_node *node)
{
	if (node->kind == CEL_NODE_LITERAL || node->kind == CEL_NODE_NAME)
		return false;
	for (unsigned i = 0; i < node->n; i++)
		if (node->child[i]->kind != CEL_NODE_LITERAL)
			return false;
	/* Going through a list may take long, and the body is none of its constants' business. */
	return node->kind != CEL_NODE_FOLD;
}

static void work_out(struct preparation *p, struct cel_node *node)
{
	struct cel_value value;

	if (!is_constant(node) || cel_eval_node(p->a, node, &value) < 0)
		return;
	node->kind = CEL_NODE_LITERAL;
	node->n = 0;
	node->literal = value;
}

static int prepare(struct preparation *p, struct cel_node *node)
{
	int r = 0;

	for (unsigned i = 0; i < node->n && r >= 0; i++)
		r = prepare(p, node->child[i]);
	if (r >= 0 && node->kind == CEL_NODE_CALL)
		r = check_forms(p, node);
	if (r >= 0 && node->kind == CEL_NODE_CALL)
		r = compile_pattern(p, node);
	if (r >= 0)
		work_out(p, node);
	return r;
}

int cel_prepare(struct cel_node *root, struct arena *arena, struct cel_patterns *patterns,
		struct error **reterr)
{
	_cleanup_(cel_activation_free) struct cel_activation *a = NULL;
	struct preparation p = {.arena = arena, .patterns = patterns, .reterr = reterr};
	int r = cel_activation_alloc(0, &a);

	if (r < 0)
		return r;
	/* Constants live as long as the tree. */
	a->arena = arena;
	a->steps_left = CONSTANT_STEPS_MAX;
	a->memory_left = CONSTANT_MEMORY_MAX;
	p.a = a;
	return prepare(&p, root);
}
