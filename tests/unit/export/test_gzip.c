// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "events.h"
#include "export/gzip.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <zlib.h>

static const atomic_bool go_on = false;

static int compressed(const struct scratch *s, const struct str *text, const atomic_bool *stop)
{
	_cleanup_close_ int in = open(s->path, O_RDWR | O_CREAT | O_TRUNC, 0600), out = -1;
	char path[160];

	snprintf(path, sizeof(path), "%s.gz", s->path);
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(in >= 0 && out >= 0);
	assert_int_equal(write(in, text->data, text->len), text->len);
	assert_int_equal(lseek(in, 0, SEEK_SET), 0);
	return gzip_stream(in, out, stop);
}

static void same_comes_out(void **state)
{
	static const size_t sizes[] = {0, 1, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1, 3000000};
	const struct scratch *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_str_ struct str text = STR_INIT;
		_cleanup_free_ char *back = NULL;
		unsigned seed = 1;
		char path[160];
		gzFile gz;

		while (text.len < sizes[i])
			str_append_char(&text, (char)(rand_r(&seed) >> 16));
		assert_int_equal(compressed(s, &text, &go_on), 0);

		snprintf(path, sizeof(path), "%s.gz", s->path);
		gz = gzopen(path, "rb");
		back = malloc(sizes[i] + 1);
		assert_int_equal(gzread(gz, back, (unsigned)sizes[i] + 1), sizes[i]);
		assert_int_equal(gzdirect(gz), 0);
		assert_int_equal(gzclose(gz), Z_OK);
		if (sizes[i])
			assert_memory_equal(back, text.data, sizes[i]);
	}
}

static void stops_when_told(void **state)
{
	_cleanup_str_ struct str text = STR_INIT;
	const atomic_bool stop = true;

	event_append(&text, 1, 100);
	assert_int_equal(compressed(*state, &text, &stop), -ECANCELED);
}

static void failures_are_passed_on(void **state)
{
	_cleanup_close_ int full = open("/dev/full", O_WRONLY), zero = open("/dev/null", O_RDONLY);

	assert_int_equal(gzip_stream(zero, full, &go_on), -ENOSPC);
	assert_int_equal(gzip_stream(-1, full, &go_on), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(same_comes_out, scratch_setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(stops_when_told, scratch_setup, scratch_teardown),
		cmocka_unit_test(failures_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
