// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "agent/settings.h"
#include "base/cleanup.h"
#include "base/distance.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define REFERENCE OCELLI_SOURCE_ROOT "/../shared/reference/flags.tsv"
#define MANUAL OCELLI_SOURCE_ROOT "/man/ocellid.8"

/* One bit per option type: what a flag of the other agent's type may be here. */
static unsigned family(const char *type)
{
	static const struct {
		const char *name;
		unsigned types;
	} families[] = {
		{"bool", 1 << OPTION_BOOL},
		{"int", 1 << OPTION_INT},
		{"uint", 1 << OPTION_INT},
		{"uint64", 1 << OPTION_INT},
		{"duration", 1 << OPTION_DURATION},
		{"stringslice", 1 << OPTION_STRINGS},
		/* Some are words with commas between them. */
		{"string", 1 << OPTION_STRING | 1 << OPTION_SIZE | 1 << OPTION_MODE |
				   1 << OPTION_CHOICE | 1 << OPTION_STRINGS},
	};

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (!strcmp(type, families[i].name))
			return families[i].types;
	return 0;
}

static const struct option_spec *find(const char *name)
{
	for (size_t i = 0; i < settings_n_options; i++)
		if (!strcmp(settings_options[i].name, name))
			return &settings_options[i];
	return NULL;
}

static void every_reference_flag_is_known(void **state)
{
	_cleanup_fclose_ FILE *f = fopen(REFERENCE, "re");
	char line[1024], name[64], type[32];
	size_t flags = 0;

	if (!f)
		skip();
	while (fgets(line, sizeof(line), f)) {
		const struct option_spec *spec;

		if (strncmp(line, "tetragon\t", strlen("tetragon\t")) != 0)
			continue;
		assert_int_equal(sscanf(line, "%*s %63s %31s", name, type), 2);
		print_message("%s\n", name);
		spec = find(name);
		assert_non_null(spec);
		assert_true(family(type) & 1U << spec->type);
		flags++;
	}
	assert_true(flags > 90);
}

static bool is_name(const char *name)
{
	for (const char *p = name; *p; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-')
			return false;
	return *name && strlen(name) <= DISTANCE_NAME_MAX;
}

static void entries_are_sound(void **state)
{
	for (size_t i = 0; i < settings_n_options; i++) {
		const struct option_spec *spec = &settings_options[i];
		bool works = !spec->inert && !spec->refuse;

		print_message("%s\n", spec->name);
		assert_true(is_name(spec->name));
		assert_ptr_equal(find(spec->name), spec);
		assert_false(spec->inert && spec->refuse);
		assert_int_equal(spec->type == OPTION_CHOICE, spec->choices != NULL);
		assert_int_equal(works, spec->help != NULL);
		if (works)
			assert_int_equal(spec->type != OPTION_BOOL, spec->argument != NULL);
		for (size_t j = 0; works && j < i; j++) {
			const struct option_spec *other = &settings_options[j];

			assert_false(other->offset == spec->offset && other->help);
			assert_false(spec->letter && other->letter == spec->letter);
		}
	}
}

static void every_option_is_in_the_manual(void **state)
{
	_cleanup_fclose_ FILE *f = fopen(MANUAL, "re");
	_cleanup_str_ struct str manual = STR_INIT;
	char buf[4096];
	size_t n;

	assert_non_null(f);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		str_append(&manual, buf, n);
	assert_non_null(str_cstr(&manual));

	for (size_t i = 0; i < settings_n_options; i++) {
		const struct option_spec *spec = &settings_options[i];
		bool wanted = !spec->inert && !spec->refuse && !spec->hidden;
		char heading[128];
		const char *at;

		/* ".It Fl d , Fl Fl debug" or ".It Fl Fl btf Ns = Ns Ar file" */
		snprintf(heading, sizeof(heading), "Fl Fl %s", spec->name);
		print_message("%s\n", heading);
		for (at = strstr(manual.data, heading); at; at = strstr(at + 1, heading)) {
			const char *line = at;

			while (line > manual.data && line[-1] != '\n')
				line--;
			if (!strncmp(line, ".It", 3) && strchr(" \n", at[strlen(heading)]))
				break;
		}
		assert_int_equal(at != NULL, wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reference_flag_is_known),
		cmocka_unit_test(entries_are_sound),
		cmocka_unit_test(every_option_is_in_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
