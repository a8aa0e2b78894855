// SPDX-License-Identifier: Apache-2.0
/* Hooks on functions of the kernel, its system calls among them: kprobes and fentries. */
#include "tracing/calls.h"
#include "tracing/enforcers.h"
#include "tracing/prototype.h"
#include "tracing/spots.h"
#include "base/cleanup.h"
#include "policy/action.h"
#include "regex/pattern.h"
#include "sensor/fmod_ret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MISTAKES_MAX 4

/* How they are hooked: at which kind of place, with which backends. */
struct way {
	enum hook_point_kind kind;
	const struct backend *call, *compat_call, *x32_call, *function;
};

/* Where the kernel can probe functions, the function of the system call is hooked: others cost
 * nothing then. */
static const struct way kprobe = {
	.kind = HOOK_POINT_KPROBE,
	.call = &backend_syscall_kprobe,
	.compat_call = &backend_compat_kprobe,
	.x32_call = &backend_x32_kprobe,
	.function = &backend_kprobe,
};
/* Else all calls are looked at where they enter. */
static const struct way entry = {
	.kind = HOOK_POINT_TYPED_TRACEPOINT,
	.call = &backend_sys_enter,
	.compat_call = &backend_compat_sys_enter,
	.x32_call = &backend_x32_sys_enter,
};
static const struct way fentry = {
	.kind = HOOK_POINT_FENTRY,
	.call = &backend_sys_enter,
	.compat_call = &backend_compat_sys_enter,
	.x32_call = &backend_x32_sys_enter,
	.function = &backend_typed,
};
/* What it returns is overridden. */
static const struct way fmod_ret = {
	.kind = HOOK_POINT_FMOD_RET,
	.call = &backend_sys_enter,
	.compat_call = &backend_compat_sys_enter,
	.x32_call = &backend_x32_sys_enter,
	.function = &backend_typed,
};

/* Likewise, on system calls, where the kernel has no better. */
static const struct way override_return = {
	.kind = HOOK_POINT_OVERRIDE,
	.call = &backend_syscall_kprobe,
	.compat_call = &backend_compat_kprobe,
	.x32_call = &backend_x32_kprobe,
};

static bool overrides(const struct way *way)
{
	return way == &fmod_ret || way == &override_return;
}

/* Programs there know the function by its type. */
static bool is_typed(const struct way *way)
{
	return way == &fentry || way == &fmod_ret;
}

struct target {
	const struct compiler *c;
	const struct policy_hook *hook;
	struct mark mark; /* of the name of what is hooked */
	const struct way *way;
	bool optional; /* it is one of many that nobody named */
	size_t n;      /* places it got */
	/* What the kernel can trace, if those are to share a place. */
	const struct ftrace_functions *traceable;
	struct spots spots; /* of a list */
};

/* --- places */

/* Those of modules come and go, and the kernel did not always find them. */
static bool is_shared(const struct target *t, const struct policy_point *point)
{
	const struct ftrace_function *f;

	if (!t->traceable || point->place.kind != HOOK_POINT_KPROBE)
		return false;
	f = ftrace_functions_find(t->traceable, point->place.name);
	return f && !f->of_module;
}

static int add_spot(struct target *t, const struct policy_hook *hook,
		    const struct policy_point *point, const char *told)
{
	const struct spot spot = {
		.place = point->place,
		.backend = point->backend,
		.hook = hook,
		.told = told,
		.mark = t->mark,
		.syscall = point->syscall,
		.entry = point->plan.entry,
		.shared = is_shared(t, point),
	};

	return spots_add(&t->spots, &spot);
}

static int add_place(struct target *t, const struct policy_hook *hook, struct policy_point *point,
		     const char *told)
{
	struct hook facts = {.type = EVENT_KPROBE, .function = told};

	if (enforcers_begin_with(t->c->enforced, told))
		point->plan.entry = ENTRY_OF_ENFORCED;
	t->n++;
	return t->hook->list ? add_spot(t, hook, point, told)
			     : compiler_add(t->c, hook, t->mark, point, &facts);
}

/* What is not there is an error, if the policy does not say that it may be so. */
static struct finding *not_found(const struct target *t, const char *what, const char *name)
{
	enum severity severity =
		t->hook->ignore.call_not_found.v ? SEVERITY_WARNING : SEVERITY_ERROR;

	t->c->state->n_missing++;
	return diagnose(t->c->diags, severity, t->mark, "this kernel has no %s %.60s", what, name);
}

static int is_missing(const struct target *t)
{
	return t->hook->ignore.call_not_found.v ? 0 : -ENOENT;
}

static void explain_override(const struct target *t, struct finding *f,
			     const struct call_site *site, int why)
{
	if (site && (site->compat || site->x32) && why == -EINVAL) {
		finding_why(f, "of 32-bit programs it overrides no calls");
		finding_remedy(f,
			       "name the function of 64-bit programs, such as __x64_sys_lseek, and "
			       "have 32-bit programs killed by a policy with %s",
			       t->hook->kind == HOOK_ENFORCER ? "argSig alone" : "Sigkill");
		return;
	}
	if (site && why == -EINVAL)
		finding_why(f, "of system calls it can be done from Linux 7.2 on; before, on a "
			       "kernel with CONFIG_FUNCTION_ERROR_INJECTION");
	else
		finding_why(f, "it refuses a fmod_ret program: %s", strerror(-why));
	finding_remedy(f,
		       "deny it by lsmhooks where there are such; or write %s the process when "
		       "the call is done",
		       t->hook->kind == HOOK_ENFORCER ? "argSig alone, a signal that is sent to"
						      : "Sigkill, which kills");
}

/* Whether the kernel lets programs do to the function what the policy asks for. @site: NULL: it is
 * no system call. */
static int check_override(const struct target *t, const char *name, const struct call_site *site,
			  const struct kernel_function *function)
{
	const struct policy_action *action = policy_override_of(t->hook);
	int r = t->way == &fmod_ret ? fmod_ret_try(function->btf_id) : 0;

	if (r >= 0)
		return 0;
	explain_override(t,
			 diagnose_error(t->c->diags, action ? action->mark : t->mark,
					"this kernel cannot override what %.60s returns", name),
			 site, r);
	return -EOPNOTSUPP;
}

/* --- system calls */

/* It is a call that fmod_ret cannot deny, and bpf_override_return may. */
static bool needs_helper(const struct target *t, const struct kernel_function *function)
{
	return t->way == &fmod_ret &&
	       t->c->policy->settings.override_method == OVERRIDE_METHOD_UNSAID &&
	       policy_kernel_has_override_return(&t->c->ground->kernel) &&
	       fmod_ret_try(function->btf_id) < 0;
}

static int check_helper(const struct target *t, const char *name)
{
	const struct policy_action *action = policy_override_of(t->hook);
	struct finding *f;

	if (policy_kernel_has_override_return(&t->c->ground->kernel))
		return 0;
	f = diagnose_error(t->c->diags, action ? action->mark : t->mark,
			   "this kernel cannot override what %.60s returns by override-return",
			   name);
	finding_why(f, t->c->ground->kernel.has_kprobes
			       ? "it has no bpf_override_return, which takes "
				 "CONFIG_BPF_KPROBE_OVERRIDE"
			       : "it has no kprobes");
	finding_remedy(f, "leave out the option override-method: what the kernel can do is used "
			  "then");
	return -EOPNOTSUPP;
}

static int add_site(const struct call_site *site, void *data)
{
	struct target *t = data;
	const struct way *way = t->way;
	struct policy_point point = {0};
	struct kernel_function function;

	/* The function is hooked already, or is not only theirs. */
	if ((site->compat || site->x32) && site->shared && way != &entry) {
		if (t->n || overrides(way))
			return 0;
		way = &entry;
	}
	if (!site->function && (site->compat || way != &entry || t->optional))
		return 0;
	if (way == &entry && site->number < 0)
		return 0;
	if (is_typed(way)) {
		if (kernel_functions_find(t->c->ground->kernel.functions, site->function,
					  &function) < 0)
			return 0;
		if (needs_helper(t, &function))
			way = &override_return;
		else if (check_override(t, site->told, site, &function) < 0)
			return -EOPNOTSUPP;
		else
			point.place.btf_id = function.btf_id;
	}
	if (way == &override_return && check_helper(t, site->told) < 0)
		return -EOPNOTSUPP;
	point.backend = site->compat ? way->compat_call : site->x32 ? way->x32_call : way->call;
	point.syscall = way == &entry ? (uint32_t)site->number : 0;
	point.place.kind = way->kind;
	point.place.name = way == &entry ? "sys_enter" : site->told;
	/* Such programs cannot be jumped to (kernel/bpf/core.c: __bpf_prog_map_compatible()). */
	point.place.direct = way == &override_return;
	return add_place(t, t->hook, &point, site->told);
}

static int add_call(struct target *t, const char *name)
{
	struct finding *finding;
	size_t before = t->n;
	int r = call_sites_find(t->c, name, add_site, t);

	if ((r < 0 && r != -ENOENT) || t->n > before)
		return r;
	finding = not_found(t, "system call", name);
	if (finding)
		call_sites_suggest(t->c, name, finding);
	return is_missing(t);
}

/* --- functions */

static int function_not_found(const struct target *t, const char *name)
{
	struct finding *finding = not_found(t, "function", name);
	struct suggest suggest;

	/* How near names are takes long to say, and few are told. */
	if (!finding)
		return is_missing(t);
	suggest_init(&suggest, name, strlen(name), MISTAKES_MAX);
	kernel_functions_suggest(t->c->ground->kernel.functions, "", &suggest);
	finding_suggest(finding, &suggest);
	return is_missing(t);
}

static int add_typed(struct target *t, const char *name, const struct policy_hook *hook,
		     const struct kernel_function *function)
{
	struct policy_point point = {
		.place = {.kind = t->way->kind,
			  .name = name,
			  .btf_id = function->btf_id,
			  .btf_object = function->btf_object},
		.backend = t->way->function,
	};
	int r = check_override(t, name, NULL, function);

	if (r >= 0)
		r = policy_prototype_resolve(function, &t->c->points->arena, t->c->diags, &hook);
	return r < 0 ? r : add_place(t, hook, &point, name);
}

/* Types know most functions. Those that are found by a pattern are there anyway. */
static bool is_function(const struct target *t, const char *name)
{
	return !is_typed(t->way) &&
	       (t->optional || policy_kernel_has_symbol(&t->c->ground->kernel, name));
}

static int find_function(struct target *t, const char *name)
{
	struct kernel_functions *functions = compiler_functions(t->c, t->mark);
	struct policy_point point = {
		.place = {.kind = t->way->kind, .name = name},
		.backend = t->way->function,
	};
	const struct resolve_site site = {.function = name};
	const struct policy_hook *hook = t->hook;
	struct kernel_function function;
	bool typed;
	int r;

	if (!functions)
		return -ENOMEM;
	if (t->way == &entry) {
		finding_remedy(diagnose_error(t->c->diags, t->mark, "this kernel has no kprobes"),
			       "hook system calls or tracepoints, which it has");
		return -EOPNOTSUPP;
	}
	typed = kernel_functions_find(functions, name, &function) == 0;
	if (!typed && !is_function(t, name))
		return t->optional ? 0 : function_not_found(t, name);
	if (typed && !t->optional)
		policy_prototype_compare(&function, t->c->diags, t->hook);
	r = compiler_resolve(t->c, &site, t->mark, &hook);
	if (r < 0)
		return r;
	if (is_typed(t->way))
		return add_typed(t, name, hook, &function);
	return add_place(t, hook, &point, name);
}

static int add_function(struct target *t, const char *name)
{
	const struct way *way = t->way;
	int r;

	/* What else could be denied by a helper, security_ functions are not among it. */
	if (way == &override_return)
		t->way = &fmod_ret;
	r = find_function(t, name);
	t->way = way;
	return r;
}

/* --- what a hook is on */

static const struct way *way_of(const struct compiler *c, const struct policy_hook *hook)
{
	if (hook->kind == HOOK_ENFORCER ? c->enforced->denies : !!policy_override_of(hook))
		return c->policy->settings.override_method == OVERRIDE_METHOD_OVERRIDE_RETURN
			       ? &override_return
			       : &fmod_ret;
	if (hook->kind == HOOK_FENTRY)
		return &fentry;
	return c->ground->kernel.has_kprobes ? &kprobe : &entry;
}

bool enforcer_is_function(const struct policy_text *call)
{
	return !strncmp(call->s, "security_", strlen("security_"));
}

static bool is_call(const struct target *t, const struct policy_text *name)
{
	return t->hook->kind == HOOK_ENFORCER ? !enforcer_is_function(name) : t->hook->syscall.v;
}

static int add_named(struct target *t, const struct policy_text *name)
{
	int r = compiler_spend(t->c, name->mark, 1);

	t->mark = name->mark;
	if (r < 0)
		return r;
	return is_call(t, name) ? add_call(t, name->s) : add_function(t, name->s);
}

/* So many are looked at while one is looked for by its name. */
#define PATTERNS_A_NAME 8

/* The functions that the pattern is found in. */
static int add_found(struct target *t, const struct policy_list *list,
		     const struct ftrace_functions *functions)
{
	struct pattern *pattern = NULL;
	struct matcher *matcher = NULL;
	struct pattern_error why;
	int r = compiler_spend(t->c, list->pattern.mark, functions->n / PATTERNS_A_NAME);

	if (r < 0)
		return r;
	r = pattern_new(list->pattern.s, list->pattern.len, PATTERN_OF_BYTES, &pattern, &why);
	if (r == -EINVAL || r == -E2BIG)
		finding_why(diagnose_error(t->c->diags, list->pattern.mark,
					   "the pattern is no regular expression"),
			    "%s", r == -E2BIG ? "it is too long" : why.reason);
	if (r >= 0)
		r = matcher_new(&matcher);
	for (size_t i = 0; i < functions->n && r >= 0; i++) {
		const char *name = functions->v[i].name;

		r = pattern_search(pattern, matcher, name, strlen(name));
		/* What is read of tracefs is forgotten before the points are. */
		if (r > 0)
			name = compiler_format(t->c, "%s", name);
		if (r > 0)
			r = name ? add_function(t, name) : -ENOMEM;
	}
	matcher_free(&matcher);
	pattern_free(&pattern);
	if (r >= 0 && !t->n) {
		diagnose_error(t->c->diags, list->pattern.mark,
			       "no function that the kernel can trace has this pattern");
		r = -ENOENT;
	}
	return r;
}

static int add_ftrace(struct target *t, const struct policy_list *list)
{
	_cleanup_error_ struct error *err = NULL;
	const struct ftrace_functions *functions =
		policy_kernel_ftrace(&t->c->ground->kernel, &err);

	t->optional = true;
	if (functions)
		return add_found(t, list, functions);
	diagnose_error(t->c->diags, list->mark, "%s", err ? err->message : "out of memory");
	return err ? err->code : -ENOMEM;
}

static int by_text(const void *a, const void *b)
{
	const struct policy_text *x = *(const struct policy_text *const *)a;
	const struct policy_text *y = *(const struct policy_text *const *)b;
	int r = strcmp(x->s, y->s);

	return r ? r : x > y ? 1 : x < y ? -1 : 0;
}

/* To find a name takes long: each once. */
static int add_values(struct target *t, const struct policy_texts *values)
{
	_cleanup_free_ const struct policy_text **v = calloc(values->n + 1, sizeof(*v));
	int r = v ? 0 : -ENOMEM;

	for (size_t i = 0; v && i < values->n; i++)
		v[i] = &values->v[i];
	if (v)
		qsort(v, values->n, sizeof(*v), by_text);
	for (size_t i = 0; i < values->n && r >= 0; i++)
		if (!i || strcmp(v[i - 1]->s, v[i]->s) != 0)
			r = add_named(t, v[i]);
	return r;
}

static int add_list(struct target *t, const struct policy_list *list)
{

	if (list->type.v == LIST_GENERATED_FTRACE)
		return add_ftrace(t, list);
	if (list->type.v == LIST_GENERATED_SYSCALLS) {
		t->optional = true;
		/* Rather than hundreds of programs. */
		if (t->way == &kprobe && !t->traceable)
			t->way = &entry;
		return call_sites_each(t->c, add_site, t);
	}
	return add_values(t, &list->values);
}

/* A program for each function would be as many programs, and events of perf. Without tracefs it is
 * so. */
static bool share_places(const struct target *t)
{
	/* Each function has types of its own that paths begin with. */
	if (!t->hook->syscall.v && policy_resolves(t->hook))
		return false;
	return t->way == &kprobe && !t->c->policy->settings.disable_kprobe_multi &&
	       policy_kernel_has_kprobe_multi(&t->c->ground->kernel);
}

int compile_functions(const struct compiler *c, const struct policy_hook *hook)
{
	struct target t = {
		.c = c,
		.hook = hook,
		.mark = hook->call.mark,
		.way = way_of(c, hook),
	};
	static const struct resolve_site nowhere;
	int r = 0;

	/* What a process calls with has no types: all calls are alike. */
	if (hook->syscall.v)
		r = compiler_resolve(c, &nowhere, t.mark, &t.hook);
	if (r < 0)
		return r;
	if (!hook->list)
		return add_named(&t, &hook->call);
	if (share_places(&t))
		t.traceable = policy_kernel_ftrace(&c->ground->kernel, NULL);
	r = add_list(&t, hook->list);
	if (r >= 0)
		r = spots_compile(&t.spots, c, t.hook);
	free(t.spots.v);
	return r;
}
