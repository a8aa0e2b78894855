// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "cli/line_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MAX_LINE 100

static int file_with(const char *data, size_t len)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* What comes out, lines in brackets and too long ones as "#". */
static void check(const char *data, size_t len, const char *expected)
{
	_cleanup_close_ int fd = file_with(data, len);
	_cleanup_(line_reader_done) struct line_reader reader;
	_cleanup_str_ struct str out = STR_INIT;
	const char *line;
	size_t n;
	int r;

	line_reader_init(&reader, fd, MAX_LINE);
	while ((r = line_reader_next(&reader, &line, &n)) != LINE_END) {
		if (r == LINE_READ)
			str_appendf(&out, "[%.*s]", (int)n, line);
		else
			str_append_char(&out, r == LINE_TOO_LONG ? '#' : '?');
	}
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_END);
	assert_string_equal(str_cstr(&out), expected);
}

static void lines(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"", ""},
		{"\n", "[]"},
		{"a\n", "[a]"},
		{"a", "[a]"},
		{"a\nbc\n\nd", "[a][bc][][d]"},
		{"a\r\n", "[a\r]"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check(cases[i].in, strlen(cases[i].in), cases[i].out);
}

static void zero_bytes_are_bytes(void **state)
{
	_cleanup_close_ int fd = file_with("a\0b\n\0\n", 6);
	_cleanup_(line_reader_done) struct line_reader reader;
	const char *line;
	size_t n;

	line_reader_init(&reader, fd, MAX_LINE);
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_READ);
	assert_int_equal(n, 3);
	assert_memory_equal(line, "a\0b", 3);
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_READ);
	assert_int_equal(n, 1);
	assert_int_equal(reader.line, 2);
}

static void long_lines_are_passed_over(void **state)
{
	char max[MAX_LINE + 1], more[MAX_LINE + 2];
	_cleanup_str_ struct str in = STR_INIT, out = STR_INIT;

	memset(max, 'x', MAX_LINE);
	max[MAX_LINE] = '\0';
	memset(more, 'y', MAX_LINE + 1);
	more[MAX_LINE + 1] = '\0';

	str_appendf(&in, "a\n%s\nb\n%s\nc\n%s", max, more, more);
	str_appendf(&out, "[a][%s][b]#[c]#", max);
	check(in.data, in.len, str_cstr(&out));

	str_reset(&in);
	str_appendf(&in, "%s%s%s\n%s", more, more, more, max);
	str_reset(&out);
	str_appendf(&out, "#[%s]", max);
	check(in.data, in.len, str_cstr(&out));
}

/* Far more than one block, in lines that end anywhere in blocks. */
static void big_inputs(void **state)
{
	_cleanup_str_ struct str in = STR_INIT;
	_cleanup_(line_reader_done) struct line_reader reader;
	_cleanup_close_ int fd = -1;
	const size_t max = 1 << 20;
	const char *line;
	size_t n;

	for (size_t i = 0; i < 2000; i++) {
		for (size_t j = 0; j < i * 7 % 5000; j++)
			str_append_char(&in, (char)('a' + i % 26));
		str_append_char(&in, '\n');
	}
	for (size_t i = 0; i < max + 10; i++)
		str_append_char(&in, '-');
	str_append_lit(&in, "\nlast");
	fd = file_with(in.data, in.len);

	line_reader_init(&reader, fd, max);
	for (size_t i = 0; i < 2000; i++) {
		assert_int_equal(line_reader_next(&reader, &line, &n), LINE_READ);
		assert_int_equal(n, i * 7 % 5000);
		for (size_t j = 0; j < n; j++)
			assert_int_equal(line[j], 'a' + i % 26);
	}
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_TOO_LONG);
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_READ);
	assert_memory_equal(line, "last", 4);
	assert_int_equal(reader.line, 2002);
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_END);
}

/* The caller hears that there is nothing yet, once, before a call blocks. */
static void says_when_it_would_wait(void **state)
{
	_cleanup_(line_reader_done) struct line_reader reader;
	const char *line;
	size_t n;
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	line_reader_init(&reader, fds[0], MAX_LINE);
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_WAIT);
	assert_int_equal(write(fds[1], "a\nb", 3), 3);
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_READ);
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_WAIT);
	assert_int_equal(write(fds[1], "c\n", 2), 2);
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_READ);
	assert_int_equal(n, 2);
	assert_memory_equal(line, "bc", 2);
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_WAIT);
	close(fds[1]);
	assert_int_equal(line_reader_next(&reader, &line, &n), LINE_END);
	close(fds[0]);
}

static void read_errors(void **state)
{
	_cleanup_close_ int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(line_reader_done) struct line_reader reader;
	const char *line;
	size_t n;

	line_reader_init(&reader, fd, MAX_LINE);
	assert_int_equal(line_reader_next(&reader, &line, &n), -EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(zero_bytes_are_bytes),
		cmocka_unit_test(long_lines_are_passed_over),
		cmocka_unit_test(big_inputs),
		cmocka_unit_test(says_when_it_would_wait),
		cmocka_unit_test(read_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
