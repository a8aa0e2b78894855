// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/cleanup.h"
#include "core/decode.h"
#include "core/image.h"
#include "records.h"

#include <stdlib.h>

#define _cleanup_image_ _cleanup_(image_unref)

static struct image *build(enum record_type type, const struct record_exec *facts,
			   const struct exec_texts *texts)
{
	_cleanup_str_ struct str s = STR_INIT;
	struct field_parts argv = {0}, env = {0};
	struct exec_fields f;
	struct image *image;

	put_exec(&s, type, facts, texts);
	exec_fields((const struct record_exec *)(void *)s.data, &f);
	argv.head = f.v[EXEC_ARGV].data;
	argv.head_len = f.v[EXEC_ARGV].len;
	env.head = f.v[EXEC_ENV].data;
	env.head_len = f.v[EXEC_ENV].len;
	assert_int_equal(image_new((const struct record_exec *)(void *)s.data, &argv, &env, &image),
			 0);
	return image;
}

static struct image *build_exec(const struct exec_texts *texts)
{
	return build(RECORD_EXEC, &(struct record_exec){0}, texts);
}

static void assert_strings(const char *strings, struct field field, struct bytes expected)
{
	assert_int_equal(field.kept, expected.len);
	assert_memory_equal(strings, expected.data, expected.len);
	assert_int_equal(strings[expected.len], '\0');
}

static void names_become_a_path(void **state)
{
	static const struct {
		struct bytes names;
		const char *path;
	} cases[] = {
		{BYTES(""), "/"},
		{BYTES("\0"), "/"},
		{BYTES("a\0"), "/a"},
		{BYTES("c\0b\0a\0"), "/a/b/c"},
		{BYTES("cat\0bin\0usr\0"), "/usr/bin/cat"},
		{BYTES("\xff \n\0x\0"), "/x/\xff \n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *to = malloc(MAX(cases[i].names.len + 1, 2));

		assert_int_equal(path_from_names(to, cases[i].names.data, cases[i].names.len),
				 strlen(cases[i].path));
		assert_string_equal(to, cases[i].path);
	}
}

/* The record was torn, or the limit hit the middle of a name: still nothing that looks relative. */
static void a_path_that_is_cut_off_is_absolute(void **state)
{
	static const struct bytes cases[] = {BYTES("a"), BYTES("leaf\0mid"), BYTES("c\0b\0a")};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *to = malloc(cases[i].len + 2);
		size_t n = path_from_names(to, cases[i].data, cases[i].len);

		assert_int_equal(n, strlen(to));
		assert_int_equal(to[0], '/');
	}
}

static void a_long_path(void **state)
{
	_cleanup_str_ struct str names = STR_INIT;
	_cleanup_free_ char *to = NULL;

	for (int i = 0; i < 2048; i++)
		str_append(&names, "x\0", 2);
	to = malloc(names.len + 1);
	assert_int_equal(path_from_names(to, names.data, names.len), 4096);
	for (int i = 0; i < 2048; i++)
		assert_memory_equal(to + 2 * i, "/x", 2);
	assert_int_equal(to[4096], '\0');
}

static void a_relative_name_is_joined_and_cleaned(void **state)
{
	static const struct {
		const char *cwd, *filename, *binary;
	} cases[] = {
		{"/tmp", "a", "/tmp/a"},
		{"/tmp", "./a", "/tmp/a"},
		{"/a/b", "../x", "/a/x"},
		{"/a/b", "../../../../x", "/x"},
		{"/", "x", "/x"},
		{"/", "..", "/"},
		{"/a", "..", "/"},
		{"/a", ".", "/a"},
		{"/a", "b//c/./d/", "/a/b/c/d"},
		{"/a", "b/../..//c", "/c"},
		{"/a", "...", "/a/..."},
		{"/a", ".hidden/..b", "/a/.hidden/..b"},
		{"/a", "/usr/../bin/x", "/usr/../bin/x"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_image_ struct image *image = build_exec(
			&(struct exec_texts){.filename = cases[i].filename, .cwd = cases[i].cwd});

		assert_string_equal(image->binary, cases[i].binary);
		assert_string_equal(image->filename, cases[i].filename);
		assert_string_equal(image->cwd, cases[i].cwd);
	}
}

static void without_a_cwd_a_name_stays_relative(void **state)
{
	_cleanup_image_ struct image *image =
		build(RECORD_EXEC, &(struct record_exec){.flags = EXEC_ERROR_CWD},
		      &(struct exec_texts){.filename = "./a"});

	assert_null(image->cwd);
	assert_string_equal(image->binary, "./a");
}

static void everything_is_kept(void **state)
{
	_cleanup_image_ struct image *image =
		build(RECORD_EXEC, &(struct record_exec){.inode = 7, .flags = EXEC_SCRIPT},
		      &(struct exec_texts){"/opt/run.sh", "/usr/bin/dash", "/root", "/bin/sh",
					   BYTES("run.sh\0-v\0\0"), BYTES("A=1\0B=\0")});

	assert_string_equal(image->binary, "/opt/run.sh");
	assert_string_equal(image->exe, "/usr/bin/dash");
	assert_string_equal(image->cwd, "/root");
	assert_string_equal(image->interpreter, "/bin/sh");
	assert_strings(image->argv, image->exec.field[EXEC_ARGV], BYTES("run.sh\0-v\0\0"));
	assert_strings(image->env, image->exec.field[EXEC_ENV], BYTES("A=1\0B=\0"));
	assert_int_equal(image->exec.inode, 7);
	assert_int_equal(image->refs, 1);
}

static void only_a_script_has_an_interpreter(void **state)
{
	_cleanup_image_ struct image *image =
		build_exec(&(struct exec_texts){.filename = "/a", .interp = "/bin/sh"});

	assert_null(image->interpreter);
}

static void a_kernel_thread_is_its_comm(void **state)
{
	_cleanup_image_ struct image *image = build(
		RECORD_TASK, &(struct record_exec){.flags = EXEC_KTHREAD, .comm = "kworker/0:1"},
		&(struct exec_texts){.cwd = "/"});

	assert_string_equal(image->binary, "kworker/0:1");
	assert_string_equal(image->exe, "");
	assert_string_equal(image->filename, "");
	assert_string_equal(image->cwd, "/");
}

static void a_comm_without_an_end(void **state)
{
	struct record_exec facts = {.flags = EXEC_KTHREAD};
	_cleanup_image_ struct image *image = NULL;

	memset(facts.comm, 'x', sizeof(facts.comm));
	image = build(RECORD_TASK, &facts, &(struct exec_texts){0});
	assert_string_equal(image->binary, "xxxxxxxxxxxxxxx");
}

/* In the order of what says more. */
static void a_running_process_is_named_by_what_is_left(void **state)
{
	struct record_exec facts = {.flags = EXEC_ERROR_EXE, .comm = "comm"};
	const struct exec_texts exe = {.exe = "/bin/x", .argv = BYTES("title\0")},
				argv = {.argv = BYTES("title\0")}, nothing = {0};
	_cleanup_image_ struct image *a = build(RECORD_TASK, &(struct record_exec){0}, &exe);
	_cleanup_image_ struct image *b = build(RECORD_TASK, &facts, &argv);
	_cleanup_image_ struct image *c = build(RECORD_TASK, &facts, &nothing);

	assert_string_equal(a->binary, "/bin/x");
	assert_string_equal(b->binary, "title");
	assert_string_equal(b->exe, "");
	assert_string_equal(c->binary, "comm");
}

static void parts_are_put_together(void **state)
{
	struct record_exec facts = {
		.record.type = RECORD_EXEC,
		.field[EXEC_ARGV] = {.size = 100},
		.field[EXEC_ENV] = {.size = 4},
	};
	struct field_parts argv = {"cat\0lo", 6, "ng\0x", 4}, env = {"", 0, "A=1\0", 4};
	_cleanup_image_ struct image *image = NULL;

	assert_int_equal(image_new(&facts, &argv, &env, &image), 0);
	assert_strings(image->argv, image->exec.field[EXEC_ARGV], BYTES("cat\0long\0x"));
	assert_strings(image->env, image->exec.field[EXEC_ENV], BYTES("A=1\0"));
	/* How much there was stays known. */
	assert_int_equal(image->exec.field[EXEC_ARGV].size, 100);
}

static void nothing_at_all(void **state)
{
	static const struct record_exec facts = {.record.type = RECORD_EXEC};
	static const struct field_parts none = {.head = "", .tail = ""};
	_cleanup_image_ struct image *image = NULL;

	assert_int_equal(image_new(&facts, &none, &none, &image), 0);
	assert_strings(image->argv, image->exec.field[EXEC_ARGV], BYTES(""));
	assert_strings(image->env, image->exec.field[EXEC_ENV], BYTES(""));
	assert_string_equal(image->cwd, "/");
	assert_string_equal(image->filename, "");
}

/* prctl(PR_SET_MM) aside, a title is written over the arguments and NULs over the rest. */
static void a_title_is_trimmed(void **state)
{
	static const struct {
		struct bytes argv, trimmed;
	} cases[] = {
		{BYTES("nginx: worker\0\0\0\0\0\0"), BYTES("nginx: worker\0")},
		{BYTES("a\0b\0"), BYTES("a\0b\0")},
		{BYTES("a\0\0b\0\0"), BYTES("a\0\0b\0")},
		{BYTES("\0\0\0\0"), BYTES("\0")},
		{BYTES("no end"), BYTES("no end")},
		{BYTES(""), BYTES("")},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct exec_texts texts = {.argv = cases[i].argv};
		_cleanup_image_ struct image *task =
			build(RECORD_TASK, &(struct record_exec){0}, &texts);
		_cleanup_image_ struct image *exec = build_exec(&texts);

		assert_strings(task->argv, task->exec.field[EXEC_ARGV], cases[i].trimmed);
		assert_int_equal(task->exec.field[EXEC_ARGV].size, cases[i].trimmed.len);
		/* What was just executed has the arguments that it was given. */
		assert_strings(exec->argv, exec->exec.field[EXEC_ARGV], cases[i].argv);
	}
}

/* Trimming is no reason to forget that there was more. */
static void a_cut_argv_of_a_running_process_is_known_to_be_cut(void **state)
{
	_cleanup_free_ char *argv = malloc(EXEC_INLINE_MAX + 1000);
	_cleanup_image_ struct image *image = NULL;

	memset(argv, 'x', EXEC_INLINE_MAX + 1000);
	image = build(RECORD_TASK, &(struct record_exec){0},
		      &(struct exec_texts){.argv = {argv, EXEC_INLINE_MAX + 1000}});
	assert_int_equal(image->exec.field[EXEC_ARGV].kept, EXEC_INLINE_MAX);
	assert_int_equal(image->exec.field[EXEC_ARGV].size, EXEC_INLINE_MAX + 1000);
}

/* The kernel says nothing of how large it was; what was read of /proc is what there is. */
static void an_argv_that_was_read_later_is_whole(void **state)
{
	static const struct record_exec facts = {.record.type = RECORD_TASK,
						 .flags = EXEC_STRINGS_LATER};
	const struct field_parts argv = {.head = "", .tail = "a\0b\0", .tail_len = 4},
				 none = {.head = "", .tail = ""};
	_cleanup_image_ struct image *image = NULL;

	assert_int_equal(image_new(&facts, &argv, &none, &image), 0);
	assert_strings(image->argv, image->exec.field[EXEC_ARGV], BYTES("a\0b\0"));
	assert_int_equal(image->exec.field[EXEC_ARGV].size, 4);
}

static void references_are_counted(void **state)
{
	struct image *image = build_exec(&(struct exec_texts){.filename = "/a"}), *other;

	other = image_ref(image);
	assert_int_equal(image->refs, 2);
	image_unref(&other);
	assert_null(other);
	assert_int_equal(image->refs, 1);
	image_unref(&image);
	assert_null(image);
	image_unref(&image);
}

/* Sizes at which one byte too few would show. */
static void every_length_fits(void **state)
{
	char name[80] = "", path[80] = "";

	for (size_t n = 0; n < sizeof(name) - 2; n++) {
		_cleanup_image_ struct image *image = NULL;
		struct exec_texts texts = {name, path, path, name, {name, n}, {path, n}};

		image = build(RECORD_EXEC, &(struct record_exec){.flags = EXEC_SCRIPT}, &texts);
		assert_true(sizeof(*image) + n < image->size);
		name[n] = 'a';
		path[n] = n % 2 ? 'b' : '/';
	}
}

static void texts_without_an_end(void **state)
{
	struct {
		struct record_exec exec;
		char data[8];
	} r = {.exec.record = {.type = RECORD_EXEC, .size = sizeof(r)},
	       .exec.flags = EXEC_SCRIPT,
	       .exec.field[EXEC_FILENAME] = {4, 4},
	       .exec.field[EXEC_INTERP] = {4, 4},
	       .data = {'/', 'b', 'i', 'n', '/', 'e', 't', 'c'}};
	const struct field_parts none = {.head = "", .tail = ""};
	_cleanup_image_ struct image *image = NULL;

	assert_int_equal(image_new(&r.exec, &none, &none, &image), 0);
	assert_string_equal(image->binary, "/bin");
	assert_string_equal(image->interpreter, "/etc");
}

/* Last: what goes wrong here is memory that is not ours. */
static void a_relative_name_below_a_cut_off_cwd(void **state)
{
	struct {
		struct record_exec exec;
		char data[16];
	} r = {.exec.record = {.type = RECORD_EXEC, .size = sizeof(r)},
	       .exec.field[EXEC_FILENAME] = {4, 4},
	       .exec.field[EXEC_CWD] = {11, 11}};
	const struct field_parts none = {.head = "", .tail = ""};
	_cleanup_image_ struct image *image = NULL;

	memcpy(r.data, "x/y\0leaf\0middle", 16);
	assert_int_equal(image_new(&r.exec, &none, &none, &image), 0);
	assert_int_equal(image->binary[0], '/');
	assert_true(strlen(image->binary) <= 17);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_become_a_path),
		cmocka_unit_test(a_path_that_is_cut_off_is_absolute),
		cmocka_unit_test(a_long_path),
		cmocka_unit_test(a_relative_name_is_joined_and_cleaned),
		cmocka_unit_test(without_a_cwd_a_name_stays_relative),
		cmocka_unit_test(everything_is_kept),
		cmocka_unit_test(only_a_script_has_an_interpreter),
		cmocka_unit_test(a_kernel_thread_is_its_comm),
		cmocka_unit_test(a_comm_without_an_end),
		cmocka_unit_test(a_running_process_is_named_by_what_is_left),
		cmocka_unit_test(parts_are_put_together),
		cmocka_unit_test(nothing_at_all),
		cmocka_unit_test(a_title_is_trimmed),
		cmocka_unit_test(a_cut_argv_of_a_running_process_is_known_to_be_cut),
		cmocka_unit_test(an_argv_that_was_read_later_is_whole),
		cmocka_unit_test(references_are_counted),
		cmocka_unit_test(every_length_fits),
		cmocka_unit_test(texts_without_an_end),
		cmocka_unit_test(a_relative_name_below_a_cut_off_cwd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
