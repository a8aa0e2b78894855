// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"
#include "base/cleanup.h"
#include "tmpdir.h"
#include "unit.h"

#include <jansson.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longer than what a pipe takes in one piece (PIPE_BUF). */
#define LENGTH 20000
#define LINES 100

static void *write_lines(void *userdata)
{
	char text[LENGTH + 1] = {0};

	memset(text, *(const char *)userdata, LENGTH);
	for (int i = 0; i < LINES; i++)
		log_error("%s", text);
	return NULL;
}

static void *write_both(void *userdata)
{
	pthread_t other;

	pthread_create(&other, NULL, write_lines, (void *)(uintptr_t)"a");
	write_lines((void *)(uintptr_t)"b");
	pthread_join(other, NULL);
	/* The end of the pipe. */
	dup2(*(const int *)userdata, STDERR_FILENO);
	return NULL;
}

static void lines_of_two_threads_are_whole(void **state)
{
	static char line[2 * LENGTH], whole[2][LENGTH + 3];
	int stderr_fd = dup(STDERR_FILENO), ends[2], n[2] = {0};
	pthread_t writers;
	FILE *in;

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	in = fdopen(ends[0], "r");
	for (int i = 0; i < 2; i++) {
		memset(whole[i], 'a' + i, LENGTH);
		strcpy(whole[i] + LENGTH, "\"\n");
	}
	pthread_create(&writers, NULL, write_both, &stderr_fd);
	while (fgets(line, sizeof(line), in)) {
		const char *text = strstr(line, "msg=\"");

		assert_non_null(text);
		text += strlen("msg=\"");
		assert_true(*text == 'a' || *text == 'b');
		assert_string_equal(text, whole[*text - 'a']);
		n[*text - 'a']++;
	}
	pthread_join(writers, NULL);
	fclose(in);
	close(stderr_fd);
	assert_int_equal(n[0], LINES);
	assert_int_equal(n[1], LINES);
}

static void enter(char *dir, size_t size)
{
	assert_int_equal(tmpdir_make(dir, size), 0);
	assert_int_equal(chdir(dir), 0);
}

static void leave(const char *dir)
{
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(tmpdir_remove(dir), 0);
}

static char *slurp(const char *path)
{
	static char text[65536];
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	text[n] = '\0';
	return text;
}

static void the_file_is_followed(void **state)
{
	char dir[256];
	_cleanup_error_ struct error *err = NULL;

	enter(dir, sizeof(dir));
	assert_int_equal(log_open_file("log", &err), 0);
	log_error("one");
	assert_int_equal(log_follow_file(&err), 0);
	/* As logrotate does it, with "create" and without. */
	assert_int_equal(rename("log", "log.1"), 0);
	log_error("two");
	assert_int_equal(log_follow_file(&err), 0);
	log_error("three");
	assert_non_null(strstr(slurp("log.1"), "msg=\"two\""));
	assert_null(strstr(slurp("log.1"), "msg=\"three\""));
	assert_non_null(strstr(slurp("log"), "msg=\"three\""));
	assert_int_equal(unlink("log"), 0);
	assert_int_equal(log_follow_file(&err), 0);
	log_error("four");
	assert_null(strstr(slurp("log"), "msg=\"three\""));
	assert_non_null(strstr(slurp("log"), "msg=\"four\""));
	/* While there can be none, what was open is still written to. */
	assert_int_equal(rename("log", "log.2"), 0);
	assert_int_equal(mkdir("log", 0700), 0);
	assert_int_equal(log_follow_file(&err), -EISDIR);
	assert_non_null(strstr(err->message, "cannot open the log file log: "));
	log_error("five");
	assert_non_null(strstr(slurp("log.2"), "msg=\"five\""));
	leave(dir);
}

/* Each byte that there is, and what JSON and terminals would take for something else. */
static void every_line_is_one_object(void **state)
{
	char dir[256];
	_cleanup_error_ struct error *err = NULL;
	char text[256], last[] = "\xe2\x80\xa8 \xf0\x9f\x90\x9d \xc3 \xed\xa0\x80 \"},{\"";
	json_error_t json_error;
	size_t n = 0;

	enter(dir, sizeof(dir));
	for (int i = 1; i < 256; i++)
		text[i - 1] = (char)i;
	text[255] = '\0';
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
	assert_int_equal(log_open_file("log", &err), 0);
	log_error("%s", text);
	log_error("%s", last);
	log_error("%s", "");
	log_setup(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
	for (char *line = slurp("log"), *end; *line; line = end + 1, n++) {
		json_t *object;

		end = strchr(line, '\n');
		assert_non_null(end);
		*end = '\0';
		for (const char *c = line; c < end; c++)
			assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
		object = json_loads(line, JSON_REJECT_DUPLICATES, &json_error);
		assert_non_null(object);
		assert_string_equal(json_string_value(json_object_get(object, "level")), "error");
		assert_true(json_is_string(json_object_get(object, "msg")));
		assert_true(json_is_string(json_object_get(object, "time")));
		json_decref(object);
	}
	assert_int_equal(n, 3);
	leave(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_two_threads_are_whole),
		cmocka_unit_test(the_file_is_followed),
		cmocka_unit_test(every_line_is_one_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
