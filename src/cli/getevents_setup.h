/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_GETEVENTS_SETUP_H
#define OCELLI_CLI_GETEVENTS_SETUP_H

#include "cli/getevents.h"
#include "filter/field_filter.h"
#include "filter/filter_list.h"
#include "text/compact.h"

/* Fill filters with what the settings ask for. The first moves what options of two names hold to
 * one place, and puts expressions together. Return 0 or a negative errno. */
int getevents_setup_filter(struct getevents_settings *settings, struct event_filter *filter,
			   struct error **reterr);
int getevents_setup_fields(const struct getevents_settings *settings, struct field_filters *filters,
			   struct error **reterr);

/* Says of an error with a place in an expression that it is the option's. */
void getevents_setup_blame(struct error **reterr);

/* What compact output looks like on @fd. */
struct compact_style getevents_setup_style(const struct getevents_settings *settings, int fd);

#endif
