// SPDX-License-Identifier: Apache-2.0
#include "cri/cri.h"
#include "unit.h"

#include <errno.h>

static void test_cgroups(void **state)
{
	static const struct {
		const char *text, *path; /* NULL: it is none */
	} v[] = {
		{"/kubepods/burstable/pod1/abc", "/kubepods/burstable/pod1/abc"},
		{"system.slice:runc:434234", "/system.slice/runc-434234.scope"},
		{"kubepods-burstable-pod1.slice:cri-containerd:abc",
		 "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/"
		 "cri-containerd-abc.scope"},
		{"-.slice:docker:abc", "/docker-abc.scope"},
		{"a.slice::b.slice", "/a.slice/b.slice"},
		{"", NULL},
		{"abc", NULL},
		{"a.slice:b", NULL},
		{"a.slice:b:c:d", NULL},
		{"a.scope:b:c", NULL},
		{".slice:b:c", NULL},
		{"a--b.slice:b:c", NULL},
		{"-a.slice:b:c", NULL},
		{"a-.slice:b:c", NULL},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		struct str out = STR_INIT;
		int r = cri_parse_cgroup(v[i].text, &out);

		assert_non_null(str_cstr(&out));
		if (r != (v[i].path ? 0 : -EINVAL))
			fail_msg("%s: %d", v[i].text, r);
		if (v[i].path)
			assert_string_equal(out.data, v[i].path);
		str_free(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cgroups)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
