// SPDX-License-Identifier: Apache-2.0
#include "sample.h"
#include "base/hash.h"
#include "base/macro.h"
#include "expression.h"
#include "random.h"
#include "sockets.h"
#include "subject.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- policies */

/* Buffers that are read when the call returns: HOOK_KEPT. */
static bool is_one_too_many(const struct sample *s, size_t n, const struct type *type)
{
	size_t later = 0;

	for (size_t i = 0; i < n; i++)
		later += s->values[i]->is_later;
	return type->is_later && (later == HOOK_KEPT || !s->returned);
}

static const struct type *pick_type(const struct sample *s, size_t i)
{
	const struct type *type;

	/* The size of a buffer is what stands behind it. */
	if (i && s->values[i - 1]->is_sized)
		return type_named("size_t");
	do
		type = s->way->call.pick_type(i);
	while ((type->is_sized && i == s->n_args - 1) || is_one_too_many(s, i, type));
	return type;
}

/* Which argument of the call an item is about. */
static size_t place_of(const struct sample *s, size_t i)
{
	return s->way->call.places ? s->way->call.places[i] : i;
}

static void append_args(struct sample *s)
{
	str_append_lit(&s->text, "    args:\n");
	for (size_t i = 0; i < s->n_args; i++) {
		const struct type *type = pick_type(s, i);

		s->values[i] = type;
		str_appendf(&s->text, "    - {index: %zu, type: %s%s", place_of(s, i), type->name,
			    type->more ? type->more : "");
		if (type->is_sized)
			str_appendf(&s->text, ", sizeArgIndex: %zu", i + 2);
		str_append_lit(&s->text, "}\n");
	}
}

static void append_data(struct sample *s)
{
	if (s->way->has_no_data || pick(3) == 0)
		return;
	str_append_lit(&s->text, "    data:\n");
	for (; s->n_data < DATA; s->n_data++) {
		s->values[s->n_args + s->n_data] = current_type(s->n_data);
		current_append_data(s->n_data, &s->text);
	}
	s->first_data = pick(DATA);
}

/* Of so many, and all arguments, there is room for what filters look at: HOOK_STRINGS. */
#define DATA_TESTED (HOOK_STRINGS - ARGS)

static void append_match_data(struct sample *s)
{
	str_append_lit(&s->text, "      matchData:\n");
	for (uint32_t n = 1 + pick(2); n; n--) {
		size_t i = (s->first_data + pick(DATA_TESTED)) % DATA;
		const struct type *type = s->values[s->n_args + i];

		str_appendf(&s->text, "      - {index: %zu, ", i);
		type->append_match(type, &s->text);
		str_append_lit(&s->text, "}\n");
	}
}

static bool any_match(const struct sample *s)
{
	for (size_t i = 0; i < s->n_args; i++)
		if (s->values[i]->append_match)
			return true;
	return false;
}

static void append_match_args(struct sample *s)
{
	str_append_lit(&s->text, "      matchArgs:\n");
	for (uint32_t n = 1 + pick(3); n; n--) {
		size_t i = pick((uint32_t)s->n_args);

		while (!s->values[i]->append_match)
			i = pick((uint32_t)s->n_args);
		if (pick(5) == 0) {
			str_append_lit(&s->text, "      - {operator: CelExpr, values: [\"");
			append_expression(s->values, s->n_args, &s->text);
			str_append_lit(&s->text, "\"]}\n");
			continue;
		}

		/* Several may be about the same argument. */
		str_appendf(&s->text,
			    s->way->call.places ? "      - {args: [%zu], "
						: "      - {index: %zu, ",
			    i);
		s->values[i]->append_match(s->values[i], &s->text);
		str_append_lit(&s->text, "}\n");
	}
}

/* Around what is always returned. */
static void append_match_near(int64_t returned, struct str *out)
{
	static const char *const operators[] = {"Equal", "NotEqual", "GT", "LT", "InRange"};
	size_t kind = pick(ARRAY_SIZE(operators));
	int64_t v = returned - 1 + pick(3);

	str_appendf(out, "operator: %s, values: [\"%" PRId64 "%s\"", operators[kind], v,
		    kind == 4 ? ":9" : "");
	if (kind < 2)
		str_appendf(out, ", \"%d\"", (int)pick(3));
	str_append_lit(out, "]");
}

static void append_match_return(struct sample *s)
{
	if (!s->returned->append_match)
		return;
	str_append_lit(&s->text, "      matchReturnArgs: [{index: 0, ");
	if (s->way->by_hand)
		s->returned->append_match(s->returned, &s->text);
	else
		append_match_near(s->way->returned, &s->text);
	str_append_lit(&s->text, "}]\n");
}

/* @limit: what it makes the same, or NULL for all that is told then. Returns whether there is a
 * limit. */
static bool append_post(struct sample *s, bool quiet, struct limit *limit)
{
	bool limits = !quiet && pick(3) == 0;

	str_appendf(&s->text, "[{action: %s", quiet ? "NoPost" : "Post");
	if (limits && limit)
		limit_append(limit, s->values, s->n_args, s->n_args + s->n_data, &s->text);
	else if (limits)
		limit_append_all(&s->text);
	str_append_lit(&s->text, "}]\n");
	return limits;
}

static void append_selectors(struct sample *s, const struct caller *subject)
{
	uint32_t n = pick(SELECTORS + 1);

	if (n)
		str_append_lit(&s->text, "    selectors:\n");
	for (uint32_t i = 0; i < n; i++) {
		str_append_lit(&s->text, "    - matchActions: ");
		s->limits |= append_post(s, pick(5) == 0, &s->limit[i]);
		if (pick(8) && any_match(s))
			append_match_args(s);
		if (s->n_data && pick(3) == 0)
			append_match_data(s);
		if (pick(3) == 0)
			append_process(&s->text, subject);
		if (s->returned && pick(2))
			append_match_return(s);
		if (s->returned && pick(3) == 0) {
			str_append_lit(&s->text, "      matchReturnActions: ");
			s->limits_returns |= append_post(s, pick(3) == 0, NULL);
		}
	}
}

static void append_return(struct sample *s)
{
	if (!s->way->returns || pick(3))
		return;
	s->returned = s->way->by_hand ? pick_returned_type() : type_named("int");
	str_appendf(&s->text, "    return: true\n    returnArg: {index: 0, type: %s}\n",
		    s->returned->name);
}

int sample_make(struct sample *s, const struct way *way, const struct caller *subject,
		struct kernel_functions *functions, uint32_t number)
{
	*s = (struct sample){.way = way, .n_args = way->call.n_args};
	str_appendf(&s->text,
		    "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\n"
		    "metadata: {name: random}\nspec:\n  %s\n",
		    way->hook);
	append_return(s);
	append_args(s);
	append_data(s);
	append_selectors(s, subject);
	return compiled_make(&s->compiled, &s->text, way, functions, number);
}

void sample_done(struct sample *s)
{
	compiled_done(&s->compiled);
	str_free(&s->text);
	free(s->limited);
}

/* --- events */

void sample_event(const struct sample *s, struct event *event)
{
	uint64_t unused;

	/* What a limit lets through once is to be the call. */
	sockets_change(!s->way->call.sets_options);
	for (size_t i = 0; i < s->n_args; i++) {
		uint64_t size = 0;

		if (i && s->values[i - 1]->is_sized)
			continue; /* that said what it is */
		event->args[i] = s->values[i]->value(s->values[i], i, &size, &event->told[i]);
		if (!s->values[i]->is_sized)
			continue;
		event->args[i + 1] = size;
		tell_number(&event->told[i + 1], s->values[i + 1], size);
	}
	for (size_t i = 0; i < s->n_data; i++)
		current_change(i, &event->told[s->n_args + i]);
	event->returned = (uint64_t)s->way->returned;
	if (s->returned && s->way->by_hand)
		event->returned =
			s->returned->value(s->returned, ARGS, &unused, &event->told_returned);
	else if (s->returned)
		tell_number(&event->told_returned, s->returned, event->returned);
}

/* Whether the same was told before; remembers it. */
static bool is_limited(struct sample *s, uint64_t hash)
{
	uint64_t *v;

	for (size_t i = 0; i < s->n_limited; i++)
		if (s->limited[i] == hash)
			return true;
	v = reallocarray(s->limited, s->n_limited + 1, sizeof(*v));
	if (!v)
		abort();
	s->limited = v;
	v[s->n_limited++] = hash;
	return false;
}

static bool is_call_limited(struct sample *s, const struct event *event, int selector)
{
	return is_limited(s, limit_hash(&s->limit[selector], 2 * (uint64_t)selector, event->told,
					s->n_args + s->n_data));
}

/* Of what is told then. */
static bool is_return_limited(struct sample *s, const struct event *event, int selector)
{
	uint64_t hash = limit_hash_told(2 * (uint64_t)selector + 1, &event->told_returned);

	for (size_t i = 0; i < s->n_args; i++)
		if (s->values[i]->is_later)
			hash = limit_hash_told(hash, &event->told_later[i]);
	return is_limited(s, hash);
}

static struct value value_of(const struct type *type, const struct told *told)
{
	struct value value = {.fault = told->status == HOOK_ARG_FAULT ||
				       told->status == HOOK_ARG_LOST};

	if (type->bits)
		value.number = told->number;
	else
		value.string = (struct bytes){told->bytes, told->size - type->ends_with_nul};
	return value;
}

int sample_evaluate(struct sample *s, const struct event *event, const struct caller *subject,
		    bool *posted)
{
	const struct plan *plan = &s->compiled.plan;
	struct value values[ARGS + DATA];
	const struct plan_actions *actions;
	int selector;

	for (size_t i = 0; i < s->n_args + s->n_data; i++)
		values[i] = value_of(s->values[i], &event->told[i]);
	selector = evaluate(plan, values, subject);
	*posted = selector != NO_SELECTOR;
	if (!*posted || !plan->n_selectors)
		return selector;
	actions = &plan->selectors[selector].actions;
	*posted = actions->post && !(actions->n_limits && is_call_limited(s, event, selector));
	return selector;
}

/* As many bytes as are returned. */
static int64_t size_returned(const struct sample *s, const struct event *event)
{
	return (int64_t)(s->returned->bits ? event->told_returned.number : event->returned);
}

bool sample_evaluate_return(struct sample *s, int selector, struct event *event)
{
	const struct plan *plan = &s->compiled.plan;
	const struct value value = value_of(s->returned, &event->told_returned);

	if (!evaluate_return(plan, selector, &value))
		return false;
	for (size_t i = 0; i < s->n_args; i++)
		if (s->values[i]->is_later)
			tell_later(&event->told_later[i], &event->told[i], size_returned(s, event));
	return !plan->n_selectors || !plan->selectors[selector].return_actions.n_limits ||
	       !is_return_limited(s, event, selector);
}
