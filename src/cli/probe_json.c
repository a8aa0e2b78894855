// SPDX-License-Identifier: Apache-2.0
#include "cli/probe_report.h"
#include "event/json.h"

#include <string.h>

static void append_string(struct str *out, const char *value)
{
	if (value)
		json_write_string(out, value, strlen(value));
	else
		str_append_lit(out, "null");
}

/* Appends a member, after a comma unless it is the first of its object. */
static void append_member(struct str *out, const char *name, const char *value)
{
	if (out->len > 0 && out->data[out->len - 1] != '{')
		str_append_char(out, ',');
	append_string(out, name);
	str_append_char(out, ':');
	append_string(out, value);
}

static const char *bool_name(bool b)
{
	return b ? "true" : "false";
}

static void append_feature(struct str *out, const struct feature *feature,
			   const struct finding *finding)
{
	str_append_char(out, '{');
	append_member(out, "name", feature->name);
	append_member(out, "group", feature_group_name(feature->group));
	append_member(out, "title", feature->title);
	append_member(out, "state", feature_state_name(finding->state));
	append_member(out, "error", finding_error_name(finding->error));
	str_append_lit(out, ",\"evidence\":");
	json_write_string(out, finding->evidence.data, finding->evidence.len);
	append_member(out, "consequence", feature->consequence);
	append_member(out, "remedy", feature->remedy);
	append_member(out, "reference", feature->reference);
	str_appendf(out, ",\"core\":%s}", bool_name(feature->core));
}

void probe_json(struct str *out, const struct probe_report *report)
{
	enum feature_state core = probe_report_core(report);

	str_append_char(out, '{');
	append_member(out, "kernel", report->kernel);
	append_member(out, "machine", report->machine);
	str_appendf(out, ",\"process_events\":%s",
		    core == FEATURE_UNKNOWN ? "null" : bool_name(core == FEATURE_PRESENT));
	str_append_lit(out, ",\"features\":[\n");
	for (size_t i = 0; i < feature_count(); i++) {
		append_feature(out, feature_at(i), &report->findings[i]);
		str_append_z(out, i + 1 < feature_count() ? ",\n" : "\n");
	}
	str_append_lit(out, "]}\n");
}

void probe_config_json(struct str *out, const char *kernel, const char *machine,
		       const struct kconfig *config)
{
	str_append_char(out, '{');
	append_member(out, "kernel", kernel);
	append_member(out, "machine", machine);
	append_member(out, "source", config->source);
	str_append_lit(out, ",\"options\":[\n");
	for (size_t i = 0; i < kconfig_count(); i++) {
		const struct kconfig_option *option = kconfig_at(i);

		str_append_char(out, '{');
		append_member(out, "name", option->name);
		append_member(out, "value", kconfig_value(config, i));
		append_member(out, "use", option->use);
		str_appendf(out, ",\"reference\":%s}%s\n", bool_name(option->reference),
			    i + 1 < kconfig_count() ? "," : "");
	}
	str_append_lit(out, "]}\n");
}
