// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "agent/redactor.h"
#include "base/cleanup.h"
#include "core/decode.h"
#include "core/records.h"
#include "event/scarce.h"

#include <stdlib.h>
#include <string.h>

static struct redactor *redactor_from(const char *text)
{
	struct redaction *filters = NULL;
	struct redactor *r = NULL;

	assert_int_equal(redaction_read(text, strlen(text), "x", &filters, NULL), 0);
	assert_int_equal(redactor_new(&filters, &r), 0);
	return r;
}

#define PARTS(s) \
	&(struct field_parts){.head = (s), .head_len = sizeof(s) - 1, .tail = "", .tail_len = 0}

static struct image *image_of(const char *binary, const struct field_parts *argv,
			      const struct field_parts *env)
{
	_cleanup_str_ struct str record = STR_INIT;
	struct image *image = NULL;

	put_exec(&record, RECORD_EXEC, &(struct record_exec){.process = KEY(1, 2, 3)},
		 &(struct exec_texts){.filename = binary, .exe = "/e", .cwd = "/c"});
	assert_int_equal(
		image_new((const struct record_exec *)(const void *)record.data, argv, env, &image),
		0);
	image->exec.field[EXEC_ARGV].size = (uint32_t)argv->head_len;
	image->exec.field[EXEC_ENV].size = (uint32_t)env->head_len;
	return image;
}

#define assert_bytes(image, what, FIELD, expected)                                       \
	do {                                                                             \
		assert_int_equal((image)->exec.field[FIELD].kept, sizeof(expected) - 1); \
		assert_memory_equal((image)->what, expected, sizeof(expected) - 1);      \
	} while (0)

static void hides_in_all_forms(void **state)
{
	struct redactor *r = redactor_from("{\"redact\":[\"--key[ =](\\\\S+)\",\"KEY=(.*)\"]}");
	struct image *image = image_of("/bin/x", PARTS("x\0--key\0hush\0-v\0--key=more\0"),
				       PARTS("A=b\0KEY=very hush\0KEYS\0"));

	image = redactor_image(r, image);
	assert_string_equal(image->arguments, "--key ***** -v --key=*****");
	assert_bytes(image, argv, EXEC_ARGV, "x\0--key\0*****\0-v\0--key=*****\0");
	assert_bytes(image, env, EXEC_ENV, "A=b\0KEY=*****\0KEYS\0");
	assert_int_equal(image->exec.field[EXEC_ARGV].size, image->exec.field[EXEC_ARGV].kept);
	assert_string_equal(image->binary, "/bin/x");
	assert_string_equal(image->exe, "/e");
	assert_string_equal(image->cwd, "/c");
	assert_null(image->interpreter);
	image_unref(&image);
	redactor_free(&r);
}

/* A pattern sees the text that is told, with its quotes; strings lose what is theirs of it. */
static void across_strings(void **state)
{
	static const struct {
		const char *pattern, *arguments, *argv;
	} cases[] = {
		{"-p (.*)", "-p *****", "x|-p|*****|*****|"},
		{"-p \\\"([^\\\"]*)\\\"", "-p \"*****\" c", "x|-p|*****|c|"},
		{"-p (\\\"[^\\\"]*\\\")", "-p ***** c", "x|-p|*****|c|"},
		{"(b\\\" c)", "-p \"a *****", "x|-p|a *****|*****|"},
		{"^(-)", "*****p \"a b\" c", "x|*****p|a b|c|"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_str_ struct str text = STR_INIT;
		struct image *image = image_of("/bin/x", PARTS("x\0-p\0a b\0c\0"), PARTS(""));
		struct redactor *r;

		str_appendf(&text, "{\"redact\":[\"%s\"]}", cases[i].pattern);
		r = redactor_from(str_cstr(&text));
		image = redactor_image(r, image);
		assert_string_equal(image->arguments, cases[i].arguments);
		assert_int_equal(image->exec.field[EXEC_ARGV].kept, strlen(cases[i].argv));
		for (size_t j = 0; j < strlen(cases[i].argv); j++)
			assert_int_equal(image->argv[j],
					 cases[i].argv[j] == '|' ? '\0' : cases[i].argv[j]);
		image_unref(&image);
		redactor_free(&r);
	}
}

static void leaves_alone_what_has_nothing(void **state)
{
	struct redactor *r =
		redactor_from("{\"redact\":[\"--key (\\\\S+)\"],\"binary_regex\":[\"/x$\"]}");
	struct image *image = image_of("/bin/x", PARTS("x\0\xff\0"), PARTS("\xff"));
	struct image *other = image_of("/bin/y", PARTS("y\0--key\0z\0"), PARTS(""));

	assert_ptr_equal(redactor_image(r, image), image);
	assert_null(image->arguments);
	assert_bytes(image, argv, EXEC_ARGV, "x\0\xff\0");
	assert_ptr_equal(redactor_image(r, other), other);
	image_unref(&image);
	image_unref(&other);
	redactor_free(&r);
}

static void what_was_cut_off_stays_so(void **state)
{
	struct redactor *r = redactor_from("{\"redact\":[\"=(.+)\"]}");
	struct image *image = image_of("/bin/x", PARTS("x\0--key=hu"), PARTS("A=b\0C=d"));

	image->exec.field[EXEC_ARGV].size += 100;
	image->exec.field[EXEC_ENV].size += 7;
	image = redactor_image(r, image);
	assert_bytes(image, argv, EXEC_ARGV, "x\0--key=*****");
	assert_bytes(image, env, EXEC_ENV, "A=*****\0C=*****");
	assert_int_equal(image->exec.field[EXEC_ARGV].size,
			 image->exec.field[EXEC_ARGV].kept + 100);
	assert_int_equal(image->exec.field[EXEC_ENV].size, image->exec.field[EXEC_ENV].kept + 7);
	image_unref(&image);
	redactor_free(&r);
}

/* Bytes that are no UTF-8 are no way round a pattern. */
static void hides_in_what_is_no_text(void **state)
{
	struct redactor *r = redactor_from("{\"redact\":[\"k=(\\\\S+)\"]}");
	struct image *image =
		image_of("/bin/x", PARTS("k=a\xffz\0k=\xc3(\xff hush\0"), PARTS("k=\x80hush\0"));

	image = redactor_image(r, image);
	assert_bytes(image, argv, EXEC_ARGV, "k=*****\0k=***** hush\0");
	assert_bytes(image, env, EXEC_ENV, "k=*****\0");
	image_unref(&image);
	redactor_free(&r);
}

static bool has(const char *text, size_t len, const char *what)
{
	return memmem(text, len, what, strlen(what));
}

/* Nothing is told then: whatever was not looked at may be what is to be hidden. */
static void hides_all_without_memory(void **state)
{
	bool failed = true;

	for (unsigned n = 0; failed; n++) {
		struct redactor *r = redactor_from("{\"redact\":[\"k=(\\\\S+)\"]}");
		struct image *image = image_of(
			"/bin/x", PARTS("k=a\xff\0k=\xc3(\xff hush\0-k=hush\0"), PARTS("A=\x80\0"));

		scarce_after(n);
		image = redactor_image(r, image);
		failed = scarce_end();
		assert_true(failed || image);
		if (image) {
			assert_false(has(image->argv, image->exec.field[EXEC_ARGV].kept, "=hush"));
			assert_string_equal(image->arguments, " \"k=***** hush\" -k=*****");
			image_unref(&image);
		}
		redactor_free(&r);
	}
}

/* A process may call itself what it likes; where nothing else is known, that is its binary. */
static void the_name_that_it_gave_itself(void **state)
{
	struct redactor *r = redactor_from("{\"redact\":[\"^k=(.*)\"]}");
	struct image *image = image_of("/bin/x", PARTS("k=hush\0"), PARTS(""));

	image->binary = image->argv;
	image = redactor_image(r, image);
	assert_string_equal(image->binary, "k=*****");
	assert_string_equal(image->arguments, "");
	image_unref(&image);
	redactor_free(&r);
}

static void strings_of_policies(void **state)
{
	struct redactor *r =
		redactor_from("{\"redact\":[\"k=(\\\\S+)\"],\"binary_regex\":[\"/x$\"]}");
	struct image *image = image_of("/bin/x", PARTS(""), PARTS(""));
	/* What is given to one binary, another gives it. */
	struct image *other = image_of("/bin/y", PARTS(""), PARTS(""));
	struct process known = {.image = image}, giver = {.image = other}, unknown = {0};
	_cleanup_str_ struct str out = STR_INIT;

	assert_false(redactor_string(r, &known, "nothing", 7, &out));
	str_reset(&out);
	assert_true(redactor_string(r, &known, "k=v", 3, &out));
	assert_string_equal(str_cstr(&out), "k=*****");
	str_reset(&out);
	assert_true(redactor_string(r, &unknown, "k=v", 3, &out));
	str_reset(&out);
	assert_true(redactor_string(r, &giver, "k=v", 3, &out));
	image_unref(&other);
	image_unref(&image);
	redactor_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hides_in_all_forms),
		cmocka_unit_test(across_strings),
		cmocka_unit_test(leaves_alone_what_has_nothing),
		cmocka_unit_test(what_was_cut_off_stays_so),
		cmocka_unit_test(hides_in_what_is_no_text),
		cmocka_unit_test(hides_all_without_memory),
		cmocka_unit_test(the_name_that_it_gave_itself),
		cmocka_unit_test(strings_of_policies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
