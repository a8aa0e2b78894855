// SPDX-License-Identifier: Apache-2.0
#include "made.h"

#include "base/macro.h"
#include "policy/schema_help.h"

/* An example is of a policy: only its beginning is missing, or its end. */
static void check_example(const char *name, const char *example)
{
	bool of_spec = !strncmp(example, "spec:", 5), is_whole = !strncmp(example, "apiV", 4);
	struct str text = STR_INIT;
	struct made made;

	if (!is_whole)
		str_append_lit(&text, "apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy\n");
	if (of_spec)
		str_append_lit(&text, "metadata: {name: p}\n");
	str_append_z(&text, example);
	if (!of_spec && !is_whole)
		str_append_lit(&text, "spec: {loader: true}\n");
	assert_non_null(str_cstr(&text));
	made_read(&made, text.data, text.len);
	if (made.diags.counts[SEVERITY_ERROR])
		fail_msg("%s: %s\n%s", name, text.data, made.text.data);
	/* It shows what it is an example of. */
	if (name && !strstr(example, name))
		fail_msg("the example of %s has none", name);
	made_done(&made);
	str_free(&text);
}

static void check_object(const struct object *object)
{
	for (size_t i = 0; i < object->n_fields; i++) {
		const struct field *field = &object->fields[i];
		const struct field_help *help = field_help(object, field->name);

		if (field->type == FIELD_IGNORED)
			continue;
		if (!help) {
			fail_msg("nobody says what %s of %s is", field->name, object->what);
			return;
		}
		if (help->says[strlen(help->says) - 1] != '.')
			fail_msg("%s of %s: %s", field->name, object->what, help->says);
		if (help->example)
			check_example(field->name, help->example);
		if (field->object)
			check_object(field->object);
	}
}

static void test_all(void **state)
{
	for (size_t i = 0; i < POLICY_KINDS; i++)
		check_object(&policy_objects[i]);
	check_example(NULL, policy_example);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
