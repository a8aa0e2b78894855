// SPDX-License-Identifier: Apache-2.0
#include "made.h"

#include "base/cleanup.h"
#include "base/macro.h"

#include <fts.h>

/* Policies that others have published; not part of the source. */
#define EXAMPLES OCELLI_SOURCE_ROOT "/../shared/policies"

/* Those that are refused, and for what. All others have to be good. */
static const struct {
	const char *file;
	const char *reason;
} refused[] = {
	{"docker-compose.yaml", "it has no \"apiVersion\""},
	/* Placeholders in them are to be replaced. */
	{"egress.yaml", "\"${PODCIDR}\" is not an address or a network"},
	{"network_egress_cluster.yaml", "\"${PODCIDR}\" is not an address or a network"},
	{"network_egress_cluster_enforce.yaml", "\"${PODCIDR}\" is not an address or a network"},
};

static const char *reason_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (!strcmp(refused[i].file, name))
			return refused[i].reason;
	return NULL;
}

static void check(const char *path, const char *name)
{
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_str_ struct str said = STR_INIT;
	const char *reason = reason_of(name);

	assert_int_equal(policies_load(&policies, &diags, path), 0);
	for (size_t i = 0; i < diags.n; i++)
		finding_text(diags.v[i], &said);
	assert_non_null(str_cstr(&said));
	if (reason && !strstr(said.data, reason))
		fail_msg("%s is not refused for \"%s\": %s", path, reason, said.data);
	if (!reason && (diags.counts[SEVERITY_ERROR] || !policies.n))
		fail_msg("%s", said.data);
}

static bool is_yaml(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

static void test_examples(void **state)
{
	char root[] = EXAMPLES;
	char *roots[] = {root, NULL};
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	size_t n = 0;

	assert_non_null(tree);
	for (FTSENT *entry; (entry = fts_read(tree));) {
		if (entry->fts_info != FTS_F || !is_yaml(entry->fts_name))
			continue;
		check(entry->fts_path, entry->fts_name);
		n++;
	}
	fts_close(tree);
	if (!n)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
