// SPDX-License-Identifier: Apache-2.0
#include "policy/yaml_reader.h"

#include "base/cleanup.h"
#include "base/utf8.h"
#include "policy/alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define _cleanup_event_ _cleanup_(yaml_event_delete)

struct yaml_anchor {
	const char *name;
	struct node *node;
	bool open; /* what it names has not ended yet */
};

/* What libyaml says, and what it means. */
static const struct {
	const char *problem;
	const char *what;
	const char *remedy;
} problems[] = {
	{"did not find expected key", "this line does not continue the mapping above it",
	 "compare the indentation with that of the lines above; a value with \": \" or \" #\" in "
	 "it has to be quoted"},
	{"did not find expected '-' indicator", "this line does not continue the list above it",
	 "every item begins with \"- \", all in the same column"},
	{"did not find expected ',' or ']'", "a list in brackets does not end here as it should",
	 "items stand between commas, and \"]\" ends the list"},
	{"did not find expected ',' or '}'", "a mapping in braces does not end here as it should",
	 "a value that begins with \"{\" has to be quoted; a template has to be rendered first"},
	{"could not find expected ':'", "a key has no \":\" after it",
	 "write \"key: value\", with a blank after the colon"},
	{"mapping values are not allowed in this context", "a \":\" cannot stand here",
	 "a value with \": \" in it has to be quoted; a mapping below a key begins in a line of "
	 "its own"},
	{"block sequence entries are not allowed in this context", "a list cannot begin here",
	 "a list below a key begins in a line of its own"},
	{"found unexpected end of stream", "the file ends inside of a quoted string",
	 "the quote that ends it is missing"},
	{"found unexpected document indicator", "the document ends inside of a quoted string",
	 "the quote that ends it is missing"},
	{"found unknown escape character", "there is no such escape in a string",
	 "write \"\\\\\" for a backslash, or put the string between single quotes"},
	{"found undefined tag handle", "the tag's prefix was not declared",
	 "policies need no tags"},
	{"did not find expected <document start>", "the document before has ended",
	 "documents are separated by a line \"---\""},
	{"control characters are not allowed", "there is a control character",
	 "write it as an escape in a string between double quotes"},
};

static const char tab_remedy[] = "indent with spaces";

static const struct {
	const char *tag;
	enum node_tag value;
} tags[] = {
	{"!", NODE_TAG_STRING},
	{YAML_STR_TAG, NODE_TAG_STRING},
	{YAML_BOOL_TAG, NODE_TAG_BOOL},
	{YAML_INT_TAG, NODE_TAG_INT},
	{YAML_FLOAT_TAG, NODE_TAG_FLOAT},
	{YAML_NULL_TAG, NODE_TAG_NULL},
	{YAML_SEQ_TAG, NODE_TAG_SEQUENCE},
	{YAML_MAP_TAG, NODE_TAG_MAPPING},
};

static int compose(struct yaml_reader *reader, const yaml_event_t *event, const struct node **ret);

static struct mark mark_at(const struct yaml_reader *reader, yaml_mark_t mark)
{
	return (struct mark){reader->lines + (unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

/* Returns where the line after this place begins. Lines end as YAML 1.1 has it. */
static size_t next_line(const char *text, size_t len, size_t at)
{
	for (; at < len; at++) {
		const char *s = text + at;

		if (*s == '\n')
			return at + 1;
		if (*s == '\r')
			return at + 1 < len && s[1] == '\n' ? at + 2 : at + 1;
		if (len - at >= 2 && !memcmp(s, "\xc2\x85", 2))
			return at + 2;
		if (len - at >= 3 &&
		    (!memcmp(s, "\xe2\x80\xa8", 3) || !memcmp(s, "\xe2\x80\xa9", 3)))
			return at + 3;
	}
	return len;
}

size_t yaml_line(const char *text, size_t len, size_t at, unsigned n)
{
	while (n-- > 0 && at < len)
		at = next_line(text, len, at);
	return at;
}

size_t yaml_offset(const char *text, size_t len, struct mark mark)
{
	size_t at = yaml_line(text, len, 0, mark.line - 1);

	for (unsigned column = 1; column < mark.column && at < len; column++)
		do
			at++;
		while (at < len && ((unsigned char)text[at] & 0xc0) == 0x80);
	return at;
}

static struct mark mark_of_offset(const char *text, size_t offset)
{
	struct mark mark = {1, 1};
	size_t line = 0;

	for (size_t next; (next = next_line(text, offset, line)) < offset; line = next)
		mark.line++;
	/* The last line may have ended just there. */
	if (offset > line && next_line(text, offset, line) == offset &&
	    (text[offset - 1] == '\n' || text[offset - 1] == '\r')) {
		mark.line++;
		line = offset;
	}
	for (size_t i = line; i < offset; i++)
		mark.column += ((unsigned char)text[i] & 0xc0) != 0x80;
	return mark;
}

static bool begins_document(const char *text, size_t len, size_t at)
{
	return len - at >= 3 && !memcmp(text + at, "---", 3) &&
	       (len - at == 3 || strchr(" \t\r\n", text[at + 3]));
}

static void close_parser(struct yaml_reader *reader)
{
	if (reader->open)
		yaml_parser_delete(&reader->parser);
	reader->open = false;
}

static int open_parser(struct yaml_reader *reader)
{
	if (!yaml_parser_initialize(&reader->parser))
		return -ENOMEM;
	reader->open = true;
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader->parser,
				     (const unsigned char *)reader->text + reader->begin,
				     reader->len - reader->begin);
	return 0;
}

/* After what is no YAML in this line: goes on with the next document, in that line or below. No
 * document is read twice. */
static void resume(struct yaml_reader *reader, unsigned line)
{
	size_t at = next_line(reader->text, reader->len, reader->begin);
	unsigned lines = reader->lines + 1;

	line = MAX(line, reader->begun + 1);
	close_parser(reader);
	while (at < reader->len &&
	       (lines + 1 < line || !begins_document(reader->text, reader->len, at))) {
		at = next_line(reader->text, reader->len, at);
		lines++;
	}
	reader->begin = at;
	reader->lines = lines;
}

static char char_at(const struct yaml_reader *reader, struct mark mark)
{
	size_t at = 0;

	for (unsigned line = 1; line < mark.line; line++)
		at = next_line(reader->text, reader->len, at);
	for (unsigned column = 1; at < reader->len; at++) {
		if (((unsigned char)reader->text[at] & 0xc0) != 0x80 && column++ == mark.column)
			return reader->text[at];
	}
	return '\0';
}

static int refuse_syntax(struct yaml_reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	const char *problem = parser->problem ? parser->problem : "cannot be read";
	struct mark mark = mark_at(reader, parser->problem_mark);
	struct finding *finding = NULL;

	if (parser->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (parser->error == YAML_READER_ERROR)
		mark = mark_of_offset(reader->text, reader->begin + parser->problem_offset);
	if (strstr(problem, "cannot start any token") && char_at(reader, mark) == '\t') {
		finding =
			diagnose_error(reader->diags, mark, "a tab stands where YAML allows none");
		finding_remedy(finding, "%s", tab_remedy);
		resume(reader, mark.line);
		return -EINVAL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(problems); i++) {
		if (!strstr(problem, problems[i].problem))
			continue;
		finding = diagnose_error(reader->diags, mark, "not YAML: %s", problems[i].what);
		finding_remedy(finding, "%s", problems[i].remedy);
		break;
	}
	if (!finding)
		finding = diagnose_error(reader->diags, mark, "not YAML: %s", problem);
	if (parser->context && parser->context_mark.line != parser->problem_mark.line)
		finding_why(finding, "what is being read began in line %u",
			    mark_at(reader, parser->context_mark).line);
	resume(reader, mark.line);
	return -EINVAL;
}

static int next(struct yaml_reader *reader, yaml_event_t *event)
{
	return yaml_parser_parse(&reader->parser, event) ? 0 : refuse_syntax(reader);
}

/* What is too much is not parsed to its end either: libyaml looks at all open brackets again at
 * every word. */
static int refuse_size(struct yaml_reader *reader, const yaml_event_t *event, const char *what,
		       unsigned max)
{
	struct mark mark = mark_at(reader, event->start_mark);

	diagnose_error(reader->diags, mark, "the document has more than %u %s, which is the limit",
		       max, what);
	resume(reader, mark.line);
	return -EINVAL;
}

static const char *event_tag(const yaml_event_t *event)
{
	const yaml_char_t *tag = NULL;

	if (event->type == YAML_SCALAR_EVENT)
		tag = event->data.scalar.tag;
	else if (event->type == YAML_SEQUENCE_START_EVENT)
		tag = event->data.sequence_start.tag;
	else if (event->type == YAML_MAPPING_START_EVENT)
		tag = event->data.mapping_start.tag;
	return (const char *)tag;
}

static bool tag_suits(enum node_tag tag, enum node_kind kind)
{
	if (tag == NODE_TAG_SEQUENCE || tag == NODE_TAG_MAPPING)
		return kind == (tag == NODE_TAG_SEQUENCE ? NODE_SEQUENCE : NODE_MAPPING);
	return tag == NODE_UNTAGGED || kind == NODE_SCALAR;
}

static void read_tag(struct yaml_reader *reader, const yaml_event_t *event, struct node *node)
{
	const char *tag = event_tag(event);
	struct finding *finding;

	for (size_t i = 0; tag && i < ARRAY_SIZE(tags); i++)
		if (!strcmp(tag, tags[i].tag))
			node->tag = tags[i].value;
	if (!tag || (node->tag != NODE_UNTAGGED && tag_suits(node->tag, node->kind)))
		return;
	if (node->tag != NODE_UNTAGGED)
		finding = diagnose_error(reader->diags, node->mark,
					 "the tag " QUOTED " is not for %s",
					 QUOTE(tag, strlen(tag)), node_kind_name(node));
	else
		finding = diagnose_error(reader->diags, node->mark, "the tag " QUOTED " is unknown",
					 QUOTE(tag, strlen(tag)));
	finding_remedy(finding, "policies need no tags");
	node->tag = NODE_UNTAGGED;
}

static struct node *new_node(struct yaml_reader *reader, const yaml_event_t *event,
			     enum node_kind kind)
{
	struct node *node = alloc_array(reader->arena, 1, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->mark = mark_at(reader, event->start_mark);
	read_tag(reader, event, node);
	return node;
}

static int add_anchor(struct yaml_reader *reader, const yaml_event_t *event,
		      const yaml_char_t *name, struct node *node, size_t *ret)
{
	char *copy;

	*ret = SIZE_MAX;
	if (!name)
		return 0;
	if (reader->n_anchors >= YAML_ANCHORS_MAX)
		return refuse_size(reader, event, "anchors", YAML_ANCHORS_MAX);
	copy = alloc_text(reader->arena, (const char *)name, strlen((const char *)name));
	if (!copy || !alloc_grow(reader->arena, (void **)&reader->anchors, reader->n_anchors,
				 &reader->cap_anchors, sizeof(*reader->anchors)))
		return -ENOMEM;
	*ret = reader->n_anchors++;
	reader->anchors[*ret] = (struct yaml_anchor){copy, node, true};
	return 0;
}

static void end_anchor(struct yaml_reader *reader, size_t anchor)
{
	if (anchor != SIZE_MAX)
		reader->anchors[anchor].open = false;
}

static int read_alias(struct yaml_reader *reader, const yaml_event_t *event,
		      const struct node **ret)
{
	const char *name = (const char *)event->data.alias.anchor;
	struct mark mark = mark_at(reader, event->start_mark);
	const struct yaml_anchor *found = NULL;
	struct node *nothing;

	for (size_t i = reader->n_anchors; i > 0 && !found; i--)
		if (!strcmp(reader->anchors[i - 1].name, name))
			found = &reader->anchors[i - 1];
	if (found && !found->open) {
		*ret = found->node;
		return 0;
	}
	if (found)
		diagnose_error(reader->diags, mark, "*%.60s stands inside of what &%.60s names",
			       name, name);
	else
		finding_remedy(diagnose_error(reader->diags, mark,
					      "*%.60s names nothing that stands above it", name),
			       "a value that begins with \"*\" has to be quoted");
	nothing = new_node(reader, event, NODE_NULL);
	*ret = nothing;
	return nothing ? 0 : -ENOMEM;
}

static size_t count_characters(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

/* With quotes, but nothing else that is not its text: then it takes no more room than that. */
static struct mark find_inside(const yaml_event_t *event, const struct node *node)
{
	size_t quotes = node->style == NODE_QUOTED;
	size_t room = event->end_mark.column - event->start_mark.column;

	if (node->style == NODE_BLOCK || event->start_mark.line != event->end_mark.line ||
	    room != count_characters(node->text, node->len) + 2 * quotes)
		return (struct mark){0};
	return (struct mark){node->mark.line, node->mark.column + (unsigned)quotes};
}

static int read_scalar(struct yaml_reader *reader, const yaml_event_t *event,
		       const struct node **ret)
{
	struct node *node = new_node(reader, event, NODE_SCALAR);
	size_t anchor;
	int r;

	if (!node)
		return -ENOMEM;
	node->len = event->data.scalar.length;
	node->text = alloc_text(reader->arena, (const char *)event->data.scalar.value, node->len);
	if (!node->text)
		return -ENOMEM;
	if (event->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
	    event->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE)
		node->style = NODE_QUOTED;
	else if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		node->style = NODE_BLOCK;
	node->inside = find_inside(event, node);
	if (node->tag == NODE_TAG_NULL || node_scalar(node).type == SCALAR_NULL)
		node->kind = NODE_NULL;
	r = add_anchor(reader, event, event->data.scalar.anchor, node, &anchor);
	if (r < 0)
		return r;
	end_anchor(reader, anchor);
	*ret = node;
	return 0;
}

static int read_sequence(struct yaml_reader *reader, struct node *node)
{
	size_t cap = 0;

	for (;;) {
		_cleanup_event_ yaml_event_t event = {0};
		const struct node *item;
		int r = next(reader, &event);

		if (r < 0 || event.type == YAML_SEQUENCE_END_EVENT)
			return r;
		r = compose(reader, &event, &item);
		if (r < 0)
			return r;
		if (!alloc_grow(reader->arena, (void **)&node->items, node->n, &cap,
				sizeof(*node->items)))
			return -ENOMEM;
		node->items[node->n++] = item;
	}
}

/* An entry while its mapping is being read. */
struct draft {
	struct node_entry entry;
	size_t order;
	bool merged; /* through "<<": gives way to the mapping's own */
	bool dropped;
};

struct drafts {
	struct draft *v;
	size_t n, cap;
};

static int add_draft(struct yaml_reader *reader, struct drafts *drafts, struct node_entry entry,
		     bool merged)
{
	if (!alloc_grow(reader->arena, (void **)&drafts->v, drafts->n, &drafts->cap,
			sizeof(*drafts->v)))
		return -ENOMEM;
	drafts->v[drafts->n] = (struct draft){entry, drafts->n, merged, false};
	drafts->n++;
	return 0;
}

static bool is_merge_key(const struct node *key)
{
	return key->style == NODE_PLAIN && key->tag == NODE_UNTAGGED && key->len == 2 &&
	       !memcmp(key->text, "<<", 2);
}

static int merge(struct yaml_reader *reader, struct drafts *drafts, const yaml_event_t *event,
		 const struct node *from)
{
	if (from->kind != NODE_MAPPING) {
		diagnose_error(reader->diags, from->mark,
			       "\"<<\" takes a mapping or a list of mappings, and this is %s",
			       node_kind_name(from));
		return 0;
	}
	/* Chains of merges double what they hold: what comes counts as if it were written here. */
	reader->nodes += from->n;
	if (reader->nodes > YAML_NODES_MAX)
		return refuse_size(reader, event, "values", YAML_NODES_MAX);
	for (size_t i = 0; i < from->n; i++) {
		int r = add_draft(reader, drafts, from->entries[i], true);

		if (r < 0)
			return r;
	}
	return 0;
}

static int read_merge(struct yaml_reader *reader, struct drafts *drafts, const yaml_event_t *event,
		      const struct node *from)
{
	if (from->kind != NODE_SEQUENCE)
		return merge(reader, drafts, event, from);
	for (size_t i = 0; i < from->n; i++) {
		int r = merge(reader, drafts, event, from->items[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_text(const struct node *a, const struct node *b)
{
	int r = memcmp(a->text, b->text, MIN(a->len, b->len));

	return r ? r : (a->len > b->len) - (a->len < b->len);
}

/* By key; of one key, those that count first. */
static int compare_drafts(const void *va, const void *vb)
{
	const struct draft *a = va, *b = vb;
	int r = compare_text(a->entry.key, b->entry.key);

	if (r)
		return r;
	if (a->merged != b->merged)
		return a->merged ? 1 : -1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static int compare_order(const void *va, const void *vb)
{
	const struct draft *a = va, *b = vb;

	return a->order < b->order ? -1 : a->order > b->order;
}

static int end_mapping(struct yaml_reader *reader, struct drafts *drafts, struct node *node)
{
	const struct draft *first = NULL;

	if (!drafts->n)
		return 0;
	qsort(drafts->v, drafts->n, sizeof(*drafts->v), compare_drafts);
	for (size_t i = 0; i < drafts->n; i++) {
		struct draft *draft = &drafts->v[i];
		const struct node *key = draft->entry.key;

		if (!first || compare_text(first->entry.key, key)) {
			first = draft;
			continue;
		}
		draft->dropped = true;
		if (!draft->merged)
			finding_why(diagnose_error(reader->diags, key->mark,
						   QUOTED " is here for the second time",
						   QUOTE(key->text, key->len)),
				    "the first is in line %u", first->entry.key->mark.line);
	}
	qsort(drafts->v, drafts->n, sizeof(*drafts->v), compare_order);
	node->entries = alloc_array(reader->arena, drafts->n, sizeof(*node->entries));
	if (!node->entries)
		return -ENOMEM;
	for (size_t i = 0; i < drafts->n; i++)
		if (!drafts->v[i].dropped)
			node->entries[node->n++] = drafts->v[i].entry;
	return 0;
}

static void refuse_key(struct yaml_reader *reader, const yaml_event_t *event,
		       const struct node *key)
{
	struct mark mark = mark_at(reader, event->start_mark);
	struct finding *finding;

	if (key->kind == NODE_NULL)
		finding = diagnose_error(reader->diags, mark, "a key is missing before \":\"");
	else
		finding = diagnose_error(reader->diags, mark, "a key is a string, and this is %s",
					 node_kind_name(key));
	if (key->kind == NODE_MAPPING)
		finding_remedy(finding,
			       "\"{{\" belongs to a template, which has to be rendered first");
}

static int read_mapping(struct yaml_reader *reader, struct node *node)
{
	struct drafts drafts = {0};

	for (;;) {
		_cleanup_event_ yaml_event_t key_event = {0};
		_cleanup_event_ yaml_event_t event = {0};
		struct node_entry entry;
		int r = next(reader, &key_event);

		if (r < 0)
			return r;
		if (key_event.type == YAML_MAPPING_END_EVENT)
			return end_mapping(reader, &drafts, node);
		r = compose(reader, &key_event, &entry.key);
		r = r < 0 ? r : next(reader, &event);
		r = r < 0 ? r : compose(reader, &event, &entry.value);
		if (r < 0)
			return r;
		if (entry.key->kind != NODE_SCALAR)
			refuse_key(reader, &key_event, entry.key);
		else if (is_merge_key(entry.key))
			r = read_merge(reader, &drafts, &event, entry.value);
		else
			r = add_draft(reader, &drafts, entry, false);
		if (r < 0)
			return r;
	}
}

static int read_collection(struct yaml_reader *reader, const yaml_event_t *event,
			   const struct node **ret)
{
	bool sequence = event->type == YAML_SEQUENCE_START_EVENT;
	struct node *node = new_node(reader, event, sequence ? NODE_SEQUENCE : NODE_MAPPING);
	size_t anchor;
	int r;

	if (!node)
		return -ENOMEM;
	if (++reader->depth > YAML_DEPTH_MAX)
		return refuse_size(reader, event, "levels", YAML_DEPTH_MAX);
	r = add_anchor(reader, event,
		       sequence ? event->data.sequence_start.anchor
				: event->data.mapping_start.anchor,
		       node, &anchor);
	if (r == 0)
		r = sequence ? read_sequence(reader, node) : read_mapping(reader, node);
	if (r < 0)
		return r;
	end_anchor(reader, anchor);
	reader->depth--;
	*ret = node;
	return 0;
}

/* Makes the node that begins with this event. */
static int compose(struct yaml_reader *reader, const yaml_event_t *event, const struct node **ret)
{
	if (++reader->nodes > YAML_NODES_MAX)
		return refuse_size(reader, event, "values", YAML_NODES_MAX);
	if (event->type == YAML_ALIAS_EVENT)
		return read_alias(reader, event, ret);
	if (event->type == YAML_SCALAR_EVENT)
		return read_scalar(reader, event, ret);
	return read_collection(reader, event, ret);
}

static int read_document(struct yaml_reader *reader, struct arena *arena, const struct node **ret)
{
	_cleanup_event_ yaml_event_t event = {0};
	_cleanup_event_ yaml_event_t end = {0};
	int r;

	reader->arena = arena;
	reader->nodes = 0;
	reader->depth = 0;
	reader->anchors = NULL;
	reader->n_anchors = reader->cap_anchors = 0;
	r = next(reader, &event);
	if (r == 0)
		r = compose(reader, &event, ret);
	if (r == 0)
		r = next(reader, &end);
	return r < 0 ? r : 1;
}

/* Returns whether there is anything to give to the parser. */
static bool begin(struct yaml_reader *reader)
{
	size_t valid;

	if (reader->begin > 0 || reader->open)
		return reader->open || reader->begin < reader->len;
	if (reader->len > YAML_FILE_MAX) {
		finding_remedy(
			diagnose_error(reader->diags, (struct mark){0},
				       "the file has more than %zu bytes, which is the limit",
				       YAML_FILE_MAX),
			"put the policies into several files");
		return false;
	}
	valid = utf8_valid_prefix(reader->text, reader->len);
	if (valid == reader->len)
		return reader->len > 0;
	finding_remedy(diagnose_error(reader->diags, mark_of_offset(reader->text, valid),
				      "this is not UTF-8"),
		       "save the file as UTF-8");
	return false;
}

void yaml_reader_init(struct yaml_reader *reader, struct diagnostics *diags, const char *text,
		      size_t len)
{
	*reader = (struct yaml_reader){.text = text, .len = len, .diags = diags};
}

int yaml_read(struct yaml_reader *reader, struct arena *arena, const struct node **ret)
{
	if (!begin(reader)) {
		reader->len = 0;
		return 0;
	}
	for (;;) {
		_cleanup_event_ yaml_event_t event = {0};
		int r = reader->open ? 0 : open_parser(reader);

		if (r == 0)
			r = next(reader, &event);
		if (r < 0)
			return r;
		if (event.type == YAML_STREAM_END_EVENT) {
			close_parser(reader);
			reader->begin = reader->len = 0;
			return 0;
		}
		if (event.type != YAML_DOCUMENT_START_EVENT)
			continue;
		reader->begun = mark_at(reader, event.start_mark).line;
		return read_document(reader, arena, ret);
	}
}

void yaml_reader_done(struct yaml_reader *reader)
{
	close_parser(reader);
}
