// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "filter/label_selector.h"
#include "messages.h"

#include <errno.h>

static bool matches(const char *text, const Tetragon__Pod *pod)
{
	struct label_selector *selector = NULL;
	bool result;

	assert_int_equal(label_selector_new(text, &selector, NULL), 0);
	result = label_selector_match(selector, pod->pod_labels, pod->n_pod_labels);
	label_selector_free(&selector);
	label_selector_free(&selector);
	return result;
}

static void selects(void **state)
{
	static const struct {
		const char *text;
		bool result;
	} cases[] = {
		{"", true},
		{"  ", true},
		{"app", true},
		{"none", false},
		{"!none", true},
		{"! app", false},
		{"app=web", true},
		{"app == web", true},
		{"app=we", false},
		{"none=web", false},
		{"empty=", true},
		{"app=", false},
		{"app!=web", false},
		{"app != db", true},
		{"none!=web", true},
		{"app in (db, web)", true},
		{"app in (db)", false},
		{"app in(web)", true},
		{"none in (web)", false},
		{"empty in ()", true},
		{"app notin (db)", true},
		{"app notin (db,web)", false},
		{"none notin (web)", true},
		{"cpus>3", true},
		{"cpus > 4", false},
		{"cpus<5", true},
		{"cpus < 4", false},
		{"app>1", false},
		{"none<1", false},
		{"app=web,cpus>3,!none", true},
		{"app=web,cpus>4", false},
		{"k8s.io/name=x", true},
		{"k8s.io/name", true},
		{"in", false},
		{"in in (in)", false},
		{"notin", true},
		{"notin=in", true},
	};
	_cleanup_message_ Tetragon__Pod *pod =
		message_new(&tetragon__pod__descriptor,
			    "{\"pod_labels\":{\"app\":\"web\",\"empty\":\"\",\"cpus\":\"4\","
			    "\"k8s.io/name\":\"x\",\"notin\":\"in\"}}");

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (matches(cases[i].text, pod) != cases[i].result)
			fail_msg("\"%s\" is not %d", cases[i].text, cases[i].result);
}

static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{",", "bad selector \",\": a label is missing at offset 0"},
		{"a,", "bad selector \"a,\": a label is missing at offset 2"},
		{"a b", "bad selector \"a b\": \",\" is missing at offset 2"},
		{"-a", "bad selector \"-a\": -a is no label at offset 0"},
		{"a/b/c", "bad selector \"a/b/c\": a/b/c is no label at offset 0"},
		{"A.b/c", "bad selector \"A.b/c\": A.b/c is no label at offset 0"},
		{"/c", "bad selector \"/c\": /c is no label at offset 0"},
		{"a=b*", "bad selector \"a=b*\": b* is no value of a label at offset 2"},
		{"a in b", "bad selector \"a in b\": \"(\" is missing at offset 5"},
		{"a in (b", "bad selector \"a in (b\": \")\" is missing at offset 7"},
		{"a>x", "bad selector \"a>x\": a number is missing at offset 2"},
		{"a>", "bad selector \"a>\": a number is missing at offset 2"},
		{"a=b=c", "bad selector \"a=b=c\": \",\" is missing at offset 3"},
		{"!a=b", "bad selector \"!a=b\": \",\" is missing at offset 2"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_error_ struct error *err = NULL;
		struct label_selector *selector = NULL;

		assert_int_equal(label_selector_new(cases[i].text, &selector, &err), -EINVAL);
		assert_null(selector);
		assert_string_equal(err->message, cases[i].message);
	}
}

static void has_limits(void **state)
{
	_cleanup_error_ struct error *err = NULL;
	struct label_selector *selector = NULL;
	char text[LABEL_SELECTOR_MAX + 2];

	memset(text, 'a', 63);
	text[63] = '\0';
	assert_int_equal(label_selector_new(text, &selector, NULL), 0);
	label_selector_free(&selector);
	memset(text, 'a', 64);
	text[64] = '\0';
	assert_int_equal(label_selector_new(text, &selector, NULL), -EINVAL);

	memset(text, ' ', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(label_selector_new(text, &selector, &err), -E2BIG);
	assert_string_equal(err->message, "a selector of 4097 bytes; the limit is 4096");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selects),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(has_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
