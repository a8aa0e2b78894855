// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_points.h"
#include "agent/policy_fields.h"
#include "agent/policy_resolve.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "base/syscall.h"
#include "compile/reader.h"
#include "policy/arg_type.h"
#include "sensor/perf_event.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the kernel calls the functions of its system calls, and what policies may. */
#ifdef __aarch64__
#define SYSCALL_PREFIX "__arm64_sys_"
#else
#define SYSCALL_PREFIX "__x64_sys_"
#endif

struct compiler {
	struct policy_points *points;
	const struct policy *policy;
	const struct plan_facts *facts;
	struct hooks *hooks;
	struct diagnostics *diags;
	struct kernel_types *types;
	bool has_kprobes;
};

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
	return hooks_add(c->hooks, facts, ret);
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

/* What the hook says is found in the kernel's types. */
static int resolve(const struct compiler *c, const struct policy_point *place,
		   const struct policy_hook **hook)
{
	struct resolve_site site = {0};

	if (!policy_resolves(*hook))
		return 0;
	if (place->backend == &backend_kprobe)
		site.function = place->name;
	else if (place->backend == &backend_raw_tracepoint)
		site.tracepoint = place->name;
	return policy_resolve(c->types, &site, &c->points->arena, c->policy, c->diags, hook);
}

/* Where what is called at @place is seen to return. */
static struct policy_point return_of(const struct policy_point *place)
{
	struct policy_point end = *place;

	if (place->kind == HOOK_POINT_TYPED_TRACEPOINT) {
		end.name = "sys_exit";
		end.backend = &backend_sys_exit;
	} else {
		end.kind = HOOK_POINT_KRETPROBE;
		end.backend = place->backend == &backend_syscall_kprobe ? &backend_syscall_kretprobe
									: &backend_kretprobe;
	}
	return end;
}

/* Adds a place of the hook. @facts: its kind, and the names that its events have. */
static int add_point(const struct compiler *c, const struct policy_hook *hook, struct mark mark,
		     const struct policy_point *place, struct hook *facts)
{
	struct policy_point *p = new_point(c->points);
	uint32_t number;
	int r;

	if (!p)
		return -ENOMEM;
	if (!has_places(c, hook, place->backend) || !has_registers(c, hook, place->backend))
		return -EINVAL;
	r = resolve(c, place, &hook);
	if (r < 0)
		return r;
	*p = *place;
	p->file = c->policy->file;
	p->mark = mark;
	/* Checks what the next step takes for granted. */
	r = plan_make(hook, c->facts, &c->points->arena, c->diags, &p->plan);
	if (r >= 0)
		r = register_hook(c, hook, &p->plan, facts, &number);
	if (r < 0)
		return r;
	c->points->n++;
	c->points->n_hooks++;
	r = plan_number(&p->plan, number, &c->points->arena);
	if (r < 0 || !p->plan.tells_return)
		return r;
	p = new_point(c->points);
	if (!p)
		return -ENOMEM;
	*p = return_of(&c->points->v[c->points->n - 1]);
	c->points->n++;
	return 0;
}

static const char *format_name(const struct compiler *c, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* In the arena; NULL: out of memory. */
static const char *format_name(const struct compiler *c, const char *fmt, ...)
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

/* --- kprobes */

/* What is behind "sys_", with or without what the kernel puts before that. */
static const char *syscall_name(const char *call)
{
	const char *prefix = strstr(call, "sys_");

	if (prefix && (prefix == call || prefix == call + strlen(SYSCALL_PREFIX) - 4))
		return prefix + 4;
	return call;
}

/*
 * Where the kernel can probe functions, the function of the system call is hooked:
 * others cost nothing then. Else all calls are looked at where they enter.
 */
static int compile_syscall(const struct compiler *c, const struct policy_hook *hook,
			   const struct policy_text *call)
{
	const char *name = syscall_name(call->s);
	const struct syscall_info *syscall = syscall_by_name(name, strlen(name));
	struct policy_point place = {.kind = HOOK_POINT_KPROBE, .backend = &backend_syscall_kprobe};
	struct hook facts = {.type = EVENT_KPROBE};

	place.name = format_name(c, SYSCALL_PREFIX "%s", name);
	if (!place.name)
		return -ENOMEM;
	facts.function = place.name;
	if (c->has_kprobes)
		return add_point(c, hook, call->mark, &place, &facts);
	if (!syscall || syscall->numbers[SYSCALL_ABI_DEFAULT] < 0) {
		diagnose_error(c->diags, call->mark, "there is no system call " QUOTED,
			       QUOTE(call->s, call->len));
		return -ENOENT;
	}
	place = (struct policy_point){
		.kind = HOOK_POINT_TYPED_TRACEPOINT,
		.name = "sys_enter",
		.backend = &backend_sys_enter,
		.syscall = (uint32_t)syscall->numbers[SYSCALL_ABI_DEFAULT],
	};
	return add_point(c, hook, call->mark, &place, &facts);
}

static int compile_function(const struct compiler *c, const struct policy_hook *hook,
			    const struct policy_text *call)
{
	const struct policy_point place = {
		.kind = HOOK_POINT_KPROBE,
		.name = call->s,
		.backend = &backend_kprobe,
	};
	struct hook facts = {.type = EVENT_KPROBE, .function = call->s};

	if (!c->has_kprobes) {
		finding_remedy(diagnose_error(c->diags, call->mark, "this kernel has no kprobes"),
			       "hook system calls or tracepoints, which it has");
		return -EOPNOTSUPP;
	}
	return add_point(c, hook, call->mark, &place, &facts);
}

static int compile_kprobe(const struct compiler *c, const struct policy_hook *hook)
{
	const struct policy_list *list = hook->list;
	int (*compile)(const struct compiler *, const struct policy_hook *,
		       const struct policy_text *) =
		hook->syscall.v ? compile_syscall : compile_function;
	int r = 0;

	if (!list)
		return compile(c, hook, &hook->call);
	if (list->type.v == LIST_GENERATED_SYSCALLS || list->type.v == LIST_GENERATED_FTRACE) {
		diagnose_error(c->diags, hook->call.mark, "generated lists cannot be compiled yet");
		return -EOPNOTSUPP;
	}
	for (size_t i = 0; i < list->values.n && r >= 0; i++)
		r = compile(c, hook, &list->values.v[i]);
	return r;
}

/* --- tracepoints */

static int compile_tracepoint(const struct compiler *c, const struct policy_hook *hook)
{
	struct policy_point place = {
		.kind = HOOK_POINT_RAW_TRACEPOINT,
		.name = hook->event.s,
		.backend = &backend_raw_tracepoint,
	};
	struct hook facts = {
		.type = EVENT_TRACEPOINT,
		.subsystem = hook->subsystem.s,
		.function = hook->event.s,
	};
	int r;

	if (!hook->raw.v) {
		place.kind = HOOK_POINT_TRACEPOINT;
		place.name = format_name(c, "%s/%s", hook->subsystem.s, hook->event.s);
		place.backend = strcmp(hook->subsystem.s, "syscalls") == 0
					? &backend_syscall_tracepoint
					: &backend_tracepoint;
		if (!place.name)
			return -ENOMEM;
		r = policy_fields_resolve(place.name, &c->points->arena, c->policy, c->diags,
					  &hook);
		if (r < 0)
			return r;
	}
	return add_point(c, hook, hook->event.mark, &place, &facts);
}

static int compile_unknown(const struct compiler *c, const struct policy_hook *hook)
{
	diagnose_error(c->diags, hook->mark, "hooks of this kind cannot be compiled yet");
	return -EOPNOTSUPP;
}

static int (*const compilers[HOOK_KINDS])(const struct compiler *, const struct policy_hook *) = {
	[HOOK_KPROBE] = compile_kprobe,         [HOOK_FENTRY] = compile_unknown,
	[HOOK_TRACEPOINT] = compile_tracepoint, [HOOK_UPROBE] = compile_unknown,
	[HOOK_USDT] = compile_unknown,          [HOOK_LSM] = compile_unknown,
};

int policy_points_compile(struct policy_points *points, const struct policy *policy,
			  const struct plan_facts *facts, struct kernel_types *types,
			  struct hooks *hooks, struct diagnostics *diags)
{
	const struct compiler c = {
		.points = points,
		.policy = policy,
		.facts = facts,
		.hooks = hooks,
		.diags = diags,
		.types = types,
		.has_kprobes = perf_event_has_kprobes(),
	};
	int first = 0;

	/* All of them, so that all that is wrong is told. */
	for (size_t kind = 0; kind < HOOK_KINDS; kind++) {
		const struct policy_hooks *of_kind = &policy->spec.hooks[kind];

		for (size_t i = 0; i < of_kind->n; i++) {
			int r = compilers[kind](&c, &of_kind->v[i]);

			if (r < 0 && !first)
				first = r;
		}
	}
	return first;
}

void policy_points_drop(struct policy_points *points, struct hooks *hooks)
{
	for (size_t i = 0; i < points->n; i++)
		hooks_remove(hooks, points->v[i].plan.hook);
	free(points->v);
	arena_done(&points->arena);
	*points = (struct policy_points){0};
}
