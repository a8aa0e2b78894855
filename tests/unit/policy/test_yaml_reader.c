// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/clock.h"
#include "base/macro.h"
#include "policy/yaml_reader.h"

#include <errno.h>
#include <string.h>

/* A text that is being read. */
struct scene {
	struct yaml_reader reader;
	struct diagnostics diags;
	struct arena arena;
	const struct node *root;
	struct str out;
};

static void begin_bytes(struct scene *s, const char *text, size_t len)
{
	*s = (struct scene){0};
	diagnostics_file(&s->diags, "f");
	yaml_reader_init(&s->reader, &s->diags, text, len);
}

static void begin(struct scene *s, const char *text)
{
	begin_bytes(s, text, strlen(text));
}

static int next(struct scene *s)
{
	return yaml_read(&s->reader, &s->arena, &s->root);
}

static const char *said(struct scene *s)
{
	str_reset(&s->out);
	diagnostics_sort(&s->diags);
	for (size_t i = 0; i < s->diags.n; i++)
		finding_text(s->diags.v[i], &s->out);
	return str_cstr(&s->out);
}

static void end(struct scene *s)
{
	yaml_reader_done(&s->reader);
	diagnostics_done(&s->diags);
	arena_done(&s->arena);
	str_free(&s->out);
}

static void assert_mark(const struct node *node, unsigned line, unsigned column)
{
	assert_int_equal(node->mark.line, line);
	assert_int_equal(node->mark.column, column);
}

static void test_nodes(void **state)
{
	struct scene s;
	const struct node *list;

	begin(&s, "a: 1\nä: [x, \"y\\0z\", ~]\nb: |\n  text\nc:\n");
	assert_int_equal(next(&s), 1);
	assert_int_equal(s.root->kind, NODE_MAPPING);
	assert_int_equal(s.root->n, 4);
	assert_mark(s.root, 1, 1);
	assert_mark(node_get(s.root, "a"), 1, 4);
	list = node_get(s.root, "ä");
	assert_int_equal(list->kind, NODE_SEQUENCE);
	assert_int_equal(list->n, 3);
	assert_mark(list, 2, 4);
	assert_mark(list->items[1], 2, 8);
	assert_int_equal(list->items[1]->style, NODE_QUOTED);
	assert_int_equal(list->items[1]->len, 3);
	assert_memory_equal(list->items[1]->text, "y\0z", 4);
	assert_int_equal(list->items[2]->kind, NODE_NULL);
	assert_int_equal(node_get(s.root, "b")->style, NODE_BLOCK);
	assert_string_equal(node_get(s.root, "b")->text, "text\n");
	assert_int_equal(node_get(s.root, "c")->kind, NODE_NULL);
	assert_null(node_get(s.root, "d"));
	assert_int_equal(next(&s), 0);
	assert_int_equal(next(&s), 0);
	end(&s);
}

static void test_aliases(void **state)
{
	struct scene s;
	const struct node *b;

	begin(&s, "a: &x {k: 1, l: 2}\nb: *x\nc: {<<: *x, k: 3}\nd: {<<: [*x, {m: 4, k: 5}]}\n");
	assert_int_equal(next(&s), 1);
	b = node_get(s.root, "b");
	assert_ptr_equal(b, node_get(s.root, "a"));
	assert_string_equal(node_get(node_get(s.root, "c"), "k")->text, "3");
	assert_string_equal(node_get(node_get(s.root, "c"), "l")->text, "2");
	assert_int_equal(node_get(s.root, "d")->n, 3);
	assert_string_equal(node_get(node_get(s.root, "d"), "k")->text, "1");
	end(&s);

	/* Anchors end with their document. */
	begin(&s, "a: &x 1\n---\nb: *x\n");
	assert_int_equal(next(&s), 1);
	assert_int_equal(next(&s), 1);
	assert_string_equal(said(&s), "f:3:4: error: *x names nothing that stands above it\n"
				      "    a value that begins with \"*\" has to be quoted\n");
	end(&s);
}

/* A billion of them take no more than ten. */
static void test_laughs(void **state)
{
	_cleanup_str_ struct str text = STR_INIT;
	struct scene s;

	str_append_lit(&text, "a0: &a0 lol\n");
	for (unsigned i = 1; i < 40; i++) {
		str_appendf(&text, "a%u: &a%u [", i, i);
		for (unsigned j = 0; j < 10; j++)
			str_appendf(&text, "*a%u,", i - 1);
		str_append_lit(&text, "]\n");
	}
	begin_bytes(&s, text.data, text.len);
	assert_int_equal(next(&s), 1);
	assert_true(s.reader.nodes < 1000);
	end(&s);

	/* Merging copies, and is counted. */
	str_reset(&text);
	str_append_lit(&text, "a0: &a0 {k: 1}\n");
	for (unsigned i = 1; i < 40; i++) {
		str_appendf(&text, "a%u: &a%u {<<: [*a%u, *a%u], k%u: 1}\n", i, i, i - 1, i - 1, i);
	}
	begin_bytes(&s, text.data, text.len);
	assert_int_equal(next(&s), 1);
	end(&s);
}

static void test_documents(void **state)
{
	struct scene s;

	begin(&s, "# nothing\n---\na: 1\n---\n---\nb: [\n---\nc: 1\n...\n---\nd: {\n---\n");
	assert_int_equal(next(&s), 1);
	assert_non_null(node_get(s.root, "a"));
	assert_int_equal(next(&s), 1);
	assert_int_equal(s.root->kind, NODE_NULL);
	assert_int_equal(next(&s), -EINVAL);
	assert_int_equal(next(&s), 1);
	assert_mark(node_get(s.root, "c"), 8, 4);
	assert_int_equal(next(&s), -EINVAL);
	assert_int_equal(next(&s), 1);
	assert_int_equal(s.root->kind, NODE_NULL);
	assert_int_equal(next(&s), 0);
	assert_int_equal(s.diags.counts[SEVERITY_ERROR], 2);
	end(&s);
}

static void test_errors(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{"a:\n\tb: 1\n", "f:2:1: error: a tab stands where YAML allows none\n"
				 "    indent with spaces\n"},
		{"a: 1\na: 2\n", "f:2:1: error: \"a\" is here for the second time; the first is in "
				 "line 1\n"},
		{"a: !foo 1\n", "f:1:4: error: the tag \"!foo\" is unknown\n"
				"    policies need no tags\n"},
		{"a: !!map [1]\n", "f:1:4: error: the tag \"tag:yaml.org,2002:map\" is not for a "
				   "list\n    policies need no tags\n"},
		{"a: &x [*x]\n", "f:1:8: error: *x stands inside of what &x names\n"},
		{"a: *x\n", "f:1:4: error: *x names nothing that stands above it\n"
			    "    a value that begins with \"*\" has to be quoted\n"},
		{"{{ .Values }}\n", "f:1:2: error: a key is a string, and this is a mapping\n"
				    "    \"{{\" belongs to a template, which has to be rendered "
				    "first\n"},
		{"? [1]\n: 2\n", "f:1:3: error: a key is a string, and this is a list\n"},
		{"~: 2\n", "f:1:1: error: a key is missing before \":\"\n"},
		{"<<: 1\n", "f:1:5: error: \"<<\" takes a mapping or a list of mappings, and this "
			    "is a number\n"},
		{"a: \"x\n",
		 "f:2:1: error: not YAML: the file ends inside of a quoted string; what "
		 "is being read began in line 1\n"
		 "    the quote that ends it is missing\n"},
		{"a: 1\n b: 2\n", "f:2:3: error: not YAML: a \":\" cannot stand here\n"
				  "    a value with \": \" in it has to be quoted; a mapping below "
				  "a key begins in a line of its own\n"},
		{"a: \"\\q\"\n", "f:1:5: error: not YAML: there is no such escape in a string\n"
				 "    write \"\\\\\" for a backslash, or put the string between "
				 "single quotes\n"},
		{"ab: \x01\n", "f:1:5: error: not YAML: there is a control character\n"
			       "    write it as an escape in a string between double quotes\n"},
		{"ä: \xc3(\n", "f:1:4: error: this is not UTF-8\n    save the file as UTF-8\n"},
		{"a: b: c\n",
		 "f:1:5: error: not YAML: a \":\" cannot stand here\n"
		 "    a value with \": \" in it has to be quoted; a mapping below a key "
		 "begins in a line of its own\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scene s;

		begin(&s, cases[i].text);
		while (next(&s) != 0)
			;
		if (strcmp(said(&s), cases[i].said) != 0)
			fail_msg("of: %s\nexpected: %s\ngot: %s", cases[i].text, cases[i].said,
				 s.out.data);
		end(&s);
	}
}

/* Not of what libyaml would have to look through for each of them. */
static void test_brackets_that_never_close(void **state)
{
	static const char *const brackets[] = {"[", "{a: "};
	uint64_t began = clock_ns(CLOCK_MONOTONIC);

	for (size_t i = 0; i < ARRAY_SIZE(brackets); i++) {
		_cleanup_str_ struct str text = STR_INIT;
		struct scene s;

		for (unsigned n = 0; n < 200000; n++)
			str_append_z(&text, brackets[i]);
		str_append_lit(&text, "\n--- ok\n");
		begin_bytes(&s, text.data, text.len);
		assert_int_equal(next(&s), -EINVAL);
		assert_non_null(strstr(said(&s), "more than 64 levels, which is the limit"));
		assert_int_equal(next(&s), 1);
		assert_int_equal(next(&s), 0);
		end(&s);
	}
	/* It was minutes. */
	assert_true(clock_ns(CLOCK_MONOTONIC) - began < 5 * NSEC_PER_SEC);
}

static void test_limits(void **state)
{
	_cleanup_str_ struct str text = STR_INIT;
	struct scene s;

	/* Each is told of, and does not keep the next document from being read. */
	for (unsigned i = 0; i <= YAML_DEPTH_MAX; i++)
		str_append_char(&text, '[');
	for (unsigned i = 0; i <= YAML_DEPTH_MAX; i++)
		str_append_char(&text, ']');
	str_append_lit(&text, "\n---\n[");
	for (unsigned i = 0; i < YAML_NODES_MAX; i++)
		str_append_lit(&text, "1,");
	str_append_lit(&text, "]\n---\n[");
	for (unsigned i = 0; i <= YAML_ANCHORS_MAX; i++)
		str_appendf(&text, "&a%u 1,", i);
	str_append_lit(&text, "]\n---\nok: 1\n");
	begin_bytes(&s, text.data, text.len);
	assert_int_equal(next(&s), -EINVAL);
	assert_non_null(strstr(said(&s), "more than 64 levels, which is the limit"));
	assert_int_equal(next(&s), -EINVAL);
	assert_non_null(strstr(said(&s), "more than 200000 values, which is the limit"));
	assert_int_equal(next(&s), -EINVAL);
	assert_non_null(strstr(said(&s), "more than 1000 anchors, which is the limit"));
	assert_int_equal(next(&s), 1);
	assert_non_null(node_get(s.root, "ok"));
	end(&s);

	str_reset(&text);
	while (text.len <= YAML_FILE_MAX)
		str_append_lit(&text, "# a line of which there are too many\n");
	begin_bytes(&s, text.data, text.len);
	assert_int_equal(next(&s), 0);
	assert_non_null(strstr(said(&s), "more than 8388608 bytes, which is the limit"));
	end(&s);
}

/* However it is cut off, it comes to an end. */
static void test_cut(void **state)
{
	static const char text[] = "%YAML 1.1\n---\na: &x [1, {b: \"\xc3\xa4\\n\"}, *x]\r\n"
				   "---\n- |\n  text\n- >-\n  more\n...\n--- !!str x\n";

	for (size_t len = 0; len < sizeof(text); len++) {
		struct scene s;
		unsigned n = 0;

		begin_bytes(&s, text, len);
		while (next(&s) != 0)
			assert_true(n++ < 20);
		end(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),  cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_laughs), cmocka_unit_test(test_documents),
		cmocka_unit_test(test_errors), cmocka_unit_test(test_brackets_that_never_close),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
