// SPDX-License-Identifier: Apache-2.0
#include "base/cleanup.h"
#include "config/option_internal.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

struct reader {
	const struct options *opts;
	const char *path;
	const char *text;
	yaml_parser_t parser;
	size_t *lines; /* per option: where it was set, or 0 */
	struct error **reterr;
};

#define _cleanup_event_ _cleanup_(yaml_event_delete)

static struct origin origin_at(const struct reader *reader, const char *what, yaml_mark_t mark)
{
	return (struct origin){
		.what = what,
		.file = reader->path,
		.line = (unsigned)mark.line + 1,
		.column = (unsigned)mark.column + 1,
	};
}

static int unexpected(const struct reader *reader, const yaml_event_t *event, const char *expected)
{
	const struct origin origin = origin_at(reader, NULL, event->start_mark);

	error_set(reader->reterr, -EINVAL, "%s is expected here", expected);
	error_remedy(reader->reterr, "the file is a flat list of lines such as rb-size: 64K");
	return origin_blame(&origin, -EINVAL, reader->reterr);
}

static int next(struct reader *reader, yaml_event_t *event)
{
	const yaml_parser_t *parser = &reader->parser;
	struct origin origin;

	if (yaml_parser_parse(&reader->parser, event))
		return 0;
	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	origin = origin_at(reader, NULL, parser->problem_mark);
	if (parser->error == YAML_READER_ERROR)
		option_place(reader->text, parser->problem_offset, &origin.line, &origin.column);
	error_set(reader->reterr, -EINVAL, "not YAML: %s", parser->problem);
	return origin_blame(&origin, -EINVAL, reader->reterr);
}

static int assign(struct reader *reader, const struct option_spec *spec, const yaml_event_t *event,
		  bool append)
{
	static const char *const nulls[] = {"~", "null", "Null", "NULL"};
	const struct origin origin = origin_at(reader, spec->name, event->start_mark);
	const char *text = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	for (size_t i = 0; i < ARRAY_SIZE(nulls); i++)
		if (event->data.scalar.plain_implicit && !strcmp(text, nulls[i]))
			len = 0;
	return option_assign_from_file(reader->opts, spec, text, len, append, &origin,
				       reader->reterr);
}

static int read_list(struct reader *reader, const struct option_spec *spec)
{
	for (bool append = false;; append = true) {
		_cleanup_event_ yaml_event_t event = {0};
		int r = next(reader, &event);

		if (r < 0 || event.type == YAML_SEQUENCE_END_EVENT)
			return r;
		if (event.type != YAML_SCALAR_EVENT)
			return unexpected(reader, &event, "an item of the list");
		r = assign(reader, spec, &event, append);
		if (r < 0)
			return r;
	}
}

static int read_value(struct reader *reader, const struct option_spec *spec)
{
	_cleanup_event_ yaml_event_t event = {0};
	int r = next(reader, &event);
	struct origin origin;

	if (r < 0)
		return r;
	if (event.type == YAML_SCALAR_EVENT)
		return assign(reader, spec, &event, false);
	if (event.type != YAML_SEQUENCE_START_EVENT || spec->type != OPTION_STRINGS)
		return unexpected(reader, &event,
				  spec->type == OPTION_STRINGS ? "a value or a list of values"
							       : "a single value");
	/* The list replaces what sources of lower precedence gave, even if it has no items. */
	origin = origin_at(reader, spec->name, event.start_mark);
	r = option_assign(reader->opts, spec, "", false, &origin, reader->reterr);
	return r < 0 ? r : read_list(reader, spec);
}

static int read_entry(struct reader *reader, const yaml_event_t *key)
{
	const struct origin origin = origin_at(reader, NULL, key->start_mark);
	const struct option_spec *spec;
	const char *name;
	size_t *line;
	int r;

	if (key->type != YAML_SCALAR_EVENT)
		return unexpected(reader, key, "the name of an option");
	name = (const char *)key->data.scalar.value;
	spec = option_find(reader->opts, name, key->data.scalar.length, OPTION_FROM_FILE);
	if (!spec) {
		r = option_unknown(reader->opts, name, 0, OPTION_FROM_FILE, reader->reterr);
		return origin_blame(&origin, r, reader->reterr);
	}
	line = &reader->lines[spec - reader->opts->specs];
	if (*line) {
		error_set(reader->reterr, -EINVAL, "%s is here for the second time", spec->name);
		error_remedy(reader->reterr, "the first is in line %zu", *line);
		return origin_blame(&origin, -EINVAL, reader->reterr);
	}
	*line = key->start_mark.line + 1;
	return read_value(reader, spec);
}

static int read_mapping(struct reader *reader)
{
	for (;;) {
		_cleanup_event_ yaml_event_t event = {0};
		int r = next(reader, &event);

		if (r < 0 || event.type == YAML_MAPPING_END_EVENT)
			return r;
		r = read_entry(reader, &event);
		if (r < 0)
			return r;
	}
}

static bool is_nothing(const yaml_event_t *event)
{
	return event->type == YAML_SCALAR_EVENT && event->data.scalar.length == 0;
}

static int read_stream(struct reader *reader)
{
	bool documents = false;

	for (;;) {
		_cleanup_event_ yaml_event_t event = {0};
		int r = next(reader, &event);

		if (r < 0 || event.type == YAML_STREAM_END_EVENT)
			return r;
		if (event.type == YAML_DOCUMENT_START_EVENT && documents)
			return unexpected(reader, &event,
					  "the end of the file, not another document");
		if (event.type == YAML_MAPPING_START_EVENT)
			r = read_mapping(reader);
		else if (event.type == YAML_DOCUMENT_START_EVENT)
			documents = true;
		else if (event.type == YAML_SEQUENCE_START_EVENT ||
			 event.type == YAML_ALIAS_EVENT ||
			 (event.type == YAML_SCALAR_EVENT && !is_nothing(&event)))
			r = unexpected(reader, &event, "the name of an option with its value");
		if (r < 0)
			return r;
	}
}

int options_read_yaml_text(const struct options *opts, const char *path, const char *text,
			   size_t len, struct error **reterr)
{
	_cleanup_free_ size_t *lines = calloc(opts->n + 1, sizeof(*lines));
	struct reader reader = {
		.opts = opts, .path = path, .text = text, .lines = lines, .reterr = reterr};
	int r;

	if (!lines || !yaml_parser_initialize(&reader.parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, len);
	r = read_stream(&reader);
	yaml_parser_delete(&reader.parser);
	return r;
}

int options_read_yaml(const struct options *opts, const char *path, bool required,
		      struct error **reterr)
{
	_cleanup_str_ struct str text = STR_INIT;
	int r = option_read_file(path, &text);

	if (r == -ENOENT && !required)
		return 0;
	if (r < 0)
		return option_file_failed(path, r, reterr);
	return options_read_yaml_text(opts, path, text.data, text.len, reterr);
}
