/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_CONFIG_SAMPLE_H
#define OCELLI_TESTS_CONFIG_SAMPLE_H

#include "base/cleanup.h"
#include "config/option_internal.h"

/* A table with every type of option, for the tests of those who read one. */
struct sample {
	bool quiet, loud;
	int64_t count, level;
	uint64_t size, time;
	unsigned int mode;
	char *file;
	struct strings names;
	int color;
	bool help;
	char *dir;
	struct strings warnings;
};

#define AT(type, member) OPTION_AT(struct sample, type, member)

static const char *const sample_colors[] = {"red", "green", NULL};

static const struct option_spec sample_specs[] = {
	{.name = "quiet",
	 .letter = 'q',
	 .type = OPTION_BOOL,
	 .offset = AT(bool, quiet),
	 .help = "Say less"},
	{.name = "loud",
	 .letter = 'l',
	 .type = OPTION_BOOL,
	 .offset = AT(bool, loud),
	 .initial = "true",
	 .help = "Say more"},
	{.name = "count",
	 .letter = 'n',
	 .type = OPTION_INT,
	 .offset = AT(int64_t, count),
	 .initial = "-1",
	 .argument = "N",
	 .help = "How many of those things that take more than one line to explain, at least in "
		 "the narrow column that is left beside the names of the options"},
	{.name = "level",
	 .type = OPTION_INT,
	 .offset = AT(int64_t, level),
	 .initial = "1",
	 .argument = "N",
	 .max = 2,
	 .help = "How deep"},
	{.name = "rb-size",
	 .type = OPTION_SIZE,
	 .offset = AT(uint64_t, size),
	 .initial = "64K",
	 .argument = "SIZE",
	 .min = 1024,
	 .max = 1 << 30,
	 .help = "How big"},
	{.name = "wait-time",
	 .type = OPTION_DURATION,
	 .offset = AT(uint64_t, time),
	 .argument = "TIME",
	 .help = "How long"},
	{.name = "file-mode",
	 .type = OPTION_MODE,
	 .offset = AT(unsigned int, mode),
	 .initial = "600",
	 .argument = "MODE",
	 .help = "Who may"},
	{.name = "file",
	 .letter = 'f',
	 .type = OPTION_STRING,
	 .offset = AT(char *, file),
	 .initial = "default.txt",
	 .argument = "FILE",
	 .help = "Where"},
	{.name = "names",
	 .type = OPTION_STRINGS,
	 .offset = AT(struct strings, names),
	 .initial = "a,b",
	 .argument = "NAME,...",
	 .help = "Who"},
	{.name = "color",
	 .type = OPTION_CHOICE,
	 .offset = AT(int, color),
	 .initial = "green",
	 .argument = "COLOR",
	 .choices = sample_colors,
	 .help = "What it looks like"},
	{.name = "help",
	 .type = OPTION_BOOL,
	 .offset = AT(bool, help),
	 .source = OPTION_FROM_ARGS,
	 .help = "Print this"},
	{.name = "a-directory-with-a-very-long-name",
	 .type = OPTION_STRING,
	 .offset = AT(char *, dir),
	 .source = OPTION_FROM_ENV,
	 .argument = "DIR",
	 .help = "Which"},
	{.name = "old", .type = OPTION_INT, .initial = "5", .inert = "nobody needs it"},
	{.name = "new", .type = OPTION_STRING, .initial = "later", .refuse = "it is not made yet"},
	{.name = "secret", .type = OPTION_BOOL, .hidden = true, .inert = "it is a secret"},
};

#define SAMPLE_OPTIONS(s)                                                              \
	(struct options)                                                               \
	{                                                                              \
		.specs = sample_specs, .n = ARRAY_SIZE(sample_specs), .settings = (s), \
		.warnings = &(s)->warnings                                             \
	}

static inline void sample_done(struct sample *s)
{
	const struct options opts = SAMPLE_OPTIONS(s);

	options_done(&opts);
	strings_free(&s->warnings);
}

#define _cleanup_sample_ _cleanup_(sample_done)

/* For cmocka: *state becomes a struct fixture. */
struct fixture {
	struct sample s;
	struct options opts;
	struct error *err;
};

static inline int fixture_setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->opts = SAMPLE_OPTIONS(&f->s);
	*state = f;
	return options_init(&f->opts);
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	sample_done(&f->s);
	error_free(&f->err);
	free(f);
	return 0;
}

/* Checks the text of *err, and frees it. */
static inline void assert_error(struct error **err, const char *expected)
{
	_cleanup_free_ char *text = *err ? error_text(*err) : NULL;

	assert_non_null(text);
	assert_string_equal(text, expected);
	error_free(err);
}

#endif
