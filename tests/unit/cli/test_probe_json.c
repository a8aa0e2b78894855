// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "probe_results.h"

#include <errno.h>
#include <jansson.h>

static json_t *parse(struct str *text)
{
	json_t *root = json_loadb(text->data, text->len, JSON_REJECT_DUPLICATES, NULL);

	if (!root)
		fail_msg("no JSON: %s", str_cstr(text));
	return root;
}

static json_t *render(const struct finding *findings)
{
	const struct probe_report report = {
		.kernel = "6.1.0", .machine = "x86_64", .findings = findings};
	_cleanup_str_ struct str text = STR_INIT;

	probe_json(&text, &report);
	return parse(&text);
}

static void check(const json_t *object, const char *name, const char *value)
{
	const json_t *member = json_object_get(object, name);

	assert_non_null(member);
	if (value)
		assert_string_equal(json_string_value(member), value);
	else
		assert_true(json_is_null(member));
}

static void check_feature(const json_t *object, const struct feature *feature)
{
	check(object, "name", feature->name);
	check(object, "group", feature_group_name(feature->group));
	check(object, "title", feature->title);
	check(object, "consequence", feature->consequence);
	check(object, "remedy", feature->remedy);
	check(object, "reference", feature->reference);
	assert_int_equal(json_is_true(json_object_get(object, "core")), feature->core);
}

static void all_is_in_it(void **state)
{
	_cleanup_results_ struct finding *findings = results_new();
	json_t *root = render(findings), *features = json_object_get(root, "features");

	check(root, "kernel", "6.1.0");
	check(root, "machine", "x86_64");
	assert_true(json_is_true(json_object_get(root, "process_events")));
	assert_int_equal(json_array_size(features), feature_count());
	for (size_t i = 0; i < feature_count(); i++) {
		const json_t *object = json_array_get(features, i);

		check_feature(object, feature_at(i));
		check(object, "state", "present");
		check(object, "evidence", "saw it");
		check(object, "error", NULL);
	}
	json_decref(root);
}

static void states(void **state)
{
	_cleanup_results_ struct finding *findings = results_new();
	json_t *root;

	finding_unknown(&findings[0], EPERM, "a \"b\" \x1b\xff");
	root = render(findings);
	check(json_array_get(json_object_get(root, "features"), 0), "state", "unknown");
	check(json_array_get(json_object_get(root, "features"), 0), "error", "EPERM");
	check(json_array_get(json_object_get(root, "features"), 0), "evidence",
	      "a \"b\" \x1b\xef\xbf\xbd: Operation not permitted");
	assert_true(json_is_null(json_object_get(root, "process_events")));
	json_decref(root);

	finding_absent(&findings[0], 0, "no");
	root = render(findings);
	check(json_array_get(json_object_get(root, "features"), 0), "state", "absent");
	check(json_array_get(json_object_get(root, "features"), 0), "error", NULL);
	assert_true(json_is_false(json_object_get(root, "process_events")));
	json_decref(root);
}

static void configuration(void **state)
{
	_cleanup_kconfig_ struct kconfig *config = kconfig_new();
	static const char set[] = "CONFIG_AUDIT=y\nCONFIG_LSM=\"bpf\"\n";
	_cleanup_str_ struct str text = STR_INIT;
	json_t *root, *options;

	config->source = strdup("/proc/config.gz");
	assert_int_equal(kconfig_parse(config, set, sizeof(set) - 1), 2);
	probe_config_json(&text, "6.1.0", "x86_64", config);
	root = parse(&text);
	options = json_object_get(root, "options");
	check(root, "kernel", "6.1.0");
	check(root, "source", "/proc/config.gz");
	assert_int_equal(json_array_size(options), kconfig_count());
	for (size_t i = 0; i < kconfig_count(); i++) {
		const json_t *object = json_array_get(options, i);
		const char *name = kconfig_at(i)->name;

		check(object, "name", name);
		check(object, "use", kconfig_at(i)->use);
		check(object, "value",
		      !strcmp(name, "CONFIG_AUDIT")
			      ? "y"
			      : (!strcmp(name, "CONFIG_LSM") ? "\"bpf\"" : "n"));
		assert_int_equal(json_is_true(json_object_get(object, "reference")),
				 kconfig_at(i)->reference);
	}
	json_decref(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_in_it),
		cmocka_unit_test(states),
		cmocka_unit_test(configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
