// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "program.h"

static void finding(void **state)
{
	assert_ptr_equal(command_find("getevents"), &getevents_command);
	assert_ptr_equal(command_find("events"), &getevents_command);
	assert_ptr_equal(command_find("help"), &help_command);
	assert_null(command_find("getevent"));
	assert_null(command_find(""));
}

static void help_names_all_that_is_not_hidden(void **state)
{
	const struct command *const commands[] = {&getevents_command, &help_command,
						  &version_command};
	_cleanup_str_ struct str program = STR_INIT;

	command_help(NULL, &program);
	assert_non_null(str_cstr(&program));
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		_cleanup_str_ struct str help = STR_INIT;

		assert_non_null(strstr(program.data, commands[i]->summary));
		command_help(commands[i], &help);
		assert_non_null(str_cstr(&help));
		for (size_t j = 0; j < commands[i]->n_options; j++) {
			const struct option_spec *o = &commands[i]->options[j];
			bool shown = strstr(help.data, o->help ? o->help : o->name);

			/* Long explanations are wrapped; their names will do. */
			if (!o->hidden && !o->refuse)
				assert_non_null(strstr(help.data, o->name));
			else
				assert_false(shown);
		}
	}
}

static const struct {
	const char *args;
	int status;
	const char *out, *err; /* what is in them; "" for nothing at all */
} runs[] = {
	{"", STATUS_USAGE, "", "Usage: ocelli [OPTION...] COMMAND"},
	{"--help", STATUS_OK, "Usage: ocelli [OPTION...] COMMAND", ""},
	{"-h", STATUS_OK, "Usage: ocelli [OPTION...] COMMAND", ""},
	{"help", STATUS_OK, "Usage: ocelli [OPTION...] COMMAND", ""},
	{"help getevents", STATUS_OK, "Usage: ocelli getevents", ""},
	{"help getevents version", STATUS_USAGE, "", "takes the name of one command"},
	{"help foo", STATUS_USAGE, "", "there is no command \"foo\""},
	{"getevents --help", STATUS_OK, "--include-fields", ""},
	{"version", STATUS_OK, "CLI version: " OCELLI_VERSION "\n", ""},
	{"version -b", STATUS_OK, "Compiler: ", ""},
	{"version x", STATUS_USAGE, "", "takes no arguments"},
	{"version --server", STATUS_USAGE, "", "a server are not in this version"},
	{"--version", STATUS_OK, "CLI version: " OCELLI_VERSION "\n", ""},
	{"-d version", STATUS_OK, "CLI version", ""},
	{"getevnts", STATUS_USAGE, "", "(did you mean getevents?)"},
	{"\x1b[31m", STATUS_USAGE, "", "there is no command \"\\x1b[31m\""},
	{"--vresion", STATUS_USAGE, "", "--version"},
	{"getevents --colour never", STATUS_USAGE, "", "--color"},
	{"getevents --server-address x", STATUS_USAGE, "", "a server are not in this version"},
};

static void contains(const struct str *text, const char *wanted)
{
	if (!wanted[0])
		assert_string_equal(text->data, "");
	else if (!strstr(text->data, wanted))
		fail_msg("\"%s\" is not in \"%s\"", wanted, text->data);
}

static void running(void **state)
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finding),
		cmocka_unit_test(help_names_all_that_is_not_hidden),
		cmocka_unit_test(running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
