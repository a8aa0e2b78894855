// SPDX-License-Identifier: Apache-2.0
/* Hooks on functions of the kernel, its system calls among them: kprobes and fentries. */
#include "agent/policy_calls.h"
#include "agent/policy_prototype.h"
#include "sensor/kernel_symbols.h"

#include <errno.h>
#include <string.h>

#define MISTAKES_MAX 4

/* How they are hooked: at which kind of place, with which backends. */
struct way {
	enum hook_point_kind kind;
	const struct backend *call, *compat_call, *function;
};

/* Where the kernel can probe functions, the function of the system call is hooked: others cost
 * nothing then. */
static const struct way kprobe = {
	HOOK_POINT_KPROBE,
	&backend_syscall_kprobe,
	&backend_compat_kprobe,
	&backend_kprobe,
};
/* Else all calls are looked at where they enter. */
static const struct way entry = {
	HOOK_POINT_TYPED_TRACEPOINT,
	&backend_sys_enter,
	&backend_compat_sys_enter,
	NULL,
};
static const struct way fentry = {
	HOOK_POINT_FENTRY,
	&backend_sys_enter,
	&backend_compat_sys_enter,
	&backend_typed,
};

struct target {
	const struct compiler *c;
	const struct policy_hook *hook;
	struct mark mark; /* of the name of what is hooked */
	const struct way *way;
	bool optional; /* it is one of many that nobody named */
	size_t n;      /* places it got */
};

/* What is not there is an error, if the policy does not say that it may be so. */
static struct finding *not_found(const struct target *t, const char *what, const char *name)
{
	enum severity severity =
		t->hook->ignore.call_not_found.v ? SEVERITY_WARNING : SEVERITY_ERROR;

	return diagnose(t->c->diags, severity, t->mark, "this kernel has no %s %.60s", what, name);
}

static int is_missing(const struct target *t)
{
	return t->hook->ignore.call_not_found.v ? 0 : -ENOENT;
}

/* --- system calls */

static int add_site(const struct call_site *site, void *data)
{
	struct target *t = data;
	const struct way *way = t->way;
	struct hook facts = {.type = EVENT_KPROBE, .function = site->told};
	struct policy_point point = {0};
	struct kernel_function function;

	/* The function is hooked already, or is not only theirs. */
	if (site->compat && site->shared && way != &entry) {
		if (t->n)
			return 0;
		way = &entry;
	}
	if (!site->function && (site->compat || way != &entry || t->optional))
		return 0;
	if (way == &entry && site->number < 0)
		return 0;
	point.backend = site->compat ? way->compat_call : way->call;
	point.syscall = way == &entry ? (uint32_t)site->number : 0;
	point.place.kind = way->kind;
	point.place.name = way == &entry ? "sys_enter" : site->told;
	if (way == &fentry) {
		if (kernel_functions_find(t->c->kernel->functions, site->function, &function) < 0)
			return 0;
		point.place.btf_id = function.btf_id;
	}
	t->n++;
	return compiler_add(t->c, t->hook, t->mark, &point, &facts);
}

static int add_call(struct target *t, const char *name)
{
	int r = call_sites_find(t->c, name, add_site, t);

	if ((r < 0 && r != -ENOENT) || t->n)
		return r;
	call_sites_suggest(t->c, name, not_found(t, "system call", name));
	return is_missing(t);
}

/* --- functions */

static int function_not_found(const struct target *t, const char *name)
{
	struct finding *finding = not_found(t, "function", name);
	struct suggest suggest;

	suggest_init(&suggest, name, strlen(name), MISTAKES_MAX);
	kernel_functions_suggest(t->c->kernel->functions, "", &suggest);
	finding_suggest(finding, &suggest);
	return is_missing(t);
}

static int add_typed(struct target *t, const char *name, const struct kernel_function *function)
{
	struct hook facts = {.type = EVENT_KPROBE, .function = name};
	struct policy_point point = {
		.place = {.kind = t->way->kind,
			  .name = name,
			  .btf_id = function->btf_id,
			  .btf_object = function->btf_object},
		.backend = t->way->function,
	};
	const struct policy_hook *hook = t->hook;
	int r = policy_prototype_resolve(function, &t->c->points->arena, t->c->diags, &hook);

	return r < 0 ? r : compiler_add(t->c, hook, t->mark, &point, &facts);
}

static int add_function(struct target *t, const char *name)
{
	struct kernel_functions *functions = compiler_functions(t->c, t->mark);
	struct hook facts = {.type = EVENT_KPROBE, .function = name};
	struct policy_point point = {
		.place = {.kind = t->way->kind, .name = name},
		.backend = t->way->function,
	};
	struct kernel_function function;
	bool typed;

	if (!functions)
		return -ENOMEM;
	if (t->way == &entry) {
		finding_remedy(diagnose_error(t->c->diags, t->mark, "this kernel has no kprobes"),
			       "hook system calls or tracepoints, which it has");
		return -EOPNOTSUPP;
	}
	typed = kernel_functions_find(functions, name, &function) == 0;
	if (!typed && (t->way == &fentry || !kernel_symbols_has(name)))
		return function_not_found(t, name);
	if (typed)
		policy_prototype_compare(&function, t->c->diags, t->hook);
	if (t->way == &fentry)
		return add_typed(t, name, &function);
	return compiler_add(t->c, t->hook, t->mark, &point, &facts);
}

/* --- what a hook is on */

static const struct way *way_of(const struct compiler *c, const struct policy_hook *hook)
{
	if (hook->kind == HOOK_FENTRY)
		return &fentry;
	return c->kernel->has_kprobes ? &kprobe : &entry;
}

static int add_one(const struct compiler *c, const struct policy_hook *hook,
		   const struct policy_text *name)
{
	struct target t = {.c = c, .hook = hook, .mark = name->mark, .way = way_of(c, hook)};

	return hook->syscall.v ? add_call(&t, name->s) : add_function(&t, name->s);
}

static int add_all_calls(const struct compiler *c, const struct policy_hook *hook)
{
	struct target t = {
		.c = c,
		.hook = hook,
		.mark = hook->call.mark,
		.way = way_of(c, hook),
		.optional = true,
	};

	return call_sites_each(c, add_site, &t);
}

int compile_functions(const struct compiler *c, const struct policy_hook *hook)
{
	const struct policy_list *list = hook->list;
	int r = 0;

	if (!list)
		return add_one(c, hook, &hook->call);
	if (list->type.v == LIST_GENERATED_SYSCALLS)
		return add_all_calls(c, hook);
	if (list->type.v == LIST_GENERATED_FTRACE) {
		diagnose_error(c->diags, hook->call.mark, "generated lists cannot be compiled yet");
		return -EOPNOTSUPP;
	}
	for (size_t i = 0; i < list->values.n && r >= 0; i++)
		r = add_one(c, hook, &list->values.v[i]);
	return r;
}
