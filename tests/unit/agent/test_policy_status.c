// SPDX-License-Identifier: Apache-2.0
#include "unit.h"

#include "agent/policy_status.h"
#include "base/macro.h"

#include <errno.h>
#include <string.h>

static const char text[] =
	"apiVersion: cilium.io/v1alpha1\n"
	"kind: TracingPolicy\n"
	"metadata: {name: p}\n"
	"spec:\n"
	"  lists: [{name: calls, type: syscalls, values: [sys_read, sys_write]}]\n"
	"  kprobes:\n"
	"  - {call: sys_read, syscall: true}\n"
	"  - {call: \"list:calls\", syscall: true}\n";

struct scene {
	struct diagnostics diags;
	struct policies policies;
	struct policy_hook_points hooks[2];
	struct policy_point v[3];
	struct policy_points points;
	struct policy_status status;
};

/* As compiling it leaves them: the first hook is at a place where it also returns, the second at a
 * place of two functions. */
static void set_up(struct scene *s)
{
	static const char *const functions[] = {"__x64_sys_read", "__x64_sys_write"};
	struct policy_hooks *hooks;

	*s = (struct scene){0};
	assert_int_equal(policies_read(&s->policies, &s->diags, "p.yaml", text, strlen(text)), 0);
	assert_int_equal(s->policies.n, 1);
	hooks = &s->policies.v[0]->spec.hooks[HOOK_KPROBE];
	for (size_t i = 0; i < 2; i++)
		s->hooks[i] = (struct policy_hook_points){.hook = &hooks->v[i], .index = i};
	s->v[0] = (struct policy_point){.place = {.kind = HOOK_POINT_KPROBE},
					.backend = &backend_syscall_kprobe,
					.told = "__x64_sys_read"};
	s->v[1] = s->v[0];
	s->v[1].backend = backend_of_return(s->v[0].backend);
	s->v[2] = (struct policy_point){
		.place = {.kind = HOOK_POINT_KPROBE_MULTI,
			  .functions = functions,
			  .n_functions = ARRAY_SIZE(functions)},
		.backend = &backend_syscall_kprobe,
		.of = 1,
	};
	s->points =
		(struct policy_points){.v = s->v, .n = 3, .hooks = s->hooks, .n_policy_hooks = 2};
	s->status = policy_status_begin(s->policies.v[0], POLICY_DOMAIN_STATIC);
}

static void tear_down(struct scene *s)
{
	policy_status_done(&s->status);
	arena_done(&s->points.arena);
	policies_done(&s->policies);
	diagnostics_done(&s->diags);
}

static void test_numbers(void **state)
{
	/* Those of sensors.proto. */
	assert_int_equal(POLICY_STATE_ENABLED, 1);
	assert_int_equal(POLICY_STATE_LOAD_ERROR, 3);
	assert_int_equal(POLICY_STATE_LOADING, 5);
	assert_int_equal(POLICY_STATE_PARTIALLY_ENABLED, 8);
	assert_int_equal(HOOK_STATE_LOADED, 1);
	assert_int_equal(HOOK_STATE_CALL_NOT_FOUND, 3);
	assert_int_equal(HOOK_STATE_PARTIAL_CALL_NOT_FOUND, 4);
	for (int i = 0; i < _POLICY_STATE_MAX; i++)
		assert_non_null(policy_state_name((enum policy_state)i));
	for (int i = 0; i < _HOOK_STATE_MAX; i++)
		assert_non_null(hook_state_name((enum hook_state)i));
}

static void test_loading(void **state)
{
	struct scene s;

	set_up(&s);
	assert_int_equal(s.status.state, POLICY_STATE_LOADING);
	assert_string_equal(s.status.name, "p");
	assert_string_equal(s.status.namespace, "");
	assert_string_equal(s.status.file, "p.yaml");
	assert_string_equal(s.status.domain, "static");
	assert_int_equal(s.status.n_hooks, 0);
	tear_down(&s);
}

static void test_enabled(void **state)
{
	const struct policy_hook_status *hooks;
	struct scene s;

	set_up(&s);
	policy_status_end(&s.status, &s.points, NULL);
	assert_int_equal(s.status.state, POLICY_STATE_ENABLED);
	assert_null(s.status.reason);
	assert_int_equal(s.status.n_hooks, 2);
	hooks = s.status.hooks;
	assert_string_equal(hooks[0].section, "kprobes");
	assert_string_equal(hooks[0].description, "sys_read");
	assert_string_equal(hooks[0].backend, "kprobe");
	assert_int_equal(hooks[0].state, HOOK_STATE_LOADED);
	assert_int_equal(hooks[0].n_places, 1);
	assert_string_equal(hooks[0].places[0], "__x64_sys_read");
	assert_int_equal(hooks[1].index, 1);
	assert_string_equal(hooks[1].description, "list:calls");
	assert_string_equal(hooks[1].backend, "kprobe.multi");
	assert_int_equal(hooks[1].n_places, 2);
	assert_string_equal(hooks[1].places[1], "__x64_sys_write");
	tear_down(&s);
}

static void test_partially_enabled(void **state)
{
	struct scene s;

	set_up(&s);
	s.hooks[1].n_missing = 1;
	policy_status_end(&s.status, &s.points, NULL);
	assert_int_equal(s.status.state, POLICY_STATE_PARTIALLY_ENABLED);
	assert_true(policy_state_works(s.status.state));
	assert_int_equal(s.status.hooks[0].state, HOOK_STATE_LOADED);
	assert_int_equal(s.status.hooks[1].state, HOOK_STATE_PARTIAL_CALL_NOT_FOUND);
	tear_down(&s);
	set_up(&s);
	s.hooks[1].n_missing = 2;
	s.points.n = 2;
	policy_status_end(&s.status, &s.points, NULL);
	assert_int_equal(s.status.state, POLICY_STATE_PARTIALLY_ENABLED);
	assert_int_equal(s.status.hooks[1].state, HOOK_STATE_CALL_NOT_FOUND);
	assert_int_equal(s.status.hooks[1].n_places, 0);
	assert_null(s.status.hooks[1].backend);
	tear_down(&s);
}

/* It outlives the points. */
static void test_load_error(void **state)
{
	char why[] = "p.yaml:8:5: error: because", reason[] = "because";
	struct scene s;

	set_up(&s);
	s.hooks[1].result = -ENOENT;
	s.hooks[1].why = why;
	policy_status_end(&s.status, &s.points, reason);
	arena_done(&s.points.arena);
	memset(why, 'x', sizeof(why) - 1);
	memset(reason, 'x', sizeof(reason) - 1);
	assert_int_equal(s.status.state, POLICY_STATE_LOAD_ERROR);
	assert_false(policy_state_works(s.status.state));
	assert_string_equal(s.status.reason, "because");
	assert_int_equal(s.status.n_hooks, 2);
	assert_int_equal(s.status.hooks[0].state, HOOK_STATE_UNSPECIFIED);
	assert_string_equal(s.status.hooks[0].description, "sys_read");
	assert_null(s.status.hooks[0].reason);
	assert_int_equal(s.status.hooks[1].state, HOOK_STATE_UNSPECIFIED);
	assert_string_equal(s.status.hooks[1].reason, "p.yaml:8:5: error: because");
	tear_down(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),    cmocka_unit_test(test_loading),
		cmocka_unit_test(test_enabled),    cmocka_unit_test(test_partially_enabled),
		cmocka_unit_test(test_load_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
