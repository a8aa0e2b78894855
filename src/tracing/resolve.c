// SPDX-License-Identifier: Apache-2.0
#include "tracing/resolve.h"
#include "policy/typing.h"
#include "base/macro.h"
#include "compile/registers.h"
#include "policy/arg_type.h"
#include "sensor/btf_path.h"
#include "sensor/btf_read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define POINTER_BITS 64
#define MISTAKES_MAX 3

struct resolver {
	enum hook_kind kind;
	struct kernel_functions *functions;
	const struct resolve_site *site;
	struct arena *arena;
	struct diagnostics *diags;
};

static bool any_resolved(const struct policy_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		if (args->v[i].resolve.len)
			return true;
	return false;
}

bool policy_resolves(const struct policy_hook *hook)
{
	return any_resolved(&hook->args) || any_resolved(&hook->data) ||
	       (hook->returns.v && hook->return_arg.resolve.len);
}

static bool is_of_kernel(const struct policy_arg *arg, const struct resolve_site *site)
{
	return arg->resolve.len && (arg->source == ARG_SOURCE_CURRENT_TASK ||
				    (arg->source == ARG_SOURCE_CALL && !site->types));
}

static bool any_of_kernel(const struct policy_args *args, const struct resolve_site *site)
{
	for (size_t i = 0; i < args->n; i++)
		if (is_of_kernel(&args->v[i], site))
			return true;
	return false;
}

bool policy_resolves_in_kernel(const struct policy_hook *hook, const struct resolve_site *site)
{
	return any_of_kernel(&hook->args, site) || any_of_kernel(&hook->data, site) ||
	       (hook->returns.v && is_of_kernel(&hook->return_arg, site));
}

/* --- the type that the path begins with */

static int of_argument(const struct resolver *r, const struct policy_arg *arg, bool returned,
		       struct kernel_type *ret)
{
	if (r->site->tracepoint)
		return kernel_types_tracepoint(r->functions, r->site->tracepoint,
					       (unsigned)arg->index.v, ret);
	if (!r->site->function)
		return -ENODATA;
	if (returned)
		return kernel_types_returned(r->functions, r->site->function, ret);
	return kernel_types_argument(r->functions, r->site->function, (unsigned)arg->index.v, ret);
}

static void explain_structure(const struct resolver *r, const struct policy_arg *arg, int e)
{
	const struct policy_text *name = &arg->btf_type;
	struct finding *f;

	f = diagnose_error(r->diags, name->mark, "there is no structure " QUOTED,
			   QUOTE(name->s, name->len));
	if (e != -ENOENT)
		finding_why(f, "the kernel's types cannot be read: %s", strerror(-e));
	else if (arg->btf_module.len)
		finding_why(f, "the module " QUOTED " is not loaded or has none",
			    QUOTE(arg->btf_module.s, arg->btf_module.len));
	else
		finding_remedy(f, "of a module that the hook is not in, name it: btfTypeModule");
}

static void explain_type(const struct resolver *r, const struct policy_text *name)
{
	struct finding *f;
	struct suggest suggest;

	suggest_init(&suggest, name->s, name->len, MISTAKES_MAX);
	btf_suggest_structures(r->site->types, &suggest);
	f = diagnose_error(r->diags, name->mark, "the program has no structure " QUOTED,
			   QUOTE(name->s, name->len));
	finding_suggest(f, &suggest);
}

static void explain_argument(const struct resolver *r, const struct policy_arg *arg, int e)
{
	const char *name = r->site->tracepoint ? r->site->tracepoint : r->site->function;
	struct finding *f;

	f = diagnose_error(r->diags, arg->resolve.mark,
			   "it is not known what the path begins with");
	if (e == -ERANGE)
		finding_why(f, "%s has no argument %d", name, (int)arg->index.v);
	else if (e == -ENODATA)
		finding_why(f, "what a process calls with has no type in the kernel");
	else if (e == -ENOENT)
		finding_why(f, "the kernel's types have nothing of %s", name);
	else
		finding_why(f, "the kernel's types cannot be read: %s", strerror(-e));
	if (e != -ERANGE)
		finding_remedy(f, "say of which structure it is with btfType");
}

static bool find_root(const struct resolver *r, const struct policy_arg *arg, bool returned,
		      struct kernel_type *ret)
{
	int e;

	if (arg_is_of_process(r->kind, arg)) {
		*ret = (struct kernel_type){r->site->types,
					    btf_structure(r->site->types, arg->btf_type.s)};
		if (!ret->id)
			explain_type(r, &arg->btf_type);
		return ret->id;
	}
	if (arg->source == ARG_SOURCE_CURRENT_TASK)
		e = kernel_types_structure(r->functions, "task_struct", "", NULL, ret);
	else if (arg->btf_type.len)
		e = kernel_types_structure(r->functions, arg->btf_type.s, arg->btf_module.s,
					   r->site->function, ret);
	else
		e = of_argument(r, arg, returned, ret);
	if (e < 0 && arg->btf_type.len)
		explain_structure(r, arg, e);
	else if (e < 0)
		explain_argument(r, arg, e);
	return e >= 0;
}

/* --- the type at its end */

/* What the kernel calls otherwise than policies. */
static const struct {
	const char *name, *type;
} aliases[] = {
	{"sk_buff", "skb"},
	{"kernel_cap_struct", "kernel_cap_t"},
};

static const char *type_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(aliases[i].name, name))
			return aliases[i].type;
	return vocabulary_find(&arg_types, name, strlen(name)) >= 0 ? name : NULL;
}

static const struct arg_type *type_of(const char *name)
{
	return arg_type_at((size_t)vocabulary_find(&arg_types, name, strlen(name)));
}

/* The word for it by its name, which counts more than what the policy says. What a program calls as
 * the kernel does its objects are others. */
static const char *known_type(const struct resolver *r, const struct policy_arg *arg,
			      const struct btf_end *end)
{
	const char *type = NULL;

	for (size_t i = 0; i < end->n_names && !type; i++) {
		type = type_named(end->names[i]);
		if (type && type_of(type)->is_object && arg_is_of_process(r->kind, arg))
			type = NULL;
	}
	return type;
}

/* The word for it by what it is. */
static const char *plain_type(const struct btf_end *end, char *buf, size_t size)
{
	unsigned bits = 8;

	if (end->value == BTF_VALUE_TEXT)
		return "string";
	if (end->value == BTF_VALUE_ARRAY && end->size)
		return "const_buf";
	if (end->value != BTF_VALUE_NUMBER)
		return NULL;
	while (bits < end->bits)
		bits *= 2;
	snprintf(buf, size, "%sint%u", end->is_signed ? "" : "u", bits);
	return buf;
}

static bool is_number(const struct arg_type *type)
{
	return type->groups & ARG_GROUP_INT || type->id == ARG_TYPE_CAPABILITY;
}

/* Whether the type is what a number is read as, though it is told as something else. */
static bool takes_number(const struct arg_type *type)
{
	return is_number(type) || type->id == ARG_TYPE_FD || type->id == ARG_TYPE_SYSCALL64;
}

/* Why it cannot be of the type; NULL: it can. */
static const char *misfit(const struct btf_end *end, const struct arg_type *type)
{
	bool is_address = end->value != BTF_VALUE_NUMBER;

	if (!is_address)
		return takes_number(type) || end->bits == POINTER_BITS
			       ? NULL
			       : "a number of less than 64 bits is no address";
	if (!takes_number(type))
		return NULL;
	if (!end->is_read)
		return "it is no number";
	return type->bits == POINTER_BITS ? NULL : "it is an address, of 64 bits";
}

static const char *what_is(const struct btf_end *end)
{
	static const char *const texts[] = {
		[BTF_VALUE_NUMBER] = "a number",   [BTF_VALUE_TEXT] = "text",
		[BTF_VALUE_ARRAY] = "an array",    [BTF_VALUE_OBJECT] = "a structure",
		[BTF_VALUE_ADDRESS] = "a pointer",
	};

	return end->n_names && *end->names[0] ? end->names[0] : texts[end->value];
}

/* What a type is called does not change what it is. */
static bool is_same(const struct arg_type *type, const char *name)
{
	return type->id == type_of(name)->id;
}

static void set_type(const struct resolver *r, struct policy_arg *arg, const struct btf_end *end)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);
	bool is_auto = type && type->id == ARG_TYPE_AUTO;
	const char *known = known_type(r, arg, end), *why;
	struct finding *f;
	char buf[16];

	if (!type)
		return;
	if (is_auto && !known)
		known = plain_type(end, buf, sizeof(buf));
	if (is_auto && !known) {
		f = diagnose_error(r->diags, arg->resolve.mark, "the type has to be written");
		finding_why(f, "at the end of the path is %s, which could be told in many ways",
			    what_is(end));
		finding_remedy(f, "say what it is to be read as, or name a member of it");
		return;
	}
	/* Numbers that are told by their names are of types of their own. */
	if (known && is_same(type, known))
		return;
	if (known && (is_auto || end->value == BTF_VALUE_OBJECT || type->groups == ARG_GROUP_INT)) {
		if (!is_auto && end->value == BTF_VALUE_OBJECT)
			finding_why(diagnose_warning(r->diags, arg->type.mark,
						     "it is told as %s, not as %s", known,
						     type->name),
				    "at the end of the path is %s", what_is(end));
		typing_set(arg, known);
		return;
	}
	why = misfit(end, type);
	if (!why)
		return;
	f = diagnose_error(r->diags, arg->type.mark, "what the path leads to is not of type %s",
			   type->name);
	finding_why(f, "at its end is %s: %s", what_is(end), why);
	finding_remedy(f, "write type: auto, or name a member or an element ([0]) of it");
}

static void resolve_arg(const struct resolver *r, struct policy_arg *arg, bool returned)
{
	struct access_path *path = arena_alloc(r->arena, sizeof(*path));
	_cleanup_error_ struct error *err = NULL;
	struct kernel_type root;
	struct btf_end end;
	struct finding *f;

	if (!path || !find_root(r, arg, returned, &root))
		return;
	if (btf_path_find(root.btf, root.id, arg->resolve.s, arg->resolve.len, r->arena, path, &end,
			  &err) < 0) {
		f = diagnose_error(r->diags, arg->resolve.mark, "%s", err ? err->message : "?");
		if (err && err->remedy)
			finding_remedy(f, "%s", err->remedy);
		return;
	}
	path->size = (uint32_t)MIN(end.size, UINT32_MAX);
	arg->path = path;
	arg->path_types = end.types;
	set_type(r, arg, &end);
}

/* A register is as wide as its name says. */
static void size_register(struct policy_arg *arg)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);
	struct register_part part;
	struct suggest suggest;
	char buf[16];

	if (!type || type->id != ARG_TYPE_AUTO ||
	    !register_find(arg->resolve.s, arg->resolve.len, &part, &suggest))
		return;
	snprintf(buf, sizeof(buf), "uint%u", part.bits);
	typing_set(arg, buf);
}

static void resolve_args(const struct resolver *r, struct policy_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		if (args->v[i].source == ARG_SOURCE_PT_REGS)
			size_register(&args->v[i]);
		else if (args->v[i].resolve.len)
			resolve_arg(r, &args->v[i], false);
}

int policy_resolve(struct kernel_functions *functions, const struct resolve_site *site,
		   struct arena *arena, const struct policy *policy, struct diagnostics *diags,
		   const struct policy_hook **hook)
{
	const struct resolver r = {(*hook)->kind, functions, site, arena, diags};
	struct typing typing = typing_begin(arena, policy, diags);
	struct policy_hook *typed = typing_copy(&typing, *hook);

	if (!typed)
		return -ENOMEM;
	*hook = typed;
	resolve_args(&r, &typed->args);
	resolve_args(&r, &typed->data);
	if (typed->returns.v && typed->return_arg.resolve.len)
		resolve_arg(&r, &typed->return_arg, true);
	if (typing_works(&typing))
		typing_read_values(&typing, typed);
	if (arena->failed)
		return -ENOMEM;
	return typing_works(&typing) ? 0 : -EINVAL;
}
