// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "cli/schema_place.h"

static void check(const char *path, const char *kind, const char *field, const char *type)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str got = STR_INIT;
	struct schema_place place;

	if (schema_place_find(path, &place, &err) < 0)
		fail_msg("%s: %s", path, err->message);
	assert_string_equal(place.resource->kind, kind);
	if (!field) {
		assert_null(place.field);
		return;
	}
	assert_string_equal(place.field->name, field);
	schema_append_type(place.field, place.is_entry, &got);
	assert_string_equal(str_cstr(&got), type);
}

static void test_found(void **state)
{
	static const char policy[] = "TracingPolicy";

	check("tracingpolicy", policy, NULL, NULL);
	check("TRACINGPOLICIES", policy, NULL, NULL);
	check("tgtp", policy, NULL, NULL);
	check("tgtpn", "TracingPolicyNamespaced", NULL, NULL);
	check("tgpi.status.podIPs.IP", "PodInfo", "IP", "string");
	check("tgtp.spec.kprobes", policy, "kprobes", "[]object");
	check("tgtp[spec][kprobes]", policy, "kprobes", "[]object");
	check("tgtp[spec].kprobes[0].call", policy, "call", "string");
	check("tgtp.spec.kprobes[].call", policy, "call", "string");
	check("tgtp.spec[kprobes][7][selectors][ matchPIDs ]", policy, "matchPIDs", "[]object");
	check(" tgtp . spec ", policy, "spec", "object");
	check("tgtp.spec.kprobes.selectors.matchPIDs.values", policy, "values", "[]integer");
	check("tgtp.metadata.labels", policy, "labels", "map[string]string");
	check("tgtp.metadata.labels.app", policy, "labels", "string");
	check("tgtp.spec.selectorsMacros", policy, "selectorsMacros", "map[string]object");
	check("tgtp.spec.selectorsMacros.mine", policy, "selectorsMacros", "object");
	check("tgtp.spec.selectorsMacros.mine.matchArgs.index", policy, "index", "integer");
}

static void test_not_found(void **state)
{
	static const struct {
		const char *path, *told;
	} v[] = {
		{"", "empty parts"},
		{"tgtp.", "empty parts"},
		{".tgtp", "empty parts"},
		{"tgtp..spec", "empty parts"},
		{"tgtp[spec", "does not end"},
		{"tgtp[spec]x", "there is a dot"},
		{"policy", "no resource \"policy\""},
		{"tgtp.spec.kprobe", "did you mean \"kprobes\"?"},
		{"tgtp.spec.x", "there are: containerSelector, "},
		{"tgtp.spec.kprobes.call.x", "nothing in it"},
		{"tgtp.metadata.labels.app.x", "nothing in it"},
		/* What clusters add. */
		{"tgtp.metadata.uid", "no field \"uid\""},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_free_ char *text = NULL;
		struct schema_place place;

		assert_true(schema_place_find(v[i].path, &place, &err) < 0);
		text = error_text(err);
		if (!strstr(text, v[i].told))
			fail_msg("%s: %s", v[i].path, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
