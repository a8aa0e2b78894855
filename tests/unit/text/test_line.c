// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "text/line.h"

static Tetragon__CapabilitiesType admin[] = {TETRAGON__CAPABILITIES_TYPE__CAP_CHOWN,
					     TETRAGON__CAPABILITIES_TYPE__CAP_SYS_ADMIN};

static const char *process_line(struct str *out, bool color, Tetragon__Process *process,
				const char *detail)
{
	struct line line;

	str_append_lit(out, "before ");
	line_begin(&line, out, color);
	line_title(&line, LINE_BLUE, "*", "exec");
	line_process(&line, "node", process);
	str_append_z(out, detail);
	line_caps(&line, process);
	return str_cstr(out);
}

static void plain(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	Tetragon__Process process = TETRAGON__PROCESS__INIT;

	process.binary = (char *)"/a b";
	assert_string_equal(process_line(&out, false, &process, ""),
			    "before * exec    node \"/a b\"");
}

static void pod_instead_of_node(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	Tetragon__Process process = TETRAGON__PROCESS__INIT;
	Tetragon__Pod pod = TETRAGON__POD__INIT;

	process.binary = (char *)"/a";
	process.pod = &pod;
	pod.namespace_ = (char *)"ns";
	pod.name = (char *)"pod";
	assert_string_equal(process_line(&out, false, &process, ""), "before * exec    ns/pod /a");
}

static void no_process(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;

	assert_string_equal(process_line(&out, false, NULL, ""), "before * exec    node ?");
}

static void colours(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	Tetragon__Process process = TETRAGON__PROCESS__INIT;

	process.binary = (char *)"/a";
	assert_string_equal(
		process_line(&out, true, &process, ""),
		"before \x1b[34m* exec   \x1b[0m \x1b[32mnode\x1b[0m \x1b[35m/a\x1b[0m");
}

/* Where the capabilities stand does not depend on colours. */
static void capabilities_end_in_one_column(void **state)
{
	Tetragon__Process process = TETRAGON__PROCESS__INIT;
	Tetragon__Capabilities cap = TETRAGON__CAPABILITIES__INIT;

	process.binary = (char *)"/a";
	process.cap = &cap;
	cap.effective = admin;
	cap.n_effective = 1;
	for (int color = 0; color < 2; color++) {
		_cleanup_str_ struct str out = STR_INIT;

		assert_null(strstr(process_line(&out, color, &process, ""), "CAP"));
	}
	cap.n_effective = 2;
	for (int color = 0; color < 2; color++) {
		_cleanup_str_ struct str out = STR_INIT;
		const char *text = process_line(&out, color, &process, " detail"), *caps;
		size_t codes = 0;

		caps = strstr(text, color ? "\x1b[35m🛑 CAP_SYS_ADMIN\x1b[0m" : "🛑 CAP_SYS_ADMIN");
		assert_non_null(caps);
		for (const char *p = text; p < caps; p++)
			codes += *p == '\x1b' ? (p[2] == '0' ? 4 : 5) : 0;
		assert_int_equal((size_t)(caps - text) - strlen("before ") - codes,
				 1 + 120 - strlen("x CAP_SYS_ADMIN"));
	}
}

static void capabilities_follow_long_lines(void **state)
{
	_cleanup_str_ struct str out = STR_INIT;
	Tetragon__Process process = TETRAGON__PROCESS__INIT;
	Tetragon__Capabilities cap = TETRAGON__CAPABILITIES__INIT;
	char detail[200];
	const char *text;

	memset(detail, 'x', sizeof(detail) - 1);
	detail[sizeof(detail) - 1] = '\0';
	process.cap = &cap;
	cap.effective = admin;
	cap.n_effective = 2;
	text = process_line(&out, false, &process, detail);
	assert_non_null(strstr(text, "x 🛑 CAP_SYS_ADMIN"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(pod_instead_of_node),
		cmocka_unit_test(no_process),
		cmocka_unit_test(colours),
		cmocka_unit_test(capabilities_end_in_one_column),
		cmocka_unit_test(capabilities_follow_long_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
