// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_two_threads_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
