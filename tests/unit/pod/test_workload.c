// SPDX-License-Identifier: Apache-2.0
#include "pod/workload.h"
#include "unit.h"

#include <string.h>

static void test_workloads(void **state)
{
	static const struct {
		const char *pod;
		struct pod_label label;
		const char *kind, *name; /* NULL: it is not certain */
	} v[] = {
		{"web-7d4b9c6f5d-x2x5z", {"pod-template-hash", "7d4b9c6f5d"}, "Deployment", "web"},
		{"a-b-7d4b9-x2x5z", {"pod-template-hash", "7d4b9"}, "Deployment", "a-b"},
		{"web-x2x5z", {"pod-template-hash", "7d4b9"}, NULL, NULL},
		{"-7d4b9-x2x5z", {"pod-template-hash", "7d4b9"}, NULL, NULL},
		{"db-0", {"statefulset.kubernetes.io/pod-name", "db-0"}, "StatefulSet", "db"},
		{"db-12", {"statefulset.kubernetes.io/pod-name", "db-12"}, "StatefulSet", "db"},
		{"db-0", {"statefulset.kubernetes.io/pod-name", "other-0"}, NULL, NULL},
		{"db-", {"statefulset.kubernetes.io/pod-name", "db-"}, NULL, NULL},
		{"log-abcde", {"pod-template-generation", "3"}, "DaemonSet", "log"},
		{"import-abcde", {"job-name", "import"}, "Job", "import"},
		{"nightly-28123456-abcde", {"job-name", "nightly-28123456"}, "CronJob", "nightly"},
		{"nightly-123-abcde", {"job-name", "nightly-123"}, "Job", "nightly-123"},
		{"web", {"app", "web"}, NULL, NULL},
		{"x", {"job-name", ""}, NULL, NULL},
		{"", {"pod-template-hash", ""}, NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		const struct pod_container c = {
			.pod_name = v[i].pod,
			.labels = &v[i].label,
			.n_labels = 1,
		};
		struct workload w = {"none", "", 0};

		assert_int_equal(workload_of(&c, &w), v[i].kind != NULL);
		if (!v[i].kind)
			continue;
		assert_string_equal(w.kind, v[i].kind);
		assert_int_equal(w.len, strlen(v[i].name));
		assert_memory_equal(w.name, v[i].name, w.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_workloads)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
