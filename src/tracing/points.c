// SPDX-License-Identifier: Apache-2.0
#include "tracing/points.h"
#include "tracing/actions.h"
#include "tracing/bystanders.h"
#include "tracing/compiler.h"
#include "tracing/enforcers.h"
#include "tracing/fields.h"
#include "tracing/resolve.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "compile/reader.h"
#include "policy/action.h"
#include "policy/arg_type.h"
#include "policy/reach.h"
#include "sensor/loads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void set_param(struct hook_param *param, const struct policy_arg *arg)
{
	const struct arg_type *type = arg_type_at((size_t)arg->type.v);

	param->value = hook_value_of(type->member);
	param->width = type->bits / 8;
	param->label = arg->label.s;
	param->later = arg->return_copy.v;
}

/* Those that are told of, from the @n-th on. Returns how many there are by then. */
static size_t set_params(struct hook_param *params, size_t n, const struct policy_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		if (arg_type_at((size_t)args->v[i].type.v)->member)
			set_param(&params[n++], &args->v[i]);
	return n;
}

/* Makes the hook known under a number; what @facts has of the hook already is its kind and names.
 */
static int register_hook(const struct compiler *c, const struct policy_hook *hook,
			 const struct plan *plan, struct hook *facts, uint32_t *ret)
{
	size_t n_args, n_tags = hook->tags.n;
	_cleanup_free_ struct hook_param *params =
		calloc(hook->args.n + hook->data.n + 1, sizeof(*params));
	_cleanup_free_ const char **tags = calloc(n_tags + 1, sizeof(*tags));

	if (!params || !tags)
		return -ENOMEM;
	for (size_t i = 0; i < n_tags; i++)
		tags[i] = hook->tags.v[i].s;
	n_args = set_params(params, 0, &hook->args);
	facts->policy = c->policy->metadata.name.s;
	facts->namespace = c->policy->metadata.namespace.s;
	facts->message = hook->message.s;
	facts->tags = tags;
	facts->n_tags = n_tags;
	facts->params = params;
	facts->n_params = set_params(params, n_args, &hook->data);
	facts->n_data = facts->n_params - n_args;
	facts->tells_return = plan->tells_return;
	facts->tells_value = hook->returns.v;
	if (facts->tells_value)
		set_param(&facts->returned, &hook->return_arg);
	if (policy_actions_of(hook, &c->points->arena, facts) < 0)
		return -ENOMEM;
	return hooks_add(c->ground->hooks, facts, ret);
}

/* Each takes a program, or a part of one, which the kernel verifies. */
#define POINTS_MAX 4096
/* Bytes of all plans: a value that a filter looks for has 16, and some five instructions, at each
 * place. */
#define PLANS_MAX (16 << 20)
/* Functions that share a program included. */
#define NUMBERS_MAX 131072
/* Names of functions and calls that are looked for, some 10 us each; of many hooks each has its
 * own. */
#define NAMES_MAX 131072

static int refuse_more(const struct compiler *c, struct mark mark, const char *what, int max)
{
	finding_remedy(diagnose_error(c->diags, mark,
				      "the policy has more than %d %s, which is the limit", max,
				      what),
		       "make it several policies; on Linux 5.18 and later, functions of a list "
		       "share a place");
	return -ENOSPC;
}

int compiler_spend(const struct compiler *c, struct mark mark, size_t names)
{
	c->points->n_names += names;
	return c->points->n_names > NAMES_MAX
		       ? refuse_more(c, mark, "names of functions to look for", NAMES_MAX)
		       : 0;
}

/* Whether there can be one more place, of @n functions. */
static int check_room(const struct compiler *c, struct mark mark, size_t n)
{
	if (c->points->n == POINTS_MAX)
		return refuse_more(c, mark, "places that it hooks", POINTS_MAX);
	if (c->points->n_hooks + n > NUMBERS_MAX)
		return refuse_more(c, mark, "functions that it hooks", NUMBERS_MAX);
	if (c->points->arena.total > PLANS_MAX)
		return refuse_more(c, mark, "bytes of values at all places together", PLANS_MAX);
	return 0;
}

static struct policy_point *new_point(struct policy_points *points)
{
	struct policy_point *v;

	if (points->n == points->cap) {
		v = reallocarray(points->v, points->cap * 2 + 4, sizeof(*v));
		if (!v)
			return NULL;
		points->v = v;
		points->cap = points->cap * 2 + 4;
	}
	return &points->v[points->n];
}

static bool is_place(const struct backend *backend, int64_t place)
{
	return place >= 0 && (uint64_t)place < backend->places;
}

/* Whether another argument says how large it is, and which there is none of. */
static bool lacks_size(const struct policy_arg *arg, const struct backend *backend)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);
	const struct reader *reader = type ? reader_of(type->id) : NULL;

	return reader && reader->size == SIZE_ARGUMENT && arg->size_index.v > 0 &&
	       !is_place(backend, arg->size_index.v - 1);
}

static bool has_places(const struct compiler *c, const struct policy_hook *hook,
		       const struct backend *backend)
{
	bool all = true;

	for (size_t i = 0; i < hook->args.n; i++) {
		const struct policy_arg *arg = &hook->args.v[i];
		bool found = is_place(backend, arg->index.v);

		if (arg->source != ARG_SOURCE_CALL || (found && !lacks_size(arg, backend)))
			continue;
		diagnose_error(c->diags, found ? arg->size_index.mark : arg->mark,
			       "arguments here are numbered from %d to %u%s", found ? 1 : 0,
			       backend->places - !found, found ? " by sizeArgIndex" : "");
		all = false;
	}
	return all;
}

static bool check_registers(const struct compiler *c, const struct policy_args *args,
			    const struct backend *backend)
{
	for (size_t i = 0; i < args->n; i++)
		if (args->v[i].source == ARG_SOURCE_PT_REGS && !backend->registers) {
			finding_remedy(diagnose_error(c->diags, args->v[i].source_name.mark,
						      "registers are not to be seen here"),
				       "hook a function of the kernel, on a kernel with kprobes");
			return false;
		}
	return true;
}

static bool has_registers(const struct compiler *c, const struct policy_hook *hook,
			  const struct backend *backend)
{
	return check_registers(c, &hook->args, backend) && check_registers(c, &hook->data, backend);
}

/* Where what is called at @point is seen to return. */
static struct policy_point return_of(const struct policy_point *point)
{
	static const enum hook_point_kind ends[] = {
		[HOOK_POINT_KPROBE] = HOOK_POINT_KRETPROBE,
		[HOOK_POINT_KPROBE_MULTI] = HOOK_POINT_KRETPROBE_MULTI,
		[HOOK_POINT_OVERRIDE] = HOOK_POINT_KRETPROBE,
		[HOOK_POINT_FENTRY] = HOOK_POINT_FEXIT,
		[HOOK_POINT_FMOD_RET] = HOOK_POINT_FEXIT,
		[HOOK_POINT_UPROBE] = HOOK_POINT_URETPROBE,
		[HOOK_POINT_UPROBE_LINK] = HOOK_POINT_URETPROBE_LINK,
		[HOOK_POINT_UPROBE_MULTI] = HOOK_POINT_URETPROBE_MULTI,
	};
	struct policy_point end = *point;

	end.backend = backend_of_return(point->backend);
	end.plan.by_helper = false;
	end.place.direct &= point->place.kind != HOOK_POINT_OVERRIDE;
	if (point->place.kind == HOOK_POINT_TYPED_TRACEPOINT)
		end.place.name = "sys_exit";
	else
		end.place.kind = ends[point->place.kind];
	return end;
}

/* Where it is the program's own result that denies, 0 is none. */
static bool denies_all(const struct compiler *c, const struct policy_hook *hook)
{
	bool all = true;

	/* A function of a program can return 0. */
	for (size_t i = 0; hook->kind != HOOK_UPROBE && i < hook->selectors.n; i++) {
		const struct policy_actions *v = &hook->selectors.v[i].actions;

		for (size_t j = 0; j < v->n; j++) {
			if (v->v[j].action.v != ACTION_OVERRIDE || v->v[j].monitored ||
			    v->v[j].error.v)
				continue;
			finding_remedy(diagnose_error(c->diags, v->v[j].mark,
						      "Override without an error would let the "
						      "call be made"),
				       "write argError: -1, for EPERM, or another negative errno");
			all = false;
		}
	}
	return all;
}

/* Each is taken once by a policy, at however many places it is. */
static int number_scope(void *userdata, const struct workload_scope *scope, uint32_t *ret)
{
	const struct compiler *c = userdata;
	struct policy_points *points = c->points;
	uint32_t *v = reallocarray(points->scopes, points->n_scopes + 1, sizeof(*v));
	int r;

	if (!v)
		return -ENOMEM;
	points->scopes = v;
	r = scopes_take(c->ground->scopes, scope, ret);
	if (r < 0)
		return r;
	for (size_t i = 0; i < points->n_scopes; i++) {
		if (v[i] != *ret)
			continue;
		scopes_drop(c->ground->scopes, *ret);
		return 0;
	}
	v[points->n_scopes++] = *ret;
	return 0;
}

static int make_plan(const struct compiler *c, const struct policy_hook *hook, struct plan *ret)
{
	struct plan_facts facts = c->ground->kernel.facts;

	if (c->ground->scopes) {
		facts.number_scope = number_scope;
		facts.userdata = (void *)(uintptr_t)c;
	}
	return plan_make(hook, &facts, &c->points->arena, c->diags, ret);
}

/* Makes a place of it, whose plan has no number yet and which is not kept yet. */
static int begin_point(const struct compiler *c, const struct policy_hook *hook, struct mark mark,
		       const struct policy_point *point, struct policy_point **ret)
{
	struct policy_point *p = new_point(c->points);
	int r;

	if (!p)
		return -ENOMEM;
	if (!has_places(c, hook, point->backend) || !has_registers(c, hook, point->backend) ||
	    !denies_all(c, hook))
		return -EINVAL;
	*p = *point;
	p->file = c->policy->file;
	p->mark = mark;
	p->of = (size_t)(c->state - c->points->hooks);
	p->hook = hook;
	*ret = p;
	r = make_plan(c, hook, &p->plan);
	p->plan.hashed = point->plan.hashed;
	p->plan.owners = c->points->owners;
	p->plan.notices = c->points->notices;
	p->plan.enforces = hook->kind == HOOK_ENFORCER;
	p->plan.denies = p->plan.enforces && c->enforced->denies;
	p->plan.entry = point->plan.entry;
	p->plan.by_helper = point->place.kind == HOOK_POINT_OVERRIDE;
	if (c->enforced)
		p->plan.enforced = c->enforced->calls;
	p->plan.counters = (struct plan_counters){
		.map = c->state->counters.map,
		.rows = c->state->counters.rows,
		.stride = c->state->counters.stride,
		.first = c->state->counters.first,
		.n = c->state->counters.n,
	};
	return r;
}

/* Keeps it, under its number, and where it is seen to return. */
static int end_point(const struct compiler *c, struct policy_point *p, uint32_t number)
{
	int r = plan_number(&p->plan, number, &c->points->arena);

	c->points->n++;
	if (r < 0 || !p->plan.tells_return)
		return r;
	p = new_point(c->points);
	if (!p)
		return -ENOMEM;
	*p = return_of(&c->points->v[c->points->n - 1]);
	c->points->n++;
	return 0;
}

int compiler_add(const struct compiler *c, const struct policy_hook *hook, struct mark mark,
		 const struct policy_point *point, struct hook *facts)
{
	struct policy_point *p;
	uint32_t number;
	int r = check_room(c, mark, 1);

	/* Checks what the next step takes for granted. */
	if (r >= 0)
		r = begin_point(c, hook, mark, point, &p);
	if (r >= 0)
		r = register_hook(c, hook, &p->plan, facts, &number);
	if (r < 0)
		return r;
	p->told = *facts->function ? facts->function : p->place.name;
	c->points->n_hooks++;
	return end_point(c, p, number);
}

int compiler_add_many(const struct compiler *c, const struct policy_hook *hook, struct mark mark,
		      const struct policy_point *point, const struct hook *facts, size_t n)
{
	uint64_t *cookies = arena_alloc(&c->points->arena, n * sizeof(*cookies));
	struct policy_point *p;
	int r = cookies ? check_room(c, mark, n) : -ENOMEM;

	if (r >= 0)
		r = begin_point(c, hook, mark, point, &p);
	if (r < 0)
		return r;
	p->plan.by_cookie = true;
	p->place.cookies = cookies;
	for (size_t i = 0; i < n && r >= 0; i++) {
		struct hook fact = facts[i];
		uint32_t number;

		r = register_hook(c, hook, &p->plan, &fact, &number);
		if (r < 0)
			break;
		cookies[p->place.n_functions++] = number;
		c->points->n_hooks++;
	}
	/* That of the first is the place's own. */
	p->place.name =
		r < 0 ? NULL : compiler_format(c, "%s_%u", point->place.name, (unsigned)cookies[0]);
	if (p->place.name)
		return end_point(c, p, (uint32_t)cookies[0]);
	for (size_t i = 0; i < p->place.n_functions; i++)
		hooks_remove(c->ground->hooks, (uint32_t)cookies[i]);
	return r < 0 ? r : -ENOMEM;
}

const char *compiler_format(const struct compiler *c, const char *fmt, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list args;
	char *name;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	name = len < 0 ? NULL : arena_alloc(&c->points->arena, (size_t)len + 1);
	return name ? memcpy(name, text, (size_t)len + 1) : NULL;
}

struct kernel_functions *compiler_functions(const struct compiler *c, struct mark mark)
{
	_cleanup_error_ struct error *err = NULL;

	struct kernel_functions *functions = policy_kernel_functions(&c->ground->kernel, &err);

	if (!functions)
		diagnose_error(c->diags, mark, "%s", err ? err->message : "out of memory");
	return functions;
}

int compiler_resolve(const struct compiler *c, const struct resolve_site *site, struct mark mark,
		     const struct policy_hook **hook)
{
	struct kernel_functions *functions = NULL;

	if (!policy_resolves(*hook))
		return 0;
	if (policy_resolves_in_kernel(*hook, site)) {
		functions = compiler_functions(c, mark);
		if (!functions)
			return -ENOMEM;
	}
	return policy_resolve(functions, site, &c->points->arena, c->policy, c->diags, hook);
}

/* --- tracepoints */

/* Whether the tracepoint has that argument, which nobody looks at any more when programs are jumped
 * to. */
static bool has_argument(const struct compiler *c, struct kernel_functions *functions,
			 const char *event, const struct policy_int *index, int64_t place)
{
	struct kernel_type type;
	int r = kernel_types_tracepoint(functions, event, (unsigned)place, &type);

	if (r == -ERANGE)
		diagnose_error(c->diags, index->mark, "%s has no argument %d", event, (int)place);
	return r != -ERANGE;
}

/* *direct: it is not known which arguments there are. That is so for all hooks of the tracepoint,
 * also those without arguments: they share a place. */
static int check_raw(const struct compiler *c, const struct policy_hook *hook, bool *direct)
{
	struct kernel_functions *functions = compiler_functions(c, hook->event.mark);
	struct kernel_type type;
	bool all = true;

	if (!functions)
		return -ENOMEM;
	*direct = kernel_types_tracepoint(functions, hook->event.s, 0, &type) == -ENOENT;
	for (size_t i = 0; i < hook->args.n; i++) {
		const struct policy_arg *arg = &hook->args.v[i];

		if (arg->source != ARG_SOURCE_CALL)
			continue;
		all &= has_argument(c, functions, hook->event.s, &arg->index, arg->index.v);
		if (POLICY_SET(arg->size_index))
			all &= has_argument(c, functions, hook->event.s, &arg->size_index,
					    arg->size_index.v - 1);
	}
	return all ? 0 : -EINVAL;
}

static int compile_tracepoint(const struct compiler *c, const struct policy_hook *hook)
{
	struct policy_point point = {
		.place = {.kind = HOOK_POINT_RAW_TRACEPOINT, .name = hook->event.s},
		.backend = &backend_raw_tracepoint,
	};
	struct hook facts = {
		.type = EVENT_TRACEPOINT,
		.subsystem = hook->subsystem.s,
		.function = hook->event.s,
	};
	const struct resolve_site site = {.tracepoint = hook->event.s};
	int r;

	point.plan.entry = enforcers_entry_of(c->enforced, hook);
	if (!hook->raw.v) {
		point.place.kind = HOOK_POINT_TRACEPOINT;
		point.place.name = compiler_format(c, "%s/%s", hook->subsystem.s, hook->event.s);
		point.backend = strcmp(hook->subsystem.s, "syscalls") == 0
					? &backend_syscall_tracepoint
					: &backend_tracepoint;
		if (!point.place.name)
			return -ENOMEM;
		r = policy_fields_resolve(point.place.name, &c->points->arena, c->policy, c->diags,
					  &hook);
	} else {
		r = check_raw(c, hook, &point.place.direct);
	}
	if (r < 0)
		return r;
	r = compiler_resolve(c, &site, hook->event.mark, &hook);
	if (r < 0)
		return r;
	return compiler_add(c, hook, hook->event.mark, &point, &facts);
}

static int (*const compilers[])(const struct compiler *, const struct policy_hook *) = {
	[HOOK_KPROBE] = compile_functions,
	[HOOK_FENTRY] = compile_functions,
	[HOOK_TRACEPOINT] = compile_tracepoint,
	[HOOK_UPROBE] = compile_uprobe,
	[HOOK_USDT] = compile_usdt,
	[HOOK_LSM] = compile_lsm,
	[HOOK_ENFORCER] = compile_enforcer,
};

static struct policy_hook_points *begin_hook(struct policy_points *points,
					     const struct policy_hook *hook, size_t index)
{
	struct policy_hook_points *v =
		reallocarray(points->hooks, points->n_policy_hooks + 1, sizeof(*v));

	if (!v)
		return NULL;
	points->hooks = v;
	v += points->n_policy_hooks++;
	*v = (struct policy_hook_points){.hook = hook, .index = index};
	if (v != points->hooks)
		v->first_counter = v[-1].first_counter + v[-1].counters.n;
	return v;
}

/* Each of its selectors is counted, at all its places as one. */
static int count_hook(const struct compiler *c, const struct policy_hook *hook)
{
	uint32_t n = hook->selectors.n ? (uint32_t)hook->selectors.n : 1;

	return c->ground->counters ? counters_take(c->ground->counters, n, &c->state->counters) : 0;
}

/* The first of what was found from the @first-th finding on. */
static const char *first_error(const struct compiler *c, size_t first)
{
	_cleanup_str_ struct str text = STR_INIT;

	while (first < c->diags->n && c->diags->v[first]->severity != SEVERITY_ERROR)
		first++;
	if (first == c->diags->n)
		return NULL;
	finding_text(c->diags->v[first], &text);
	while (text.len && text.data[text.len - 1] == '\n')
		text.len--;
	return str_cstr(&text) ? compiler_format(c, "%s", text.data) : NULL;
}

static int compile_hook(struct compiler *c, const struct policy_hook *hook, size_t index)
{
	size_t findings = c->diags->n;
	int r;

	c->state = begin_hook(c->points, hook, index);
	if (!c->state)
		return -ENOMEM;
	r = count_hook(c, hook);
	if (r >= 0)
		r = compilers[hook->kind](c, hook);
	c->state->first_finding = findings;
	c->state->n_findings = c->diags->n - findings;
	c->state->result = MIN(r, 0);
	if (r < 0)
		c->state->why = first_error(c, findings);
	return r;
}

static void warn_of_scope(const struct policy *policy, const struct policy_ground *ground,
			  struct diagnostics *diags)
{
	const struct policy_labels *nodes = &policy->spec.nodes;
	struct workload_scope scope;

	if (POLICY_SET(*nodes))
		finding_why(diagnose_warning(diags, nodes->mark, "nodeSelector is not looked at"),
			    "it is for those who hand out policies to nodes, and this one is a "
			    "file of this node");
	if (!ground->scopes || !workload_scope_of(&policy->spec.workloads, &scope) ||
	    scopes_know_any(ground->scopes))
		return;
	finding_remedy(diagnose_warning(diags, policy->kind_name.mark,
					"the policy is for containers, and none is known by now"),
		       "containers become known by --enable-cri, or by a runtime's hook that calls "
		       "RuntimeHook");
}

/* Told of without a program: sensor/loads.h. */
static int compile_loader(struct policy_points *points, const struct policy *policy,
			  struct diagnostics *diags)
{
	_cleanup_error_ struct error *err = NULL;
	const struct policy_bool *loader = &policy->spec.loader;
	struct finding *finding;
	int r = loader->v ? loads_check(&err) : 0;

	points->loader = loader->v;
	if (r >= 0)
		return 0;
	finding = diagnose_error(diags, loader->mark, "%s", err ? err->message : "out of memory");
	if (err && err->remedy)
		finding_remedy(finding, "%s", err->remedy);
	return r;
}

/* After the hooks: where both are at one place, what is notified there is done there. */
static int compile_enforcers(struct compiler *c)
{
	const struct policy_enforcers *enforcers = &c->policy->spec.enforcers;
	int first = 0;

	for (size_t i = 0; i < enforcers->n; i++) {
		const struct policy_hook *hook = enforcer_as_hook(c, &enforcers->v[i]);
		int r = hook ? compile_hook(c, hook, i) : -ENOMEM;

		first = first < 0 ? first : r;
	}
	return first;
}

/* Of what does harm to all, there is no more to say. */
static int check_harm(const struct compiler *c)
{
	struct bystanders bystanders;
	int r = policy_check_reach(c->policy, c->diags);

	if (r < 0 || !policy_enforces(c->policy) || c->policy->settings.allow_lockout)
		return r;
	bystanders_read("/proc", c->ground->agent, &bystanders);
	r = bystanders_check(&bystanders, c->policy, c->points, c->diags);
	bystanders_done(&bystanders);
	return r;
}

int policy_points_compile(struct policy_points *points, const struct policy *policy,
			  struct policy_ground *ground, struct diagnostics *diags)
{
	struct compiler c = {
		.points = points,
		.policy = policy,
		.ground = ground,
		.diags = diags,
	};
	int r, first = policy_actions_prepare(policy, diags,
					      ground->counters ? &points->owners : NULL);

	warn_of_scope(policy, ground, diags);
	r = compile_loader(points, policy, diags);
	if (r < 0 && !first)
		first = r;
	if (r >= 0)
		r = enforcers_prepare(&c, &c.enforced);
	if (r < 0 && !first)
		first = r;
	/* All of them, so that all that is wrong is told, unless there are too many. */
	for (size_t kind = 0; kind < HOOK_KINDS && r != -ENOSPC; kind++) {
		const struct policy_hooks *of_kind = &policy->spec.hooks[kind];

		for (size_t i = 0; i < of_kind->n && r != -ENOSPC; i++) {
			r = compile_hook(&c, &of_kind->v[i], i);
			if (r < 0 && !first)
				first = r;
		}
	}
	if (r != -ENOSPC)
		r = compile_enforcers(&c);
	if (r < 0 && !first)
		first = r;
	programs_forget(&points->programs);
	program_types_done(&points->types);
	r = check_harm(&c);
	return first ? first : r;
}

int policy_points_take_over(struct policy_points *points, const struct policy_points *from)
{
	int notices = from->notices ? fcntl(from->notices, F_DUPFD_CLOEXEC, 3) : 0;

	if (notices < 0)
		return -errno;
	points->notices = notices;
	return 0;
}

void policy_points_drop(struct policy_points *points, const struct policy_ground *ground)
{
	for (size_t i = 0; i < points->n; i++) {
		const struct policy_point *p = &points->v[i];

		hooks_remove(ground->hooks, p->plan.hook);
		for (size_t j = 0; j < p->place.n_functions; j++)
			hooks_remove(ground->hooks, (uint32_t)p->place.cookies[j]);
	}
	for (size_t i = 0; ground->counters && i < points->n_policy_hooks; i++)
		counters_drop(ground->counters, &points->hooks[i].counters);
	if (points->owners)
		close(points->owners);
	if (points->notices)
		close(points->notices);
	for (size_t i = 0; i < points->n_scopes; i++)
		scopes_drop(ground->scopes, points->scopes[i]);
	programs_done(&points->programs);
	free(points->scopes);
	free(points->hooks);
	free(points->v);
	arena_done(&points->arena);
	*points = (struct policy_points){0};
}
