// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_set.h"
#include "agent/lineage.h"
#include "abi/hook.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/str.h"
#include "base/syscall.h"
#include "compile/syscalls.h"
#include "policy/arg_type.h"
#include "policy/policy.h"
#include "sensor/raw_point.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What the kernel calls the functions of its system calls, and what policies may. */
#ifdef __aarch64__
#define SYSCALL_PREFIX "__arm64_sys_"
#else
#define SYSCALL_PREFIX "__x64_sys_"
#endif

/* One system call of one hook of a policy. */
struct point {
	struct plan plan;
	uint32_t syscall;
};

struct entry {
	struct policy *policy;
	struct arena arena; /* of the plans */
	struct point *points;
	size_t n, cap;
	bool works;
};

struct policy_set {
	struct process_sensor *sensor;
	struct hooks *hooks;
	struct plan_facts facts;
	struct library *library;
	struct raw_point *sys_enter;
	struct verdicts verdicts;
	struct lineage lineage;
	uint64_t missed; /* before it was detached */
	struct entry *v;
	size_t n, n_applied;
};

int policy_set_new(struct process_sensor *sensor, struct hooks *hooks, const uint32_t *host_ns,
		   struct policy_set **ret)
{
	struct policy_set *set = calloc(1, sizeof(*set));

	if (!set)
		return -ENOMEM;
	set->sensor = sensor;
	set->hooks = hooks;
	memcpy(set->facts.host_ns, host_ns, sizeof(set->facts.host_ns));
	*ret = set;
	return 0;
}

/* Forgets what was compiled of it. */
static void drop_points(struct policy_set *set, struct entry *e)
{
	for (size_t i = 0; i < e->n; i++)
		hooks_remove(set->hooks, e->points[i].plan.hook);
	free(e->points);
	e->points = NULL;
	e->n = e->cap = 0;
	arena_done(&e->arena);
	e->works = false;
}

uint64_t policy_set_missed(const struct policy_set *set)
{
	return set->missed + (set->sys_enter ? raw_point_missed(set->sys_enter) : 0) +
	       lineage_missed(&set->lineage);
}

void policy_set_detach(struct policy_set *set)
{
	if (set->sys_enter)
		set->missed += raw_point_missed(set->sys_enter);
	raw_point_free(&set->sys_enter);
	lineage_detach(&set->lineage);
}

void policy_set_free(struct policy_set **set)
{
	if (!*set)
		return;
	policy_set_detach(*set);
	library_free(&(*set)->library);
	verdicts_done(&(*set)->verdicts);
	for (size_t i = 0; i < (*set)->n; i++) {
		drop_points(*set, &(*set)->v[i]);
		policy_free(&(*set)->v[i].policy);
	}
	free((*set)->v);
	free(*set);
	*set = NULL;
}

static void log_findings(struct diagnostics *diags)
{
	diagnostics_sort(diags);
	for (size_t i = 0; i < diags->n; i++) {
		_cleanup_str_ struct str text = STR_INIT;

		finding_text(diags->v[i], &text);
		if (diags->v[i]->severity == SEVERITY_ERROR)
			log_error("%s", str_cstr(&text));
		else
			log_warn("%s", str_cstr(&text));
	}
}

int policy_set_read(struct policy_set *set, const char *path, struct error **reterr)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	_cleanup_policies_ struct policies policies = POLICIES_INIT;
	struct entry *v;
	int r = policies_load(&policies, &diags, path);

	if (r < 0)
		return error_set(reterr, r, "cannot read %s: %s", path, strerror(-r));
	log_findings(&diags);
	v = reallocarray(set->v, set->n + policies.n + 1, sizeof(*v));
	if (!v)
		return error_set(reterr, -ENOMEM, "out of memory");
	set->v = v;
	while (policies.n)
		v[set->n++] = (struct entry){.policy = policies_take(&policies, 0)};
	return 0;
}

/* --- compiling */

static enum hook_value value_of(const struct arg_type *type)
{
	static const struct {
		const char *member;
		enum hook_value value;
	} values[] = {
		{"int_arg", HOOK_VALUE_INT},       {"uint_arg", HOOK_VALUE_UINT},
		{"long_arg", HOOK_VALUE_LONG},     {"size_arg", HOOK_VALUE_SIZE},
		{"string_arg", HOOK_VALUE_STRING},
	};

	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		if (!strcmp(type->member, values[i].member))
			return values[i].value;
	return _HOOK_VALUE_MAX;
}

static int register_hook(struct policy_set *set, const struct policy *policy,
			 const struct policy_hook *hook, const char *function, uint32_t *ret)
{
	size_t n = hook->args.n, n_tags = hook->tags.n;
	_cleanup_free_ struct hook_param *params = calloc(n + 1, sizeof(*params));
	_cleanup_free_ const char **tags = calloc(n_tags + 1, sizeof(*tags));
	struct hook facts = {
		.type = EVENT_KPROBE,
		.function = function,
		.policy = policy->metadata.name.s,
		.namespace = policy->metadata.namespace.s,
		.message = hook->message.s,
		.tags = tags,
		.n_tags = n_tags,
		.params = params,
		.n_params = n,
	};

	if (!params || !tags)
		return -ENOMEM;
	for (size_t i = 0; i < n_tags; i++)
		tags[i] = hook->tags.v[i].s;
	for (size_t i = 0; i < n; i++) {
		const struct arg_type *type = arg_type_at((size_t)hook->args.v[i].type.v);

		params[i].value = value_of(type);
		params[i].width = type->bits / 8;
		params[i].label = hook->args.v[i].label.s;
	}
	return hooks_add(set->hooks, &facts, ret);
}

/* The name of the system call: what is behind "sys_", with or without what the kernel puts before
 * that. */
static const struct syscall_info *find_syscall(const struct policy_text *call)
{
	const char *name = call->s, *prefix = strstr(name, "sys_");

	if (prefix && (prefix == name || prefix == name + strlen(SYSCALL_PREFIX) - 4))
		name = prefix + 4;
	return syscall_by_name(name, strlen(name));
}

static struct point *new_point(struct entry *e)
{
	struct point *v;

	if (e->n == e->cap) {
		v = reallocarray(e->points, e->cap * 2 + 4, sizeof(*v));
		if (!v)
			return NULL;
		e->points = v;
		e->cap = e->cap * 2 + 4;
	}
	return &e->points[e->n];
}

static int compile_syscall(struct policy_set *set, struct entry *e, const struct policy_hook *hook,
			   const struct policy_text *call, struct diagnostics *diags)
{
	const struct syscall_info *syscall = find_syscall(call);
	struct point *p = new_point(e);
	char function[64];
	uint32_t number;
	int r;

	if (!p)
		return -ENOMEM;
	if (!syscall || syscall->numbers[SYSCALL_ABI_DEFAULT] < 0) {
		diagnose_error(diags, call->mark, "there is no system call " QUOTED,
			       QUOTE(call->s, call->len));
		return -ENOENT;
	}
	/* Checks what the next step takes for granted. */
	r = plan_make(hook, &set->facts, &e->arena, diags, &p->plan);
	if (r < 0)
		return r;
	snprintf(function, sizeof(function), SYSCALL_PREFIX "%s", syscall->name);
	r = register_hook(set, e->policy, hook, function, &number);
	if (r < 0)
		return r;
	p->syscall = (uint32_t)syscall->numbers[SYSCALL_ABI_DEFAULT];
	e->n++;
	return plan_number(&p->plan, number, &e->arena);
}

static int compile_hook(struct policy_set *set, struct entry *e, const struct policy_hook *hook,
			struct diagnostics *diags)
{
	const struct policy_list *list = hook->list;
	int r = 0;

	if (hook->kind != HOOK_KPROBE || !hook->syscall.v ||
	    (list && list->type.v != LIST_SYSCALLS)) {
		diagnose_error(diags, hook->mark, "this version hooks system calls only");
		return -EOPNOTSUPP;
	}
	if (!list)
		return compile_syscall(set, e, hook, &hook->call, diags);
	for (size_t i = 0; i < list->values.n && r >= 0; i++)
		r = compile_syscall(set, e, hook, &list->values.v[i], diags);
	return r;
}

static int compile_policy(struct policy_set *set, struct entry *e)
{
	_cleanup_diagnostics_ struct diagnostics diags = DIAGNOSTICS_INIT;
	const struct policy_spec *spec = &e->policy->spec;
	int r = 0, first = 0;

	diagnostics_file(&diags, e->policy->file);
	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		for (size_t i = 0; i < spec->hooks[kind].n; i++) {
			r = compile_hook(set, e, &spec->hooks[kind].v[i], &diags);
			if (r < 0 && !first)
				first = r;
		}
	}
	log_findings(&diags);
	return first;
}

/* --- attaching */

static int by_syscall(const void *a, const void *b)
{
	const struct syscall_plan *x = a, *y = b;

	if (x->number != y->number)
		return x->number < y->number ? -1 : 1;
	return (x->plan->hook > y->plan->hook) - (x->plan->hook < y->plan->hook);
}

static int number_tests(struct policy_set *set, const struct syscall_plan *plans, size_t n,
			struct error **reterr)
{
	int r = 0;

	verdicts_begin(&set->verdicts);
	for (size_t i = 0; i < n && r >= 0; i++)
		r = verdicts_add(&set->verdicts, plans[i].plan);
	if (r == -E2BIG)
		return error_set(reterr, r,
				 "the policies have more than %d different tests of binaries, "
				 "parents' binaries and followed processes",
				 HOOK_TESTS);
	return r < 0 ? error_set(reterr, r, "out of memory") : 0;
}

/* Puts the program of all policies that work in the place of the last. */
static int attach(struct policy_set *set, struct error **reterr)
{
	__attribute__((cleanup(code_done))) struct code code = CODE_INIT;
	_cleanup_free_ struct syscall_plan *plans = NULL;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < set->n; i++)
		n += set->v[i].n;
	plans = calloc(n + 1, sizeof(*plans));
	if (!plans)
		return error_set(reterr, -ENOMEM, "out of memory");
	n = 0;
	for (size_t i = 0; i < set->n; i++) {
		const struct entry *e = &set->v[i];

		for (size_t j = 0; e->works && j < e->n; j++)
			plans[n++] =
				(struct syscall_plan){e->points[j].syscall, &e->points[j].plan};
	}
	qsort(plans, n, sizeof(*plans), by_syscall);
	r = number_tests(set, plans, n, reterr);
	if (r < 0)
		return r;
	r = emit_syscalls(&code, plans, n, &set->verdicts);
	if (r < 0)
		return error_set(reterr, r, "cannot be compiled: %s", strerror(-r));
	/* First, so that nothing is forked or executed unseen while calls are looked at. */
	r = lineage_set(&set->lineage, set->library, &set->verdicts, reterr);
	if (r < 0)
		return r;
	return raw_point_set(set->sys_enter, &code, reterr);
}

static int prepare(struct policy_set *set, struct error **reterr)
{
	struct library_config config = process_sensor_share(set->sensor);
	int r = 0;

	if (!set->library)
		r = library_new(&config, &set->library, reterr);
	if (r >= 0 && !set->sys_enter)
		r = raw_point_new(set->library, "sys_enter", &set->sys_enter, reterr);
	return r;
}

static const char *name_of(const struct entry *e)
{
	return e->policy->metadata.name.s;
}

static void refuse(struct policy_set *set, struct entry *e, const struct error *err)
{
	_cleanup_free_ char *text = err ? error_text(err) : NULL;

	drop_points(set, e);
	log_error("policy %s is not loaded%s%s", name_of(e), text ? ": " : "", text ? text : "");
}

/* One of those from @first on is why they cannot be attached together. */
static void attach_each(struct policy_set *set, size_t first)
{
	for (size_t i = first; i < set->n; i++)
		set->v[i].works = false;
	for (size_t i = first; i < set->n; i++) {
		_cleanup_error_ struct error *err = NULL;

		if (!set->v[i].n)
			continue;
		set->v[i].works = true;
		if (attach(set, &err) < 0)
			refuse(set, &set->v[i], err);
	}
}

int policy_set_apply(struct policy_set *set, struct error **reterr)
{
	size_t first = set->n_applied;
	int r;

	if (first == set->n)
		return 0;
	r = prepare(set, reterr);
	if (r < 0)
		return error_wrap(reterr, r, "no policy is loaded");
	for (size_t i = first; i < set->n; i++) {
		set->v[i].works = compile_policy(set, &set->v[i]) >= 0;
		if (!set->v[i].works)
			refuse(set, &set->v[i], NULL);
	}
	if (attach(set, NULL) < 0)
		attach_each(set, first);
	for (size_t i = first; i < set->n; i++)
		if (set->v[i].works)
			log_info("policy %s: %zu hooks", name_of(&set->v[i]), set->v[i].n);
	set->n_applied = set->n;
	return 0;
}
