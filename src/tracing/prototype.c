// SPDX-License-Identifier: Apache-2.0
#include "tracing/prototype.h"
#include "base/macro.h"
#include "compile/backend.h"
#include "compile/reader.h"
#include "policy/arg_type.h"

#include <errno.h>
#include <string.h>

/* --- places */

struct resolver {
	const struct kernel_function *function;
	struct diagnostics *diags;
	unsigned words[KERNEL_PARAMS_MAX +
		       1]; /* before each argument, and before what is returned */
	bool failed;
};

static void find_words(struct resolver *r)
{
	for (unsigned i = 0; i < r->function->n_params; i++)
		r->words[i + 1] = r->words[i] + r->function->params[i].words;
}

static int64_t place_of(struct resolver *r, int64_t index, struct mark mark, const char *how,
			unsigned first)
{
	const struct kernel_function *f = r->function;

	if (index >= 0 && index < f->n_params)
		return place_of_word(r->words[index], f->params[index].is_pointer);
	r->failed = true;
	if (f->n_params)
		diagnose_error(r->diags, mark, "the arguments of %s are numbered from %u to %u%s",
			       f->name, first, f->n_params - 1 + first, how);
	else
		diagnose_error(r->diags, mark, "%s has no arguments", f->name);
	return 0;
}

static const struct reader *reader_of_arg(const struct policy_arg *arg)
{
	return arg->type.v < 0 ? NULL : reader_of(arg_type_at((size_t)arg->type.v)->id);
}

static void resolve_arg(struct resolver *r, struct policy_arg *arg)
{
	const struct reader *reader = reader_of_arg(arg);

	if (arg->source != ARG_SOURCE_CALL)
		return;
	arg->index.v = place_of(r, arg->index.v, arg->index.mark, "", 0);
	if (reader && reader->size == SIZE_ARGUMENT && arg->size_index.v > 0)
		arg->size_index.v = 1 + place_of(r, arg->size_index.v - 1, arg->size_index.mark,
						 " by sizeArgIndex", 1);
}

static void resolve_return(struct resolver *r, struct policy_arg *arg)
{
	const struct kernel_function *f = r->function;

	/* Also of what is not told, but says how much is in a buffer. */
	arg->index.v = place_of_word(r->words[f->n_params], f->returned.is_pointer);
	if (f->returns || !POLICY_SET(*arg))
		return;
	r->failed = true;
	finding_remedy(diagnose_error(r->diags, arg->mark, "%s returns nothing", f->name),
		       "leave return and returnArg out");
}

int policy_prototype_resolve(const struct kernel_function *function, struct arena *arena,
			     struct diagnostics *diags, const struct policy_hook **hook)
{
	struct resolver r = {.function = function, .diags = diags};
	const struct policy_hook *from = *hook;
	struct policy_hook *copy = arena_alloc(arena, sizeof(*copy));
	struct policy_arg *args = arena_alloc(arena, MAX(from->args.n, 1) * sizeof(*args));

	if (!copy || !args)
		return -ENOMEM;
	if (function->n_params > KERNEL_PARAMS_MAX) {
		finding_why(diagnose_error(diags, from->call.mark,
					   "%s has too many arguments for programs that get them "
					   "with their types",
					   function->name),
			    "it has %u, and the kernel gives them up to %d", function->n_params,
			    KERNEL_PARAMS_MAX);
		return -E2BIG;
	}
	find_words(&r);
	*copy = *from;
	if (from->args.n)
		memcpy(args, from->args.v, from->args.n * sizeof(*args));
	copy->args.v = args;
	for (size_t i = 0; i < copy->args.n; i++)
		resolve_arg(&r, &args[i]);
	if (from->kind != HOOK_LSM)
		resolve_return(&r, &copy->return_arg);
	*hook = copy;
	return r.failed ? -EINVAL : 0;
}

/* --- types */

/* What the pointers of the types are to. */
static const struct {
	enum arg_type_id type;
	const char *structure;
} structures[] = {
	{ARG_TYPE_SKB, "sk_buff"},
	{ARG_TYPE_SOCK, "sock"},
	{ARG_TYPE_SOCKET, "socket"},
	{ARG_TYPE_SOCKADDR, "sockaddr"},
	{ARG_TYPE_CRED, "cred"},
	{ARG_TYPE_FILENAME, "filename"},
	{ARG_TYPE_PATH, "path"},
	{ARG_TYPE_FILE, "file"},
	{ARG_TYPE_DENTRY, "dentry"},
	{ARG_TYPE_KIOCB, "kiocb"},
	{ARG_TYPE_IOV_ITER, "iov_iter"},
	{ARG_TYPE_LINUX_BINPRM, "linux_binprm"},
	{ARG_TYPE_NET_DEVICE, "net_device"},
	{ARG_TYPE_USER_NAMESPACE, "user_namespace"},
	{ARG_TYPE_MODULE, "module"},
	{ARG_TYPE_LOAD_INFO, "load_info"},
	{ARG_TYPE_BPF_ATTR, "bpf_attr"},
	{ARG_TYPE_BPF_PROG, "bpf_prog"},
	{ARG_TYPE_BPF_MAP, "bpf_map"},
	{ARG_TYPE_PERF_EVENT, "perf_event"},
};

static const char *structure_of(enum arg_type_id type)
{
	for (size_t i = 0; i < ARRAY_SIZE(structures); i++)
		if (structures[i].type == type)
			return structures[i].structure;
	return NULL;
}

static void compare(const struct kernel_function *f, struct diagnostics *diags,
		    const struct policy_arg *arg)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);
	const char *wanted = type ? structure_of(type->id) : NULL;
	const struct kernel_param *param;

	if (!wanted || arg->source != ARG_SOURCE_CALL || arg->resolve.len || arg->index.v < 0 ||
	    arg->index.v >= MIN(f->n_params, KERNEL_PARAMS_MAX))
		return;
	param = &f->params[arg->index.v];
	if (param->type && strcmp(param->type, wanted) != 0)
		finding_why(diagnose_warning(diags, arg->mark, "argument %d of %s is no %s",
					     (int)arg->index.v, f->name, type->name),
			    "it points to a %s", param->type);
	else if (!param->is_pointer)
		finding_why(diagnose_warning(diags, arg->mark, "argument %d of %s is no %s",
					     (int)arg->index.v, f->name, type->name),
			    "it is a number");
}

void policy_prototype_compare(const struct kernel_function *function, struct diagnostics *diags,
			      const struct policy_hook *hook)
{
	for (size_t i = 0; i < hook->args.n; i++)
		compare(function, diags, &hook->args.v[i]);
}
