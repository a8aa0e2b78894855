// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "cli/commands.h"
#include "program.h"

static void finding(void **state)
{
	assert_ptr_equal(command_find("getevents"), &getevents_command);
	assert_ptr_equal(command_find("events"), &getevents_command);
	assert_ptr_equal(command_find("help"), &help_command);
	assert_null(command_find("getevent"));
	assert_null(command_find(""));
}

static void finding_by_words(void **state)
{
	static const struct {
		const char *words[4];
		const struct command *command;
		int n;
	} cases[] = {
		{{"policy", "check", "x"}, &policy_check_command, 2},
		{{"tp", "check"}, &policy_check_command, 2},
		{{"tracingpolicy", "explain", "a", "b"}, &policy_explain_command, 2},
		{{"version", "check"}, &version_command, 1},
		{{"policy"}, NULL, 0},
		{{"policy", "policy", "check"}, NULL, 0},
		{{"check"}, NULL, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int argc = 0, words = 0;

		while (argc < 4 && cases[i].words[argc])
			argc++;
		assert_ptr_equal(
			command_find_words(argc, (char **)(uintptr_t)cases[i].words, &words),
			cases[i].command);
		assert_int_equal(words, cases[i].n);
	}
}

static bool is_group_of_any(const char *name)
{
	for (size_t i = 0; command_table[i]; i++)
		if (command_is_in_group(command_table[i], name))
			return true;
	return false;
}

/* What help, manual pages and completion take from it is there, once. */
static void table(void **state)
{
	for (size_t i = 0; command_table[i]; i++) {
		const struct command *c = command_table[i];
		_cleanup_free_ char *word = strndup(c->name, strcspn(c->name, " "));
		size_t words = 1, n;
		_cleanup_free_ struct option_spec *specs = command_options(c, &n);

		for (const char *p = c->name; (p = strchr(p, ' ')); p++)
			words++;
		assert_in_range(words, 1, COMMAND_WORDS_MAX);
		assert_true(words == 1 || command_group_find(word));
		assert_ptr_equal(command_find(c->name), c);
		assert_true(c->summary && c->run && c->settings_size);
		assert_int_equal(c->operands == OPERANDS_WORDS, !!c->words);
		assert_int_equal(c->operands == OPERANDS_NONE, !c->arguments);
		assert_int_not_equal(c->summary[strlen(c->summary) - 1], '.');
		for (size_t j = 0; j < n; j++)
			for (size_t k = 0; k < j; k++) {
				assert_string_not_equal(specs[j].name, specs[k].name);
				if (specs[j].letter)
					assert_int_not_equal(specs[j].letter, specs[k].letter);
			}
	}
	for (const struct command_group *g = command_groups; g->name; g++)
		assert_true(is_group_of_any(g->name));
}

static void help_names_all_that_is_not_hidden(void **state)
{
	_cleanup_str_ struct str program = STR_INIT;

	command_help(NULL, &program);
	assert_non_null(str_cstr(&program));
	for (size_t i = 0; command_table[i]; i++) {
		const struct command *c = command_table[i];
		_cleanup_str_ struct str help = STR_INIT;

		assert_non_null(strstr(program.data, c->summary));
		command_help(c, &help);
		assert_non_null(str_cstr(&help));
		assert_int_equal(!!strstr(help.data, "--server-address"), c->remote);
		for (size_t j = 0; j < c->n_options; j++) {
			const struct option_spec *o = &c->options[j];
			bool shown = strstr(help.data, o->help ? o->help : o->name);

			/* Long explanations are wrapped; their names will do. */
			if (!o->hidden && !o->refuse && !o->inert)
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
	{"help policy", STATUS_OK, "Other names: tracingpolicy, tp\n", ""},
	{"help policy check", STATUS_OK, "Usage: ocelli policy check", ""},
	{"help tp check", STATUS_OK, "Usage: ocelli policy check", ""},
	{"help tp chek", STATUS_USAGE, "", "(did you mean policy check?)"},
	{"policy", STATUS_USAGE, "", "is a group of commands (\"ocelli help policy\" lists them)"},
	{"policy --help", STATUS_OK, "Usage: ocelli policy COMMAND", ""},
	{"policy chek", STATUS_USAGE, "", "(did you mean policy check?)"},
	{"policy nothing", STATUS_USAGE, "", "(\"ocelli help policy\" lists them)"},
	{"polcy", STATUS_USAGE, "", "(did you mean policy?)"},
	{"-- version", STATUS_OK, "CLI version", ""},
	{"--timeout=1 version", STATUS_USAGE, "", "--timeout"},
	{"--timeout=1s --retries 0 version", STATUS_OK, "CLI version", ""},
	{"--retries=x version", STATUS_USAGE, "", "--retries"},
	{"version -s --tls-cert-file x", STATUS_USAGE, "CLI version", "one is missing"},
	{"help foo", STATUS_USAGE, "", "there is no command \"foo\""},
	{"getevents --help", STATUS_OK, "--include-fields", ""},
	{"version", STATUS_OK, "CLI version: " OCELLI_VERSION "\n", ""},
	{"version -b", STATUS_OK, "Compiler: ", ""},
	{"version x", STATUS_USAGE, "", "takes no arguments"},
	{"version -o json", STATUS_OK, "{\"version\":\"" OCELLI_VERSION "\"}\n", ""},
	{"version --server --retries 0 --server-address unix:///nowhere/x", STATUS_UNREACHABLE,
	 "CLI version",
	 "cannot connect to unix:///nowhere/x: No such file or directory (is ocellid"},
	{"version -s --server-address x", STATUS_USAGE, "CLI version",
	 "an address is HOST:PORT or unix"},
	{"--version", STATUS_OK, "CLI version: " OCELLI_VERSION "\n", ""},
	{"-d version", STATUS_OK, "CLI version", ""},
	{"getevnts", STATUS_USAGE, "", "(did you mean getevents?)"},
	{"\x1b[31m", STATUS_USAGE, "", "there is no command \"\\x1b[31m\""},
	{"--vresion", STATUS_USAGE, "", "--version"},
	{"getevents --colour never", STATUS_USAGE, "", "--color"},
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
		cmocka_unit_test(finding), cmocka_unit_test(finding_by_words),
		cmocka_unit_test(table),   cmocka_unit_test(help_names_all_that_is_not_hidden),
		cmocka_unit_test(running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
