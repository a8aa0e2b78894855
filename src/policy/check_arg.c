// SPDX-License-Identifier: Apache-2.0
#include "base/member_path.h"
#include "policy/arg_type.h"
#include "policy/check.h"
#include "policy/schema.h"

static const struct {
	const char *name;
	enum arg_source source;
} sources[] = {
	{"current_task", ARG_SOURCE_CURRENT_TASK},
	{"pt_regs", ARG_SOURCE_PT_REGS},
};

static void check_source(struct check *check, struct policy_arg *arg)
{
	struct finding *finding;

	arg->source = ARG_SOURCE_CALL;
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
		if (check_text_is(&arg->source_name, sources[i].name))
			arg->source = sources[i].source;
	if (arg->source == ARG_SOURCE_CALL && arg->source_name.len) {
		finding = check_error(check, arg->source_name.mark, QUOTED " is not a source",
				      QUOTE(arg->source_name.s, arg->source_name.len));
		finding_remedy(finding, "there are: current_task, pt_regs");
	}
	if (arg->source != ARG_SOURCE_CALL && !arg->resolve.len)
		finding_remedy(check_error(check, arg->source_name.mark,
					   "the argument does not say what of %.40s it is",
					   arg->source_name.s),
			       "add resolve: %s",
			       arg->source == ARG_SOURCE_PT_REGS ? "the name of a register"
								 : "a path in struct task_struct");
}

static void check_type(struct check *check, const struct policy_hook *hook,
		       const struct policy_arg *arg)
{
	const struct arg_type *type = arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);
	struct mark mark = POLICY_SET(arg->type) ? arg->type.mark : arg->mark;

	if (!type)
		return;
	if (!(type->hooks & HOOK_BIT(hook->kind)))
		check_error(check, mark, "%s cannot have arguments of type %s",
			    hook_section_names[hook->kind], type->name);
	if (type->is_object && arg_is_of_process(hook->kind, arg)) {
		struct finding *finding =
			check_error(check, mark, "%s cannot have arguments of type %s",
				    hook_section_names[hook->kind], type->name);

		finding_why(finding, "that is an object of the kernel, which processes have no "
				     "pointers to");
		finding_remedy(finding, "write what the program has there: a number, string, "
					"char_buf, fd, sockaddr …; of the kernel's objects, data "
					"with source: current_task tells");
	}
	if (type->id == ARG_TYPE_AUTO && hook->kind != HOOK_TRACEPOINT && !arg->resolve.len)
		finding_remedy(check_error(check, mark, "the argument has no type"),
			       "only arguments of tracepoints, and those with resolve, can be "
			       "without");
}

/* What is at the end of the path, only the kernel can tell. */
static void check_path(struct check *check, const struct policy_text *resolve)
{
	struct member_path path = {.at = resolve->s, .end = resolve->s + resolve->len};
	struct finding *finding;
	struct member member;
	unsigned column;
	int r;

	do {
		r = member_path_next(&path, &member);
	} while (r > 0);
	if (r == 0)
		return;
	column = (unsigned)(path.at - resolve->s) + 1;
	finding = check_error(check, mark_within(resolve->mark, resolve->inside, 1, column),
			      "the path cannot be read at " QUOTED,
			      QUOTE(path.at, path.end - path.at));
	finding_remedy(finding, MEMBER_PATH_FORM);
}

/* Of what the kernel's type information says nothing about. */
static void check_resolve(struct check *check, const struct policy_hook *hook,
			  const struct policy_arg *arg)
{
	struct finding *finding;

	if (arg->resolve.len && arg->source != ARG_SOURCE_PT_REGS)
		check_path(check, &arg->resolve);
	if (!arg->resolve.len || arg->source != ARG_SOURCE_CALL)
		return;
	if (hook->kind == HOOK_TRACEPOINT && !hook->raw.v) {
		finding = check_error(check, arg->resolve.mark, "resolve needs a raw tracepoint");
		finding_why(finding, "the fields of the others are no structures of the kernel");
		finding_remedy(finding, "write raw: true; indexes are those of the tracepoint's "
					"arguments then");
	}
	if (!arg_is_of_process(hook->kind, arg))
		return;
	if (arg->btf_module.len)
		check_error(check, arg->btf_module.mark,
			    "btfTypeModule is of modules of the kernel, not of programs");
	if (!hook->btf_path.len || !arg->btf_type.len) {
		finding = check_error(check, arg->resolve.mark,
				      "resolve needs the types of the program");
		finding_remedy(finding, "say where they are with btfPath, and which is the "
					"argument's with btfType");
	}
}

static void check_arg(struct check *check, const struct policy_hook *hook, struct policy_arg *arg)
{
	check_source(check, arg);
	check_type(check, hook, arg);
	check_resolve(check, hook, arg);
}

static bool same_text(const struct policy_text *a, const struct policy_text *b)
{
	return a->len == b->len && !memcmp(a->s, b->s, a->len);
}

/* One argument can be told of in more than one way, but not twice in the same. */
static bool same_arg(const struct policy_arg *a, const struct policy_arg *b)
{
	return a->index.v == b->index.v && a->type.v == b->type.v && a->source == b->source &&
	       same_text(&a->resolve, &b->resolve) && same_text(&a->btf_type, &b->btf_type);
}

static void check_args(struct check *check, const struct policy_hook *hook,
		       const struct policy_args *args)
{
	for (size_t i = 0; i < args->n; i++) {
		struct policy_arg *arg = &args->v[i];

		if (!POLICY_SET(*arg))
			continue;
		check_arg(check, hook, arg);
		if (!builder_spend(&check->builder, arg->mark, i))
			return;
		for (size_t j = 0; j < i; j++) {
			if (!POLICY_SET(arg->index) || !POLICY_SET(args->v[j].index) ||
			    !same_arg(arg, &args->v[j]))
				continue;
			finding_why(check_error(check, arg->mark,
						"the argument with index %d is here twice",
						(int)arg->index.v),
				    "the first is in line %u", args->v[j].mark.line);
			break;
		}
	}
}

void check_hook_args(struct check *check, struct policy_hook *hook)
{
	check_args(check, hook, &hook->args);
	check_args(check, hook, &hook->data);
	for (size_t i = 0; i < hook->data.n; i++)
		if (POLICY_SET(hook->data.v[i]) && !hook->data.v[i].source_name.len)
			finding_remedy(
				check_error(check, hook->data.v[i].mark,
					    "the item of data does not say where it is from"),
				"add source: current_task or pt_regs; arguments of the call "
				"belong into args");
	if (POLICY_SET(hook->return_arg))
		check_arg(check, hook, &hook->return_arg);
}
