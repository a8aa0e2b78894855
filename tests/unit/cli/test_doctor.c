// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "cli/doctor.h"
#include "tmpdir.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct diagnosis *find(const struct doctor *doctor, const char *check)
{
	for (size_t i = 0; i < doctor->n; i++)
		if (!strcmp(doctor->v[i].check, check))
			return &doctor->v[i];
	return NULL;
}

static void write_number(const char *root, const char *dir, const char *name, const char *number)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "mkdir -p %s%s", root, dir);
	assert_int_equal(system(path), 0);
	snprintf(path, sizeof(path), "%s%s/%s", root, dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fprintf(f, "%s\n", number);
	fclose(f);
}

/* What each setting of the kernel means. */
static void settings(void **state)
{
	static const struct {
		const char *dir, *name, *number, *check;
		enum verdict verdict;
	} cases[] = {
		{"/proc/sys/net/core", "bpf_jit_enable", "0", "bpf_jit", VERDICT_WARNING},
		{"/proc/sys/net/core", "bpf_jit_enable", "2", "bpf_jit", VERDICT_OK},
		{"/sys/kernel/debug/kprobes", "enabled", "0", "kprobes", VERDICT_WARNING},
		{"/sys/kernel/debug/kprobes", "enabled", "1", "kprobes", VERDICT_OK},
	};

	char root[128];

	assert_int_equal(tmpdir_make(root, sizeof(root)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(doctor_done) struct doctor doctor = {.root = root};
		const struct diagnosis *d;

		write_number(root, cases[i].dir, cases[i].name, cases[i].number);
		doctor_host(&doctor);
		d = find(&doctor, cases[i].check);
		assert_non_null(d);
		assert_int_equal(d->verdict, cases[i].verdict);
		assert_int_equal(d->remedy.len > 0, d->verdict != VERDICT_OK);
	}
	assert_int_equal(tmpdir_remove(root), 0);
}

static void what_is_not_there_is_no_problem(void **state)
{
	_cleanup_(doctor_done) struct doctor doctor = {.root = "/nowhere"};

	doctor_host(&doctor);
	assert_int_equal(doctor.counts[VERDICT_PROBLEM], 0);
	assert_null(find(&doctor, "kprobes"));
	assert_non_null(find(&doctor, "clock"));
}

static void fill(struct doctor *doctor)
{
	doctor_says(doctor, "good", VERDICT_OK, NULL, "it is");
	doctor_says(doctor, "missing", VERDICT_NOTE, "get it", "it is not");
	doctor_says(doctor, "slow", VERDICT_WARNING, NULL, "it is %s", "slow\x1b");
	doctor_says(doctor, "bad", VERDICT_PROBLEM, "mend it", "it is bad");
}

static void text(void **state)
{
	_cleanup_(doctor_done) struct doctor doctor = {.root = ""};
	_cleanup_str_ struct str some = STR_INIT, all = STR_INIT;

	fill(&doctor);
	doctor_text(&some, &doctor, false, false);
	assert_string_equal(str_cstr(&some),
			    "problem  bad                      it is bad\n"
			    "         \xe2\x96\xba mend it\n"
			    "warning  slow                     it is slow\\x1b\n"
			    "note     not to be had here (\"ocelli doctor --all\" tells more):\n"
			    "         missing\n"
			    "Problems: 1. Warnings: 1. Unknown: 0. Notes: 1. Good: 1.\n");
	doctor_text(&all, &doctor, true, true);
	assert_non_null(strstr(str_cstr(&all), "\x1b[31mproblem"));
	assert_non_null(strstr(all.data, "it is not\n         \xe2\x96\xba get it\n"));
	assert_non_null(strstr(all.data, "good"));
}

static void json(void **state)
{
	_cleanup_(doctor_done) struct doctor doctor = {.root = ""};
	_cleanup_str_ struct str out = STR_INIT;
	json_t *found, *checks;

	fill(&doctor);
	doctor_json(&out, &doctor);
	found = json_loadb(out.data, out.len, 0, NULL);
	assert_non_null(found);
	checks = json_object_get(found, "checks");
	assert_true(json_is_false(json_object_get(found, "well")));
	assert_int_equal(json_array_size(checks), 4);
	assert_string_equal(json_string_value(json_object_get(json_array_get(checks, 3), "remedy")),
			    "mend it");
	assert_true(json_is_null(json_object_get(json_array_get(checks, 0), "remedy")));
	json_decref(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings),
		cmocka_unit_test(what_is_not_there_is_no_problem),
		cmocka_unit_test(text),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
