// SPDX-License-Identifier: Apache-2.0
#include "filter/filter_list.h"
#include "base/cleanup.h"
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

int filter_list_add(struct filter_list *list, const Tetragon__Filter *msg, struct error **reterr)
{
	_cleanup_(filter_free) struct filter *filter = NULL;
	int r = filter_new(msg, &filter, reterr);

	if (r == 0)
		r = push(list, filter);
	if (r == 0)
		filter = NULL;
	return r;
}

static int add_message(const ProtobufCMessage *msg, void *data, struct error **reterr)
{
	return filter_list_add(data, (const Tetragon__Filter *)msg, reterr);
}

int filter_list_read(struct filter_list *list, const char *text, size_t len, const char *origin,
		     struct error **reterr)
{
	size_t before = list->n;
	int r = json_list_read(text, len, origin, &tetragon__filter__descriptor, add_message, list,
			       reterr);

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

bool event_filter_pass(struct event_filter *filter, const Tetragon__GetEventsResponse *event)
{
	struct filter_doubt allow = {.counts_as = true, .reterr = &filter->failure};
	struct filter_doubt deny = {.counts_as = false, .reterr = &filter->failure};
	struct subject subject;
	bool pass;

	if (filter->allow.n == 0 && filter->deny.n == 0)
		return true;
	subject_init(&subject, event);
	pass = (filter->allow.n == 0 || match_any(&filter->allow, &subject, &allow)) &&
	       !match_any(&filter->deny, &subject, &deny);
	filter->undecided += pass && (allow.times > 0 || deny.times > 0);
	filter->valueless += allow.valueless > 0 || deny.valueless > 0;
	return pass;
}

void event_filter_free(struct event_filter *filter)
{
	filter_list_free(&filter->allow);
	filter_list_free(&filter->deny);
	error_free(&filter->failure);
}
