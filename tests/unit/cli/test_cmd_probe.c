// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "program.h"

/* Probing itself is for tests that may. */
static const struct {
	const char *args;
	int status;
	const char *out, *err; /* what is in them; "" for nothing at all */
} runs[] = {
	{"probe --help", STATUS_OK, "Usage: ocelli probe [OPTION...] [config]", ""},
	{"help probe", STATUS_OK, "Exit status: 0 when process events can run here", ""},
	{"help", STATUS_OK, " Tell what the running kernel has", ""},
	{"probe x", STATUS_USAGE, "", "probe takes no argument but \"config\""},
	{"probe config x", STATUS_USAGE, "", "probe takes no argument but \"config\""},
	{"probe --output xml", STATUS_USAGE, "", "--output"},
	{"probe --ouput json", STATUS_USAGE, "", "--output"},
	{"probe --color", STATUS_USAGE, "", "--color"},
	{"probe --tls-skip-verify x", STATUS_USAGE, "", "takes no argument"},
	{"prob", STATUS_USAGE, "", "(did you mean probe?)"},
};

static void contains(const struct str *text, const char *wanted)
{
	if (!wanted[0])
		assert_string_equal(text->data, "");
	else if (!strstr(text->data, wanted))
		fail_msg("\"%s\" is not in \"%s\"", wanted, text->data);
}

static void command_line(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++) {
		_cleanup_str_ struct str out = STR_INIT, err = STR_INIT;

		assert_int_equal(program_run(runs[i].args, "", 0, &out, &err), runs[i].status);
		contains(&out, runs[i].out);
		contains(&err, runs[i].err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(command_line)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
