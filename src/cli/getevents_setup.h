/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_GETEVENTS_SETUP_H
#define OCELLI_CLI_GETEVENTS_SETUP_H

#include "cli/getevents.h"
#include "filter/field_filter.h"
#include "filter/filter_list.h"
#include "text/compact.h"

/* What the settings ask for, as a request to the agent. It points into them and into itself: it is
 * not to be moved. */
struct getevents_request {
	Tetragon__GetEventsRequest msg;
	Tetragon__Filter filter, *allow[1];
	Tetragon__EventType *types;
	Tetragon__FieldFilter include, exclude, *fields[2];
	Google__Protobuf__FieldMask include_mask, exclude_mask;
};

/* Moves what options of two names hold to one place, and puts expressions together. Returns 0 or a
 * negative errno. */
int getevents_request_init(struct getevents_request *request, struct getevents_settings *settings,
			   struct error **reterr);
void getevents_request_done(struct getevents_request *request);

/* Fill filters with the same. Return 0 or a negative errno. */
int getevents_setup_filter(const struct getevents_request *request, struct event_filter *filter,
			   struct error **reterr);
int getevents_setup_fields(const struct getevents_request *request, struct field_filters *filters,
			   struct error **reterr);

/* Says of an error with a place in an expression that it is the option's. */
void getevents_setup_blame(struct error **reterr);

/* What compact output looks like on @fd. */
struct compact_style getevents_setup_style(const struct getevents_settings *settings, int fd);

#endif
