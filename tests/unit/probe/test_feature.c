// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "probe/feature.h"

#include <errno.h>
#include <string.h>

/* What "tetra probe" tells of. */
static const char *const reference_names[] = {
	"override_return",
	"buildid",
	"kprobe_multi",
	"uprobe_multi",
	"fmodret",
	"fmodret_syscall",
	"signal",
	"large",
	"link_pin",
	"lsm",
	"missed_stats_kprobe_multi",
	"missed_stats_kprobe",
	"batch_update",
	"uprobe_refctroff",
	"audit_loginuid",
	"probe_write_user",
	"uprobe_regs_change",
	"mix_bpf_and_tail_calls",
	"fentry",
	"get_func_ret",
	"substring_kfunc",
	"copy_from_user_str",
};

static void each_has_a_name_of_its_own(void **state)
{
	assert_true(feature_count() > 0);
	for (size_t i = 0; i < feature_count(); i++) {
		const char *name = feature_at(i)->name;

		assert_true(strlen(name) > 0);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
				 strlen(name));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(name, feature_at(j)->name);
	}
}

static void check_text(const char *text)
{
	assert_non_null(text);
	assert_true(strlen(text) > 0);
	assert_null(strstr(text, "  "));
	assert_true(text[strlen(text) - 1] != ' ');
	assert_null(strchr(text, '\n'));
}

static void each_absence_has_a_consequence_and_a_remedy(void **state)
{
	for (size_t i = 0; i < feature_count(); i++) {
		const struct feature *feature = feature_at(i);

		check_text(feature->title);
		check_text(feature->consequence);
		check_text(feature->remedy);
		assert_true(feature->title[strlen(feature->title) - 1] != '.');
		assert_int_equal(feature->consequence[strlen(feature->consequence) - 1], '.');
		assert_non_null(feature->probe);
	}
}

static void each_of_the_reference_is_covered_once(void **state)
{
	size_t n = 0;

	for (size_t i = 0; i < feature_count(); i++)
		n += feature_at(i)->reference != NULL;
	assert_int_equal(n, ARRAY_SIZE(reference_names));
	for (size_t i = 0; i < ARRAY_SIZE(reference_names); i++) {
		size_t found = 0;

		for (size_t j = 0; j < feature_count(); j++)
			found += feature_at(j)->reference &&
				 !strcmp(feature_at(j)->reference, reference_names[i]);
		assert_int_equal(found, 1);
	}
}

static void they_come_group_by_group(void **state)
{
	bool seen[_FEATURE_GROUP_MAX] = {0};

	for (size_t i = 0; i < feature_count(); i++) {
		enum feature_group group = feature_at(i)->group;

		assert_true(group < _FEATURE_GROUP_MAX);
		assert_true(i == 0 || group >= feature_at(i - 1)->group);
		seen[group] = true;
		/* What process events need is in no other group. */
		assert_true(!feature_at(i)->core || group == FEATURE_GROUP_PROCESS);
	}
	for (size_t i = 0; i < _FEATURE_GROUP_MAX; i++) {
		assert_true(seen[i]);
		check_text(feature_group_name(i));
		check_text(feature_group_title(i));
	}
}

static void states_have_names(void **state)
{
	assert_string_equal(feature_state_name(FEATURE_PRESENT), "present");
	assert_string_equal(feature_state_name(FEATURE_ABSENT), "absent");
	assert_string_equal(feature_state_name(FEATURE_UNKNOWN), "unknown");
}

static void findings_replace_each_other(void **state)
{
	_cleanup_finding_ struct finding finding = {0};

	finding_unknown(&finding, EPERM, "trying %s", "it");
	assert_int_equal(finding.state, FEATURE_UNKNOWN);
	assert_int_equal(finding.error, EPERM);
	assert_string_equal(str_cstr(&finding.evidence), "trying it: Operation not permitted");
	finding_absent(&finding, 0, "there is no %s", "it");
	assert_int_equal(finding.state, FEATURE_ABSENT);
	assert_int_equal(finding.error, 0);
	assert_string_equal(str_cstr(&finding.evidence), "there is no it");
	finding_present(&finding, "it is");
	assert_int_equal(finding.state, FEATURE_PRESENT);
	assert_string_equal(str_cstr(&finding.evidence), "it is");
}

static void errors_have_names(void **state)
{
	_cleanup_finding_ struct finding finding = {0};

	assert_null(finding_error_name(0));
	assert_string_equal(finding_error_name(EPERM), "EPERM");
	assert_string_equal(finding_error_name(524), "ENOTSUPP");
	assert_null(finding_error_name(12345));
	finding_absent(&finding, 524, "trying");
	assert_string_equal(str_cstr(&finding.evidence),
			    "trying: Operation not supported here (ENOTSUPP)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_a_name_of_its_own),
		cmocka_unit_test(each_absence_has_a_consequence_and_a_remedy),
		cmocka_unit_test(each_of_the_reference_is_covered_once),
		cmocka_unit_test(they_come_group_by_group),
		cmocka_unit_test(states_have_names),
		cmocka_unit_test(findings_replace_each_other),
		cmocka_unit_test(errors_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
