/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_AGENT_EXPORT_FILTERS_H
#define OCELLI_AGENT_EXPORT_FILTERS_H

#include "agent/settings.h"
#include "base/error.h"
#include "filter/field_filter.h"
#include "filter/filter_list.h"
#include "filter/redaction.h"

/* What is left of events on their way to the file and to standard output. All zero: everything. */
struct export_filters {
	struct event_filter events;
	struct field_filters fields;
};

/* Reads those of the settings. Returns 0, or negative errno with the option and the place in its
 * value, and nothing in @ret. */
int export_filters_read(const struct settings *settings, struct export_filters *ret,
			struct error **reterr);

void export_filters_done(struct export_filters *filters);

/* The same of the redaction filters, of which there have to be some. */
int export_filters_read_redaction(const struct settings *settings, struct redaction **ret,
				  struct error **reterr);

/* What filters of clients may ask for; those of the options need more. */
struct filter_rules export_filters_rules(const struct settings *settings);

#endif
