// SPDX-License-Identifier: Apache-2.0
#include "cli/probe_report.h"
#include "cli/json_members.h"

static void put_feature(struct str *out, const struct feature *feature,
			const struct finding *finding)
{
	json_put_begin(out, NULL, '{');
	json_put_string(out, "name", feature->name);
	json_put_string(out, "group", feature_group_name(feature->group));
	json_put_string(out, "title", feature->title);
	json_put_string(out, "state", feature_state_name(finding->state));
	json_put_string(out, "error", finding_error_name(finding->error));
	json_put_bytes(out, "evidence", finding->evidence.data, finding->evidence.len);
	json_put_string(out, "consequence", feature->consequence);
	json_put_string(out, "remedy", feature->remedy);
	json_put_string(out, "reference", feature->reference);
	json_put_bool(out, "core", feature->core);
	json_put_end(out, '}');
	str_append_char(out, '\n');
}

void probe_json(struct str *out, const struct probe_report *report)
{
	enum feature_state core = probe_report_core(report);

	json_put_begin(out, NULL, '{');
	json_put_string(out, "kernel", report->kernel);
	json_put_string(out, "machine", report->machine);
	if (core == FEATURE_UNKNOWN)
		json_put_string(out, "process_events", NULL);
	else
		json_put_bool(out, "process_events", core == FEATURE_PRESENT);
	json_put_begin(out, "features", '[');
	str_append_char(out, '\n');
	for (size_t i = 0; i < feature_count(); i++)
		put_feature(out, feature_at(i), &report->findings[i]);
	str_append_lit(out, "]}\n");
}

void probe_config_json(struct str *out, const char *kernel, const char *machine,
		       const struct kconfig *config)
{
	json_put_begin(out, NULL, '{');
	json_put_string(out, "kernel", kernel);
	json_put_string(out, "machine", machine);
	json_put_string(out, "source", config->source);
	json_put_begin(out, "options", '[');
	str_append_char(out, '\n');
	for (size_t i = 0; i < kconfig_count(); i++) {
		const struct kconfig_option *option = kconfig_at(i);

		json_put_begin(out, NULL, '{');
		json_put_string(out, "name", option->name);
		json_put_string(out, "value", kconfig_value(config, i));
		json_put_string(out, "use", option->use);
		json_put_bool(out, "reference", option->reference);
		json_put_end(out, '}');
		str_append_char(out, '\n');
	}
	str_append_lit(out, "]}\n");
}
