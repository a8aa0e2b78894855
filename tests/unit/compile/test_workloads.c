// SPDX-License-Identifier: Apache-2.0
#include "compile/workloads.h"
#include "base/macro.h"
#include "base/str.h"
#include "policy/policy.h"
#include "unit.h"

static const struct pod_label labels[] = {{"app", "web"}, {"tier", ""}};

static const struct pod_container web = {
	.id = "1",
	.name = "main",
	.image = "registry:5000/shop/web:v1",
	.image_id = "",
	.pod_name = "web-0",
	.pod_namespace = "shop",
	.labels = labels,
	.n_labels = ARRAY_SIZE(labels),
};

/* Which are the containers of @text, the rest of a spec. */
static void check(const char *text, const char *space, const struct pod_container *c, bool expected)
{
	_cleanup_str_ struct str policy = STR_INIT;
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	struct policies policies = {0};
	struct workload_scope scope;

	str_appendf(
		&policy,
		"apiVersion: cilium.io/v1alpha1\nkind: TracingPolicy%s\nmetadata: {name: x%s%s}\n"
		"spec: {%s, kprobes: [{call: x}]}\n",
		space ? "Namespaced" : "", space ? ", namespace: " : "", space ? space : "", text);
	if (policies_read(&policies, &diags, "f", policy.data, policy.len) < 0 || !policies.n)
		fail_msg("%s", text);
	assert_true(workload_scope_of(&policies.v[0]->spec.workloads, &scope));
	if (workload_scope_has(&scope, c) != expected)
		fail_msg("%s", text);
	policies_done(&policies);
}

#define POD(expression) "podSelector: {matchExpressions: [{" expression "}]}"
#define CONTAINER(expression) "containerSelector: {matchExpressions: [{" expression "}]}"

static void test_selectors(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} v[] = {
		{"podSelector: {}", true},
		{"containerSelector: {}", true},
		{"podSelector: {matchLabels: {app: web}}", true},
		{"podSelector: {matchLabels: {app: web, tier: ''}}", true},
		{"podSelector: {matchLabels: {app: web, tier: db}}", false},
		{"podSelector: {matchLabels: {app: we}}", false},
		{"podSelector: {matchLabels: {other: ''}}", false},
		{POD("key: app, operator: In, values: [a, web]"), true},
		{POD("key: app, operator: In, values: [a]"), false},
		{POD("key: app, operator: NotIn, values: [a]"), true},
		{POD("key: app, operator: NotIn, values: [a, web]"), false},
		{POD("key: x, operator: NotIn, values: [a]"), true},
		{POD("key: x, operator: In, values: ['']"), false},
		{POD("key: tier, operator: Exists"), true},
		{POD("key: x, operator: Exists"), false},
		{POD("key: tier, operator: DoesNotExist"), false},
		{POD("key: x, operator: DoesNotExist"), true},
		{POD("key: x, operator: DoesNotExist}, {key: app, operator: In, values: [a]"),
		 false},
		{"podSelector: {matchLabels: {app: web}, matchExpressions: [{key: x, operator: "
		 "Exists}]}",
		 false},
		{POD("key: 'k8s:io.kubernetes.pod.namespace', operator: In, values: [shop]"), true},
		{POD("key: 'k8s:io.kubernetes.pod.namespace', operator: In, values: [sho]"), false},
		{CONTAINER("key: name, operator: In, values: [main]"), true},
		{CONTAINER("key: name, operator: NotIn, values: [main]"), false},
		{CONTAINER("key: repo, operator: In, values: ['registry:5000/shop/web']"), true},
		{CONTAINER("key: repo, operator: In, values: ['registry:5000/shop/web:v1']"),
		 false},
		{"podSelector: {matchLabels: {app: web}}, containerSelector: {matchLabels: {name: "
		 "other}}",
		 false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++)
		check(v[i].text, NULL, &web, v[i].expected);
}

static void test_namespaces(void **state)
{
	check("loader: false", "shop", &web, true);
	check("loader: false", "bank", &web, false);
	check("podSelector: {matchLabels: {app: web}}", "shop", &web, true);
	check("podSelector: {matchLabels: {app: db}}", "shop", &web, false);
}

/* What is in no pod is selected by what containers have. */
static void test_without_a_pod(void **state)
{
	struct pod_container c = web;

	c.pod_name = c.pod_namespace = "";
	c.n_labels = 0;
	check("podSelector: {}", NULL, &c, false);
	check("podSelector: {}, containerSelector: {}", NULL, &c, false);
	check("containerSelector: {matchLabels: {name: main}}", NULL, &c, true);
	check(POD("key: x, operator: DoesNotExist"), NULL, &c, false);
	check("loader: false", "default", &c, false);
}

static void test_repositories(void **state)
{
	static const struct {
		const char *image, *id, *repo;
	} v[] = {
		{"nginx", "", "nginx"},
		{"nginx:1", "", "nginx"},
		{"a/b/nginx:1", "", "a/b/nginx"},
		{"host:5000/nginx", "", "host:5000/nginx"},
		{"nginx@sha256:00", "", "nginx"},
		{"nginx:1@sha256:00", "", "nginx"},
		{"sha256:00", "docker.io/library/nginx@sha256:00", "docker.io/library/nginx"},
		{"nginx:1", "sha256:00", "nginx"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {
		_cleanup_str_ struct str text = STR_INIT;
		struct pod_container c = web;

		c.image = v[i].image;
		c.image_id = v[i].id;
		str_appendf(&text, "containerSelector: {matchLabels: {repo: '%s'}}", v[i].repo);
		check(str_cstr(&text), NULL, &c, true);
	}
}

static void test_none(void **state)
{
	struct policy_workloads none = {.host.mark.line = 1};
	struct workload_scope scope;

	assert_false(workload_scope_of(&none, &scope));
	assert_true(scope.host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selectors),     cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_without_a_pod), cmocka_unit_test(test_repositories),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
