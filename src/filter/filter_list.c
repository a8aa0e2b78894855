// SPDX-License-Identifier: Apache-2.0
#include "filter/filter_list.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "filter/json_list.h"

#include <errno.h>
#include <stdlib.h>

static int push(struct filter_list *list, struct filter *filter)
{
	struct filter **v = reallocarray(list->v, list->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	list->v = v;
	list->v[list->n++] = filter;
	return 0;
}

int filter_list_add(struct filter_list *list, const Tetragon__Filter *msg,
		    const struct filter_rules *rules, struct error **reterr)
{
	_cleanup_(filter_free) struct filter *filter = NULL;
	int r = filter_new(msg, rules, &filter, reterr);

	if (r == 0)
		r = push(list, filter);
	if (r == 0)
		filter = NULL;
	return r;
}

struct reading {
	struct filter_list *list;
	const struct filter_rules *rules;
};

static int add_message(const ProtobufCMessage *msg, void *data, struct error **reterr)
{
	const struct reading *reading = data;

	return filter_list_add(reading->list, (const Tetragon__Filter *)msg, reading->rules,
			       reterr);
}

int filter_list_read(struct filter_list *list, const char *text, size_t len, const char *origin,
		     const struct filter_rules *rules, struct error **reterr)
{
	struct reading reading = {list, rules};
	size_t before = list->n;
	int r = json_list_read(text, len, origin, &tetragon__filter__descriptor, add_message,
			       &reading, reterr);

	while (r < 0 && list->n > before)
		filter_free(&list->v[--list->n]);
	return r;
}

void filter_list_free(struct filter_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		filter_free(&list->v[i]);
	free(list->v);
	*list = (struct filter_list){0};
}

static bool match_any(const struct filter_list *list, const struct subject *subject,
		      struct filter_doubt *doubt)
{
	for (size_t i = 0; i < list->n; i++)
		if (filter_match(list->v[i], subject, doubt))
			return true;
	return false;
}

static enum filter_scope scope_of_any(const struct filter_list *list, uint32_t type)
{
	enum filter_scope widest = FILTER_MATCHES_NONE;

	for (size_t i = 0; i < list->n; i++)
		widest = MAX(widest, filter_scope_of(list->v[i], type));
	return widest;
}

/* NULL: no event, but the question whether any does. */
static bool follow(const struct filter_list *list, const struct subject *subject)
{
	bool any = false;

	for (size_t i = 0; i < list->n; i++)
		any |= filter_follow(list->v[i], subject);
	return any;
}

enum filter_scope event_filter_scope(const struct event_filter *filter, uint32_t type)
{
	enum filter_scope allow = FILTER_MATCHES_ALL, deny = scope_of_any(&filter->deny, type);

	if (follow(&filter->allow, NULL) || follow(&filter->deny, NULL))
		return FILTER_MATCHES_SOME;
	if (filter->allow.n > 0)
		allow = scope_of_any(&filter->allow, type);
	if (allow == FILTER_MATCHES_NONE || deny == FILTER_MATCHES_ALL)
		return FILTER_MATCHES_NONE;
	return deny == FILTER_MATCHES_NONE ? allow : FILTER_MATCHES_SOME;
}

bool event_filter_pass(struct event_filter *filter, const Tetragon__GetEventsResponse *event,
		       struct lazy *lazy)
{
	struct filter_doubt allow = {.counts_as = true, .reterr = &filter->failure};
	struct filter_doubt deny = {.counts_as = false, .reterr = &filter->failure};
	uint64_t steps = filter->steps_max;
	struct subject subject;
	bool pass;

	if (filter->allow.n == 0 && filter->deny.n == 0)
		return true;
	if (steps)
		allow.steps = deny.steps = &steps;
	subject_init(&subject, event);
	subject.lazy = lazy;
	follow(&filter->allow, &subject);
	follow(&filter->deny, &subject);
	pass = (filter->allow.n == 0 || match_any(&filter->allow, &subject, &allow)) &&
	       !match_any(&filter->deny, &subject, &deny);
	filter->undecided += pass && (allow.times > 0 || deny.times > 0);
	filter->valueless += allow.valueless > 0 || deny.valueless > 0;
	return pass;
}

void event_filter_skip(const struct event_filter *filter, const Tetragon__GetEventsResponse *event)
{
	struct subject subject;

	subject_init(&subject, event);
	follow(&filter->allow, &subject);
	follow(&filter->deny, &subject);
}

void event_filter_free(struct event_filter *filter)
{
	filter_list_free(&filter->allow);
	filter_list_free(&filter->deny);
	error_free(&filter->failure);
}
