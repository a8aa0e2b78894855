// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "metrics/metrics.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static bool ends_in(const char *s, const char *end)
{
	size_t len = strlen(s), n = strlen(end);

	return len >= n && !strcmp(s + len - n, end);
}

static void check_name(const char *name)
{
	assert_true(islower(name[0]));
	for (const char *c = name; *c; c++)
		assert_true(islower(*c) || isdigit(*c) || *c == '_');
}

/* What both forms ask of names, and nothing in the help that one of them would escape. */
static void every_metric_can_be_told(void **state)
{
	for (size_t i = 0; i < _METRIC_MAX; i++) {
		const struct metric *m = &metrics_table[i];

		check_name(m->name);
		assert_int_equal(ends_in(m->name, "_total"), m->type == METRIC_COUNTER);
		assert_null(strpbrk(m->help, "\\\"\n"));
		assert_false(ends_in(m->help, "."));
		for (size_t l = 0; m->labels[l]; l++) {
			assert_true(l < METRIC_LABELS_MAX);
			check_name(m->labels[l]);
			for (size_t k = 0; k < l; k++)
				assert_string_not_equal(m->labels[k], m->labels[l]);
		}
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(metrics_table[j].name, m->name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_metric_can_be_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
