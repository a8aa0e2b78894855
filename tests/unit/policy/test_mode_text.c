// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "policy/mode_text.h"

#include <errno.h>
#include <string.h>

#define HEAD "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\nmetadata: {name: p}\n"
#define MONITOR "{name: policy-mode, value: monitor}"

static void check(const char *text, const char *expected)
{
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str out = STR_INIT;

	if (policy_mode_text(text, strlen(text), POLICY_MODE_MONITOR, &out, &err) < 0)
		fail_msg("%s: %s", text, err->message);
	assert_string_equal(str_cstr(&out), expected);
}

static void test_written(void **state)
{
	/* No options yet. */
	check(HEAD "spec:\n  # why\n  loader: true # too\n",
	      HEAD "spec:\n  # why\n  options:\n  - " MONITOR "\n  loader: true # too\n");
	check(HEAD "spec: {loader: true}\n", HEAD "spec: {options: [" MONITOR "], loader: true}\n");
	check("spec:\n  loader: true\n" HEAD,
	      "spec:\n  options:\n  - " MONITOR "\n  loader: true\n" HEAD);
	/* Others. */
	check(HEAD "spec:\n  options:\n    - name: disable-kprobe-multi\n      value: \"1\"\n",
	      HEAD "spec:\n  options:\n    - " MONITOR
		   "\n    - name: disable-kprobe-multi\n      value: \"1\"\n");
	check(HEAD "spec:\n  options: [{name: disable-kprobe-multi, value: \"1\"}]\n",
	      HEAD "spec:\n  options: [" MONITOR ", {name: disable-kprobe-multi, value: \"1\"}]\n");
	check(HEAD "spec:\n  options: []\n  loader: true\n",
	      HEAD "spec:\n  options: [" MONITOR ", ]\n  loader: true\n");
	/* That one. */
	check(HEAD "spec:\n  options:\n  - name: policy-mode\n    value: enforce # now\n",
	      HEAD "spec:\n  options:\n  - name: policy-mode\n    value: monitor # now\n");
	check(HEAD "spec: {options: [{value: 'enforce', name: policy-mode}]}\n",
	      HEAD "spec: {options: [{value: monitor, name: policy-mode}]}\n");
	check(HEAD "spec:\n  options:\n  - {name: policy-mode, value: monitor}\n",
	      HEAD "spec:\n  options:\n  - {name: policy-mode, value: monitor}\n");
	/* Of two the last counts; columns are characters. */
	check(HEAD "spec: {options: [{name: policy-mode, value: enforce}, {name: policy-mode, "
		   "value: \"enforce\"}]}\n",
	      HEAD "spec: {options: [{name: policy-mode, value: enforce}, {name: policy-mode, "
		   "value: monitor}]}\n");
	check("metadata: {name: p, labels: {\xc3\xa4: b}}\nkind: TracingPolicy\n"
	      "apiVersion: cilium.io/v1alpha1\nspec: {# \xc3\xa4\n loader: true}\n",
	      "metadata: {name: p, labels: {\xc3\xa4: b}}\nkind: TracingPolicy\n"
	      "apiVersion: cilium.io/v1alpha1\nspec: {options: [" MONITOR
	      "], # \xc3\xa4\n loader: true}\n");
}

static void test_not_written(void **state)
{
	static const struct {
		const char *text, *told;
	} cases[] = {
		{"", "no policy"},
		{HEAD "spec: {nothing: 1}\n", "4:8"},
		{HEAD "spec: {loader: true}\n---\n" HEAD "spec: {loader: true}\n", "2 policies"},
		{HEAD "spec:\n  options:\n  loader: true\n", "cannot be written"},
		{HEAD "spec: &s {loader: true}\n", NULL},
		{HEAD "spec: {options: [{name: policy-mode, value: &m enforce}]}\n", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		_cleanup_str_ struct str out = STR_INIT;
		const char *text = cases[i].text;
		int r = policy_mode_text(text, strlen(text), POLICY_MODE_MONITOR, &out, &err);

		/* What is strange may work, or is refused: it is never wrong. */
		if (!cases[i].told) {
			assert_true(r == 0 || (r == -EINVAL && err->remedy));
			continue;
		}
		assert_int_equal(r, -EINVAL);
		assert_non_null(strstr(err->message, cases[i].told));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
