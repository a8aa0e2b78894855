// SPDX-License-Identifier: Apache-2.0
#include "filter/field_filter.h"
#include "filter/json_list.h"
#include "filter/mask.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* What a filter does to one kind of event. */
struct event_mask {
	uint32_t type; /* Tetragon__EventType */
	struct mask mask;
};

struct field_filter {
	bool exclude;
	struct event_mask *events; /* those that it is for */
	size_t n_events;
};

static void filter_free(struct field_filter *filter)
{
	for (size_t i = 0; i < filter->n_events; i++)
		mask_free(&filter->events[i].mask);
	free(filter->events);
}

static bool is_for(const Tetragon__FieldFilter *msg, uint32_t type)
{
	bool listed = false;

	if (msg->n_event_set == 0)
		return true;
	for (size_t i = 0; i < msg->n_event_set; i++)
		listed |= (uint32_t)msg->event_set[i] == type;
	return listed != (msg->invert_event_set && msg->invert_event_set->value);
}

/* Adds the path to the masks of the events that have it. */
static int add_path(struct field_filter *filter, const char *path, struct error **reterr)
{
	const ProtobufCMessageDescriptor *events = &tetragon__get_events_response__descriptor;
	bool known = false;

	for (size_t i = 0; i < filter->n_events; i++) {
		const ProtobufCFieldDescriptor *event =
			protobuf_c_message_descriptor_get_field(events, filter->events[i].type);
		int r = mask_add(&filter->events[i].mask, event->descriptor, path, reterr);

		if (r < 0 && r != -ENOENT)
			return r;
		known |= r == 0;
	}
	if (known) {
		if (reterr)
			error_free(reterr);
		return 0;
	}
	error_set(reterr, -EINVAL, "\"%s\" is no field of %s", path,
		  filter->n_events == 1 ? "that event" : "any of the events filtered");
	error_remedy(reterr, "paths are of an event's own fields, such as process.pod.name");
	return -EINVAL;
}

static int filter_init(struct field_filter *filter, const Tetragon__FieldFilter *msg,
		       struct error **reterr)
{
	const ProtobufCMessageDescriptor *events = &tetragon__get_events_response__descriptor;

	filter->exclude = msg->action == TETRAGON__FIELD_FILTER_ACTION__EXCLUDE;
	filter->events = calloc(events->n_fields, sizeof(*filter->events));
	if (!filter->events)
		return -ENOMEM;
	for (unsigned i = 0; i < events->n_fields; i++)
		if ((events->fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
		    is_for(msg, events->fields[i].id))
			filter->events[filter->n_events++].type = events->fields[i].id;
	for (size_t i = 0; i < msg->fields->n_paths; i++) {
		int r = add_path(filter, msg->fields->paths[i], reterr);

		if (r < 0)
			return r;
	}
	return 0;
}

/* What is not understood is not passed over: it would tell more than was meant. */
static int check_message(const Tetragon__FieldFilter *msg, struct error **reterr)
{
	if (msg->base.n_unknown_fields)
		return error_set(reterr, -EINVAL, "it has a field that this version does not know");
	if (msg->action != TETRAGON__FIELD_FILTER_ACTION__INCLUDE &&
	    msg->action != TETRAGON__FIELD_FILTER_ACTION__EXCLUDE)
		return error_set(reterr, -EINVAL, "action %d is neither INCLUDE nor EXCLUDE",
				 (int)msg->action);
	return 0;
}

int field_filters_add(struct field_filters *filters, const Tetragon__FieldFilter *msg,
		      struct error **reterr)
{
	struct field_filter filter = {0}, *v;
	int r;

	r = check_message(msg, reterr);
	if (r < 0 || !msg->fields || msg->fields->n_paths == 0)
		return r;
	v = reallocarray(filters->v, filters->n + 1, sizeof(*v));
	if (!v)
		return -ENOMEM;
	filters->v = v;
	r = filter_init(&filter, msg, reterr);
	if (r < 0)
		filter_free(&filter);
	else
		v[filters->n++] = filter;
	return r;
}

static int add_message(const ProtobufCMessage *msg, void *data, struct error **reterr)
{
	return field_filters_add(data, (const Tetragon__FieldFilter *)msg, reterr);
}

int field_filters_read(struct field_filters *filters, const char *text, size_t len,
		       const char *origin, struct error **reterr)
{
	size_t before = filters->n;
	int r = json_list_read(text, len, origin, &tetragon__field_filter__descriptor, add_message,
			       filters, reterr);

	while (r < 0 && filters->n > before)
		filter_free(&filters->v[--filters->n]);
	return r;
}

static const struct event_mask *find_mask(const struct field_filter *filter, uint32_t type)
{
	for (size_t i = 0; i < filter->n_events; i++)
		if (filter->events[i].type == type)
			return &filter->events[i];
	return NULL;
}

const Tetragon__GetEventsResponse *field_filters_apply(struct field_filters *filters,
						       const Tetragon__GetEventsResponse *event,
						       struct lazy *lazy)
{
	/* The members of the oneof are all pointers to messages, in one place. */
	ProtobufCMessage *inner = (ProtobufCMessage *)event->process_exec;
	Tetragon__GetEventsResponse *copy;
	bool changed = false;

	arena_reset(&filters->arena);
	for (size_t i = 0; i < filters->n; i++) {
		const struct event_mask *events =
			find_mask(&filters->v[i], (uint32_t)event->event_case);

		if (!events)
			continue;
		inner = mask_apply(&events->mask, filters->v[i].exclude, inner, lazy,
				   &filters->arena);
		if (!inner)
			return NULL;
		changed = true;
	}
	if (!changed)
		return event;
	copy = arena_alloc(&filters->arena, sizeof(*copy));
	if (!copy)
		return NULL;
	*copy = *event;
	copy->process_exec = (Tetragon__ProcessExec *)(void *)inner;
	return copy;
}

void field_filters_free(struct field_filters *filters)
{
	for (size_t i = 0; i < filters->n; i++)
		filter_free(&filters->v[i]);
	free(filters->v);
	arena_done(&filters->arena);
	*filters = (struct field_filters){0};
}
