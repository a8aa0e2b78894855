// SPDX-License-Identifier: Apache-2.0
#include "made.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <stdlib.h>

/*
 * What is said of bad policies, word by word: golden/NAME.yaml with
 * golden/NAME.txt. OCELLI_UPDATE=1 writes the latter anew, to be read.
 */
#define GOLDEN OCELLI_SOURCE_ROOT "/tests/unit/policy/golden"

static void read_file(const char *path, struct str *out)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	int c;

	while (file && (c = fgetc(file)) != EOF)
		str_append_char(out, (char)c);
	assert_non_null(str_cstr(out));
}

static void write_file(const char *path, const struct str *text)
{
	_cleanup_fclose_ FILE *file = fopen(path, "we");

	assert_non_null(file);
	fwrite(text->data, 1, text->len, file);
}

static void check(const char *name)
{
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_str_ struct str text = STR_INIT, expected = STR_INIT, said = STR_INIT;
	char path[512];

	snprintf(path, sizeof(path), GOLDEN "/%s", name);
	read_file(path, &text);
	snprintf(path, sizeof(path), GOLDEN "/%.*s.txt", (int)(strlen(name) - strlen(".yaml")),
		 name);
	read_file(path, &expected);
	assert_int_equal(policies_read(&policies, &diags, name, text.data, text.len), 0);
	for (size_t i = 0; i < diags.n; i++)
		finding_text(diags.v[i], &said);
	assert_non_null(str_cstr(&said));
	if (getenv("OCELLI_UPDATE"))
		write_file(path, &said);
	else
		assert_string_equal(said.data, expected.data);
}

static void test_golden(void **state)
{
	DIR *dir = opendir(GOLDEN);
	const struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".yaml") != 0)
			continue;
		check(entry->d_name);
		n++;
	}
	closedir(dir);
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
