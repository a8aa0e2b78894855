// SPDX-License-Identifier: Apache-2.0
#include "agent/export_filters.h"

#include <string.h>

void export_filters_done(struct export_filters *filters)
{
	event_filter_free(&filters->events);
	field_filters_free(&filters->fields);
}

struct filter_rules export_filters_rules(const struct settings *s)
{
	return (struct filter_rules){
		.no_ancestors =
			s->enable_ancestors.n ? NULL : "start ocellid with --enable-ancestors",
	};
}

static int read_list(const char *text, const char *option, const struct filter_rules *rules,
		     struct filter_list *to, struct error **reterr)
{
	return text ? filter_list_read(to, text, strlen(text), option, rules, reterr) : 0;
}

int export_filters_read_redaction(const struct settings *s, struct redaction **ret,
				  struct error **reterr)
{
	return redaction_read(s->redaction_filters, strlen(s->redaction_filters),
			      "redaction-filters", ret, reterr);
}

static int read_all(const struct settings *s, struct export_filters *to, struct error **reterr)
{
	struct filter_rules rules = export_filters_rules(s);
	int r;

	if (!s->enable_pid_set_filter)
		rules.no_pid_set = "set enable-pid-set-filter, too";
	r = read_list(s->export_allowlist, "export-allowlist", &rules, &to->events.allow, reterr);
	if (r >= 0)
		r = read_list(s->export_denylist, "export-denylist", &rules, &to->events.deny,
			      reterr);
	if (r >= 0 && s->field_filters)
		r = field_filters_read(&to->fields, s->field_filters, strlen(s->field_filters),
				       "field-filters", reterr);
	return r;
}

int export_filters_read(const struct settings *s, struct export_filters *ret, struct error **reterr)
{
	struct export_filters filters = {0};
	int r = read_all(s, &filters, reterr);

	if (r < 0)
		export_filters_done(&filters);
	else
		*ret = filters;
	return r;
}
