// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/complain.h"
#include "cli/output.h"
#include "cli/schema_place.h"
#include "cli/table.h"

#include <errno.h>

enum { EXPLAIN_TEXT, EXPLAIN_JSON, EXPLAIN_YAML };

static const char *const format_names[] = {"text", "json", "yaml", NULL};

struct settings {
	struct common_settings common;
	int output;
	bool recursive, example, list;
	char *version;
};

#define AT(member) offsetof(struct settings, member)

_Static_assert(AT(common) == 0, "what every command takes is at the beginning");

static enum status list(void)
{
	_cleanup_table_ struct table table = TABLE_INIT(3);
	_cleanup_str_ struct str out = STR_INIT;
	static const char *const titles[] = {"NAME", "SHORTNAMES", "APIVERSION"};

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		table_add(&table, titles[i]);
	for (const struct schema_resource *r = schema_resources; r->kind; r++) {
		table_add(&table, r->kind);
		table_add(&table, r->short_name);
		table_add(&table, POLICY_API_VERSION);
	}
	table_write(&table, &out);
	return output_print(&out);
}

static int print(const struct settings *settings, const struct schema_place *place, struct str *out)
{
	switch (settings->output) {
	case EXPLAIN_JSON:
		schema_print_json(place, out);
		return 0;
	case EXPLAIN_YAML:
		return schema_print_yaml(place, out);
	default:
		schema_print_text(place, settings->recursive, settings->example, out);
		return 0;
	}
}

static enum status run(void *data, int argc, char **argv)
{
	const struct settings *settings = data;
	_cleanup_error_ struct error *err = NULL;
	_cleanup_str_ struct str out = STR_INIT;
	struct schema_place place;
	int r;

	if (settings->list ? argc > 0 : argc != 1) {
		complain(settings->list ? "explain --list takes no resource"
					: "explain takes one resource, or a field in it");
		return STATUS_USAGE;
	}
	if (settings->version && strcmp(settings->version, SCHEMA_VERSION) != 0 &&
	    strcmp(settings->version, POLICY_API_VERSION) != 0) {
		complain("there is no version \"%s\": the only one is %s", settings->version,
			 SCHEMA_VERSION);
		return STATUS_FAILED;
	}
	if (settings->list)
		return list();
	r = schema_place_find(argv[0], &place, &err);
	if (r >= 0)
		r = print(settings, &place, &out);
	if (r < 0) {
		complain_error(err, r);
		return STATUS_FAILED;
	}
	return output_print(&out);
}

static const struct option_spec options[] = {
	{.name = "output",
	 .letter = 'o',
	 .type = OPTION_CHOICE,
	 .choices = format_names,
	 .offset = AT(output),
	 .initial = "text",
	 .argument = "FORMAT",
	 .help = "How to print it: for people, or as a schema of OpenAPI"},
	{.name = "recursive",
	 .letter = 'R',
	 .type = OPTION_BOOL,
	 .offset = AT(recursive),
	 .help = "Also the fields of fields"},
	{.name = "example", .type = OPTION_BOOL, .offset = AT(example), .help = "Also an example"},
	{.name = "list",
	 .type = OPTION_BOOL,
	 .offset = AT(list),
	 .help = "List the resources instead"},
	{.name = "api-version",
	 .type = OPTION_STRING,
	 .offset = AT(version),
	 .argument = "VERSION",
	 .help = "Of this version of the schema; there is one, " SCHEMA_VERSION},
};

static const struct example examples[] = {
	{"ocelli explain tracingpolicy.spec", "What can be in a policy"},
	{"ocelli explain --example tgtp.spec.kprobes.selectors.matchArgs",
	 "How arguments are filtered"},
	{"ocelli explain -o json 'tgtp[spec][kprobes]'", "The schema of it, for tools"},
	{0},
};

const struct command explain_command = {
	.name = "explain",
	.arguments = "RESOURCE[.FIELD]...",
	.operands = OPERANDS_OTHER,
	.summary = "Say which fields policies have, and what they are for",
	.description = "A path leads from a resource by its kind or short name to a field: "
		       "tracingpolicy.spec.kprobes, or with brackets tgtp[spec][kprobes]; numbers "
		       "in brackets "
		       "are passed over. What is told is what policies are checked by, with the "
		       "words that a "
		       "field may have. Fields that Tetragon does not have are marked -ocelli-.",
	.exit_status =
		"0 when there is such a field; 1 when there is none; 2 for a wrong command line",
	.examples = examples,
	.options = options,
	.n_options = ARRAY_SIZE(options),
	.settings_size = sizeof(struct settings),
	.run = run,
};
