// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "base/macro.h"
#include "policy/decode.h"
#include "policy/yaml_reader.h"

#include <string.h>

/* A small object with a field of each kind. */

struct policy_thing {
	struct mark mark;
	struct policy_text text;
	struct policy_texts texts;
	struct policy_pairs pairs;
	struct policy_bool yes;
	struct policy_int small, big;
	struct policy_ints numbers;
	struct policy_choice choice;
};

static const struct field thing_fields[] = {
	STRING_FIELD("text", policy_thing, text, .required = true),
	STRINGS_FIELD("texts", policy_thing, texts),
	PAIRS_FIELD("pairs", policy_thing, pairs),
	BOOL_FIELD("yes", policy_thing, yes, .initial = "true"),
	INT_FIELD("small", 32, policy_thing, small, .not_negative = true),
	INT_FIELD("big", 64, policy_thing, big),
	INTS_FIELD("numbers", 32, policy_thing, numbers),
	CHOICE_FIELD("choice", label_operators, policy_thing, choice, .initial = "\"Exists\""),
	IGNORED_FIELD("whatever"),
};

static bool is_not_both(const void *object)
{
	const struct policy_thing *thing = object;

	return !POLICY_SET(thing->small) || !POLICY_SET(thing->big);
}

static const struct constraint thing_constraints[] = {
	{.cel = "x", .holds = is_not_both, .what = "both small and big", .remedy = "keep one"},
};

static const struct object thing_object = {
	.what = "a thing",
	.size = sizeof(struct policy_thing),
	FIELDS_OF(thing_fields),
	CONSTRAINTS_OF(thing_constraints),
};

/* What came of a text. */
struct scene {
	struct arena arena;
	struct diagnostics diags;
	struct policy_thing thing;
	struct str said;
};

static struct policy_thing *decode(struct scene *s, const char *text)
{
	struct builder builder = {.arena = &s->arena, .diags = &s->diags, .left = 1000};
	struct yaml_reader reader;
	const struct node *root;

	*s = (struct scene){0};
	builder.left = 1000;
	diagnostics_file(&s->diags, "f");
	yaml_reader_init(&reader, &s->diags, text, strlen(text));
	assert_int_equal(yaml_read(&reader, &s->arena, &root), 1);
	yaml_reader_done(&reader);
	decode_object(&builder, &thing_object, root, &s->thing);
	diagnostics_sort(&s->diags);
	for (size_t i = 0; i < s->diags.n; i++)
		finding_text(s->diags.v[i], &s->said);
	assert_non_null(str_cstr(&s->said));
	return &s->thing;
}

static void done(struct scene *s)
{
	arena_done(&s->arena);
	diagnostics_done(&s->diags);
	str_free(&s->said);
}

static void test_values(void **state)
{
	struct scene s;
	const struct policy_thing *thing =
		decode(&s, "text: 'a'\ntexts: [b, \"\"]\npairs: {k: v}\nyes: off\nbig: -0x10\n"
			   "numbers: [1.0, 2]\nchoice: In\nwhatever: {x: [1]}\n");

	assert_string_equal(s.said.data, "");
	assert_string_equal(thing->text.s, "a");
	assert_int_equal(thing->text.mark.column, 7);
	assert_int_equal(thing->texts.n, 2);
	assert_int_equal(thing->texts.v[1].len, 0);
	assert_true(POLICY_SET(thing->texts.v[1]));
	assert_string_equal(thing->pairs.v[0].key.s, "k");
	assert_string_equal(thing->pairs.v[0].value.s, "v");
	assert_false(thing->yes.v);
	assert_int_equal(thing->big.v, -16);
	assert_int_equal(thing->numbers.v[0].v, 1);
	assert_int_equal(thing->choice.v, LABEL_IN);
	done(&s);
}

/* What was left out, and what is null. */
static void test_defaults(void **state)
{
	struct scene s;
	const struct policy_thing *thing = decode(&s, "text: ''\nyes: ~\nsmall:\ntexts: null\n");

	assert_string_equal(s.said.data, "");
	assert_true(thing->yes.v);
	assert_false(POLICY_SET(thing->yes));
	assert_int_equal(thing->choice.v, LABEL_EXISTS);
	assert_false(POLICY_SET(thing->choice));
	assert_false(POLICY_SET(thing->small));
	assert_false(POLICY_SET(thing->texts));
	done(&s);
}

static void test_errors(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{"{}", "f:1:1: error: a thing needs a field \"text\"\n"},
		{"text:", "f:1:6: error: \"text\" has no value\n"},
		{"text: 1", "f:1:7: error: \"text\" takes a string, and this is a number\n"
			    "    quote it: \"1\"\n"},
		{"text: [x]", "f:1:7: error: \"text\" takes a string, and this is a list\n"},
		{"text: x\ntexts: y", "\"texts\" takes a list of strings, and this is true or "
				      "false\n    begin each item with \"- \"\n"},
		{"text: x\ntexts: [~]", "\"texts\" takes strings, and this is nothing\n"},
		{"text: x\npairs: [a]", "\"pairs\" takes a mapping of names to strings, and this "
					"is a list\n"},
		{"text: x\npairs: {on: a}", "the key is a string, and this is true or false\n"
					    "    quote it: \"on\"\n"},
		{"text: x\nyes: \"true\"", "\"yes\" takes true or false, and this is a string\n"
					   "    write true or false, without quotes\n"},
		{"text: x\nsmall: 1.5", "\"small\" takes a number, and this is a number with a "
					"fraction\n"},
		{"text: x\nsmall: \"1\"", "write a number, without quotes\n"},
		{"text: x\nsmall: 2147483648", "\"small\" takes a number of 32 bits, and "
					       "\"2147483648\" has more\n"},
		{"text: x\nsmall: 1e30", "\"small\" takes a number of 32 bits"},
		{"text: x\nbig: 9223372036854775808", "\"big\" takes a number of 64 bits"},
		{"text: x\nbig: -1e19", "\"big\" takes a number of 64 bits"},
		{"text: x\nbig: .nan", "\"big\" takes a number, and this is a number with a "
				       "fraction\n"},
		{"text: x\nsmall: -1", "\"small\" takes a number from 0 on, and this is -1\n"},
		{"text: x\nchoice: Exist", "\"Exist\" is not an operator on labels\n    did you "
					   "mean \"Exists\"?\n"},
		{"text: x\nchoice: Equal", "there are: In, NotIn, Exists, DoesNotExist\n"},
		{"text: x\ntext2: y", "f:2:1: error: there is no field \"text2\" in a thing\n    "
				      "did you mean \"text\"?\n"},
		{"text: x\nfoo_bar: y", "its fields are: text, texts, pairs, yes, small, big, "
					"numbers, choice\n"},
		{"text: x\nsmall: 1\nbig: 1", "f:1:1: error: both small and big\n    keep one\n"},
		{"text: x\nnumbers: [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
		 "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
		 "the policy takes more than 67108864 bytes or steps to make, which is the limit"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct scene s;

		decode(&s, cases[i].text);
		if (!strstr(s.said.data, cases[i].said))
			fail_msg("of: %s\nexpected: %s\ngot: %s", cases[i].text, cases[i].said,
				 s.said.data);
		done(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
