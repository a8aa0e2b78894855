// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "program.h"

#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>

#define EXEC                                                                             \
	"{\"process_exec\":{\"process\":{\"binary\":\"/bin/ls\",\"arguments\":\"/tmp\"," \
	"\"argv\":[\"ls\",\"/tmp\"]},\"parent\":{\"pid\":1}},\"node_name\":\"n\"}\n"
#define EXIT                                                                     \
	"{\"process_exit\":{\"process\":{\"binary\":\"/bin/ls\"},\"status\":2}," \
	"\"node_name\":\"n\"}\n"
#define EXEC_LINE "🚀 process n /bin/ls /tmp\n"
#define EXIT_LINE "💥 exit    n /bin/ls  2\n"

static void check(const char *args, const char *input, size_t len, const char *expected_out,
		  const char *expected_err)
{
	_cleanup_str_ struct str out = STR_INIT, err = STR_INIT;

	assert_int_equal(program_run(args, input, len, &out, &err), STATUS_OK);
	assert_string_equal(out.data, expected_out);
	assert_string_equal(err.data, expected_err);
}

static void prints(void **state)
{
	check("getevents", EXEC EXIT, strlen(EXEC EXIT), EXEC EXIT, "");
	check("getevents -o compact", EXEC EXIT, strlen(EXEC EXIT), EXEC_LINE EXIT_LINE, "");
	check("getevents -o compact", EXEC, strlen(EXEC) - 1, EXEC_LINE, "");
	check("getevents", "", 0, "", "");
	check("getevents", "\n \r\n", 4, "", "");
}

static void filters(void **state)
{
	check("getevents -o compact -e PROCESS_EXIT", EXEC EXIT, strlen(EXEC EXIT), EXIT_LINE, "");
	check("getevents --process curl", EXEC EXIT, strlen(EXEC EXIT), "", "");
}

static void filters_by_expressions(void **state)
{
	check("getevents -o compact --cel-expression process_exec.process.binary.endsWith('ls')",
	      EXEC EXIT, strlen(EXEC EXIT), EXEC_LINE, "");
	check("getevents -o compact --cel-expression process_exec.parent.pid==2u "
	      "--cel-expression process_exit.status==2u",
	      EXEC EXIT, strlen(EXEC EXIT), EXIT_LINE, "");
}

static void tells_of_expressions_without_value(void **state)
{
	check("getevents -o compact --cel-expression "
	      "process_exec.process.pid>1u,process_exit.status==2u",
	      EXEC EXIT EXEC, strlen(EXEC EXIT EXEC), EXIT_LINE,
	      "ocelli: events that a CEL expression has no value for, which is no match: 2\n"
	      "ocelli: --cel-expression: expression 1:1:25: the first failure: there is no "
	      "null_type > uint\n");
}

#define WORDS "process_exec.process.arguments.split('\\x20')"

static void tells_of_expressions_beyond_their_limits(void **state)
{
	static const char words[] =
		"{\"process_exec\":{\"process\":{\"binary\":\"x\",\"arguments\":"
		"\"a b c d e f g h i j k l m n o p q r s t\"}},\"node_name\":\"n\"}\n";
	_cleanup_str_ struct str out = STR_INIT, err = STR_INIT;

	assert_int_equal(program_run("getevents --cel-expression " WORDS ".all(a," WORDS
				     ".all(b," WORDS ".all(c," WORDS ".all(d," WORDS
				     ".all(e,true)))))",
				     words, strlen(words), &out, &err),
			 STATUS_OK);
	assert_string_equal(out.data, words);
	assert_non_null(strstr(err.data, "ocelli: events let through because a regular expression "
					 "or one in CEL took too long: 1\n"));
	assert_non_null(strstr(err.data, ": the first failure: the evaluation takes too many "
					 "steps (the limits are 1000000 steps"));
}

static void filters_fields(void **state)
{
	check("getevents -f process.argv", EXEC, strlen(EXEC),
	      "{\"process_exec\":{\"process\":{\"argv\":[\"ls\",\"/tmp\"]}},\"node_name\":\"n\"}\n",
	      "");
	check("getevents -F process.argv,parent -F process.binary", EXEC, strlen(EXEC),
	      "{\"process_exec\":{\"process\":{\"arguments\":\"/tmp\"}},\"node_name\":\"n\"}\n",
	      "");
}

static void skips_what_is_no_event(void **state)
{
	static const char input[] = "{\n" EXEC "x\0y\n{\"process_exec\":7}\n" EXIT;
	_cleanup_str_ struct str out = STR_INIT, err = STR_INIT;

	assert_int_equal(program_run("getevents -o compact", input, sizeof(input) - 1, &out, &err),
			 STATUS_OK);
	assert_string_equal(out.data, EXEC_LINE EXIT_LINE);
	/* The first is told with its place and reason, the others at the end. */
	assert_memory_equal(err.data, "ocelli: standard input:1:", 25);
	assert_non_null(strstr(err.data, ": skipped: "));
	assert_null(strstr(err.data, "standard input:3"));
	assert_non_null(strstr(err.data, "\nocelli: skipped malformed lines: 3\n"));
}

static void tells_all_when_debugging(void **state)
{
	static const char input[] = "{\n" EXEC "}\n";
	_cleanup_str_ struct str out = STR_INIT, err = STR_INIT;

	assert_int_equal(program_run("-d getevents", input, sizeof(input) - 1, &out, &err),
			 STATUS_OK);
	assert_non_null(strstr(err.data, "standard input:1:"));
	assert_non_null(strstr(err.data, "standard input:3:"));
}

static void counts_events_of_the_future(void **state)
{
	static const char input[] = "{\"process_future\":{\"x\":1},\"node_name\":\"n\"}\n" EXEC;
	static const char told[] = "ocelli: events of a kind that this version does not know: 1\n";

	check("getevents -o compact", input, sizeof(input) - 1, EXEC_LINE, told);
	check("getevents", input, sizeof(input) - 1, "{\"node_name\":\"n\"}\n" EXEC, told);
}

static void skips_long_lines(void **state)
{
	_cleanup_str_ struct str input = STR_INIT, out = STR_INIT, err = STR_INIT;

	str_append_lit(&input, EXEC);
	for (int i = 0; i < (16 << 20) + 1; i++)
		str_append_char(&input, 'x');
	str_append_lit(&input, "\n" EXIT);
	assert_int_equal(program_run("getevents -o compact", input.data, input.len, &out, &err),
			 STATUS_OK);
	assert_string_equal(out.data, EXEC_LINE EXIT_LINE);
	assert_non_null(strstr(err.data, "standard input:2: skipped: the line is longer than"));
	assert_non_null(strstr(err.data, "skipped lines longer than 16777216 bytes: 1\n"));
}

static void read_text(int fd, const char *expected)
{
	char buf[512];
	size_t len = strlen(expected);

	for (size_t done = 0; done < len;) {
		ssize_t n = read(fd, buf + done, len - done);

		assert_true(n > 0);
		done += (size_t)n;
	}
	assert_memory_equal(buf, expected, len);
}

/* Events are not held back when no more of them come. */
static void prints_at_once_when_idle(void **state)
{
	int in[2], out[2];
	pid_t pid;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = program_start("getevents -o compact", in[0], out[1], STDERR_FILENO);
	close(in[0]);
	close(out[1]);

	assert_int_equal(write(in[1], EXEC, strlen(EXEC)), strlen(EXEC));
	read_text(out[0], EXEC_LINE);
	assert_int_equal(write(in[1], EXIT, strlen(EXIT)), strlen(EXIT));
	read_text(out[0], EXIT_LINE);
	close(in[1]);
	assert_int_equal(program_wait(pid), STATUS_OK);
	close(out[0]);
}

static void ends_quietly_when_nobody_reads(void **state)
{
	_cleanup_close_ int in = program_file(EXEC "x\n", strlen(EXEC "x\n"));
	_cleanup_close_ int err = program_file("", 0);
	_cleanup_str_ struct str told = STR_INIT;
	int out[2];
	pid_t pid;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	close(out[0]);
	pid = program_start("getevents -e PROCESS_EXEC", in, out[1], err);
	close(out[1]);
	assert_int_equal(program_wait(pid), STATUS_OK);
	program_slurp(err, &told);
	assert_null(strstr(told.data, "cannot"));
}

static void fails_when_the_disk_is_full(void **state)
{
	_cleanup_close_ int in = program_file(EXEC, strlen(EXEC));
	_cleanup_close_ int err = program_file("", 0);
	_cleanup_close_ int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	_cleanup_str_ struct str told = STR_INIT;

	assert_int_equal(program_wait(program_start("getevents", in, full, err)), STATUS_FAILED);
	program_slurp(err, &told);
	assert_string_equal(told.data, "ocelli: cannot print events: No space left on device\n");
}

static void fails_when_it_cannot_read(void **state)
{
	_cleanup_close_ int in = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int out = program_file("", 0), err = program_file("", 0);
	_cleanup_str_ struct str told = STR_INIT;

	assert_int_equal(program_wait(program_start("getevents", in, out, err)), STATUS_FAILED);
	program_slurp(err, &told);
	assert_string_equal(told.data, "ocelli: cannot read standard input: Is a directory\n");
}

static void asks_the_agent_on_a_terminal(void **state)
{
	_cleanup_close_ int out = program_file("", 0), err = program_file("", 0);
	_cleanup_str_ struct str told = STR_INIT;
	int terminal, other;

	assert_int_equal(openpty(&terminal, &other, NULL, NULL, NULL), 0);
	assert_int_equal(
		program_wait(program_start("getevents --retries 0 --server-address unix:///no/one",
					   other, out, err)),
		STATUS_UNREACHABLE);
	program_slurp(err, &told);
	assert_non_null(strstr(told.data, "cannot connect to unix:///no/one"));
	close(terminal);
	close(other);
}

/* JSON too can end up on a terminal. */
static void json_does_not_act_on_a_terminal(void **state)
{
	static const char input[] =
		"{\"process_exec\":{\"process\":{\"binary\":\"\\u009b31m\\u202e\"}}}\n";
	_cleanup_close_ int in = program_file(input, strlen(input));
	int terminal, other;
	pid_t pid;

	assert_int_equal(openpty(&terminal, &other, NULL, NULL, NULL), 0);
	pid = program_start("getevents", in, other, STDERR_FILENO);
	read_text(terminal,
		  "{\"process_exec\":{\"process\":{\"binary\":\"\\u009b31m\\u202e\"}}}\r\n");
	assert_int_equal(program_wait(pid), STATUS_OK);
	close(terminal);
	close(other);

	check("getevents", input, strlen(input),
	      "{\"process_exec\":{\"process\":{\"binary\":\"\xc2\x9b"
	      "31m\xe2\x80\xae\"}}}\n",
	      "");
}

static void bad_options(void **state)
{
	static const struct {
		const char *args, *message;
	} cases[] = {
		{"getevents x", "takes no arguments"},
		{"getevents -o xml", "xml"},
		{"getevents -e NO_SUCH", "there is no type \"NO_SUCH\""},
		{"getevents --process (", "bad regular expression"},
		{"getevents -f nothing", "\"nothing\" is no field"},
		{"getevents --cel-expression process_exec.process.binry==''",
		 "ocelli: --cel-expression: expression:1:22: tetragon.Process has no field "
		 "\"binry\" (did you mean \"binary\"?)\n"},
		{"getevents --reconnect-wait x", "--reconnect-wait"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str out = STR_INIT, err = STR_INIT;

		assert_int_equal(program_run(cases[i].args, EXEC, strlen(EXEC), &out, &err),
				 STATUS_USAGE);
		assert_string_equal(out.data, "");
		assert_non_null(strstr(err.data, cases[i].message));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints),
		cmocka_unit_test(filters),
		cmocka_unit_test(filters_by_expressions),
		cmocka_unit_test(tells_of_expressions_without_value),
		cmocka_unit_test(tells_of_expressions_beyond_their_limits),
		cmocka_unit_test(filters_fields),
		cmocka_unit_test(skips_what_is_no_event),
		cmocka_unit_test(tells_all_when_debugging),
		cmocka_unit_test(counts_events_of_the_future),
		cmocka_unit_test(skips_long_lines),
		cmocka_unit_test(prints_at_once_when_idle),
		cmocka_unit_test(ends_quietly_when_nobody_reads),
		cmocka_unit_test(fails_when_the_disk_is_full),
		cmocka_unit_test(fails_when_it_cannot_read),
		cmocka_unit_test(asks_the_agent_on_a_terminal),
		cmocka_unit_test(json_does_not_act_on_a_terminal),
		cmocka_unit_test(bad_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
