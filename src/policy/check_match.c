// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"
#include "policy/operator.h"
#include "policy/schema.h"
#include "policy/values.h"

/* What an operator is asked of. */
struct target {
	const char *filter; /* "matchArgs" */
	const struct policy_args *args;
	const char *where; /* "args" */
	bool returns;      /* the one argument is the return value */
};

static const char *group_names[] = {
	"numbers",
	"strings and paths",
	"files",
	"capabilities",
	"system calls",
	"sockets and packets",
	"socket addresses",
	"addresses of local sockets",
};

/* "numbers, strings and paths" */
static void append_groups(struct str *out, unsigned groups)
{
	const char *separator = "";

	for (size_t i = 0; i < ARRAY_SIZE(group_names); i++) {
		if (!(groups & 1U << i))
			continue;
		str_appendf(out, "%s%s", separator, group_names[i]);
		separator = ", ";
	}
}

static void append_operators(struct str *out, unsigned groups)
{
	const struct operator* op;
	const char *separator = "";

	for (size_t i = 0; (op = operator_at(i)); i++) {
		if (!(op->groups & groups))
			continue;
		str_appendf(out, "%s%s", separator, op->name);
		separator = ", ";
	}
}

static void refuse_type(struct check *check, const struct policy_arg_match *match,
			const struct operator* op, const struct arg_type *type)
{
	struct finding *finding = check_error(
		check, match->operator.mark, "%s cannot be asked of type %s", op->name, type->name);
	struct str groups = STR_INIT, others = STR_INIT;

	append_groups(&groups, op->groups);
	append_operators(&others, type->groups);
	if (finding && str_cstr(&groups))
		finding_why(finding, "it is for %s", groups.data);
	if (finding && others.len && str_cstr(&others))
		finding_remedy(finding, "of %s: %s", type->name, others.data);
	else
		finding_remedy(finding, "no operator is for type %s", type->name);
	str_free(&groups);
	str_free(&others);
}

static bool is_place(struct check *check, const struct target *target,
		     const struct policy_int *place)
{
	if ((uint64_t)place->v < target->args->n)
		return true;
	check_error(check, place->mark,
		    "there is no argument at %d: \"%s\" has %zu, counted from 0", (int)place->v,
		    target->where, target->args->n);
	return false;
}

static bool find_places(struct check *check, const struct target *target,
			struct policy_arg_match *match, const struct operator* op)
{
	if (match->args.n != op->args) {
		check_error(check, match->args.mark, "%s looks at %zu argument%s, and args has %zu",
			    op->name, op->args, op->args == 1 ? "" : "s", match->args.n);
		return false;
	}
	if (!is_place(check, target, &match->args.v[0]))
		return false;
	match->arg = (size_t)match->args.v[0].v;
	if (op->args < 2)
		return true;
	match->second = (size_t)match->args.v[1].v;
	return is_place(check, target, &match->args.v[1]);
}

static bool find_index(struct check *check, const struct policy_hook *hook,
		       const struct target *target, struct policy_arg_match *match)
{
	struct mark mark = POLICY_SET(match->index) ? match->index.mark : match->mark;
	const struct policy_args *args = target->args;
	struct finding *finding;
	size_t found = args->n, n = 0;
	bool unknown = false;

	if (!builder_spend(&check->builder, mark, args->n))
		return false;
	for (size_t i = args->n; i > 0; i--) {
		/* One that is not right may be meant. */
		unknown |= !POLICY_SET(args->v[i - 1].index);
		if (!POLICY_SET(args->v[i - 1].index) || args->v[i - 1].index.v != match->index.v)
			continue;
		found = i - 1;
		n++;
	}
	if (n > 1)
		finding_remedy(check_warning(check, mark,
					     "%zu arguments have index %d; the first is taken", n,
					     (int)match->index.v),
			       "write args: [%zu] for this one, counted from 0 in \"%s\"", found,
			       target->where);
	/* Policies for tracepoints have been written so. */
	if (!n && hook->kind == HOOK_TRACEPOINT && (uint64_t)match->index.v < args->n) {
		found = (size_t)match->index.v;
		finding_remedy(check_warning(check, mark,
					     "no argument has index %d; the one at this place in "
					     "\"%s\" is taken",
					     (int)match->index.v, target->where),
			       "write index: %d, or args: [%zu]", (int)args->v[found].index.v,
			       found);
		n = 1;
	}
	if (!n && unknown)
		return false;
	if (!n) {
		finding = check_error(check, mark, "no argument in \"%s\" has index %d",
				      target->where, (int)match->index.v);
		finding_remedy(finding, "what a selector looks at has to be in \"%s\"",
			       target->where);
		return false;
	}
	match->arg = found;
	return true;
}

/* Finds what the match is about. Returns false when there is nothing. */
static bool find_target(struct check *check, const struct policy_hook *hook,
			const struct target *target, struct policy_arg_match *match,
			const struct operator* op)
{
	if (op->args == 0 || target->returns)
		return true;
	if (POLICY_SET(match->args))
		return find_places(check, target, match, op);
	if (op->args == 2) {
		finding_remedy(
			check_error(check, match->mark, "%s compares two arguments", op->name),
			"write args: [NEW, OLD], their places in \"%s\", from 0", target->where);
		return false;
	}
	return find_index(check, hook, target, match);
}

static const struct arg_type *type_of(const struct policy_hook *hook, const struct target *target,
				      size_t place)
{
	const struct policy_arg *arg =
		target->returns ? &hook->return_arg : &target->args->v[place];

	return arg->type.v < 0 ? NULL : arg_type_at((size_t)arg->type.v);
}

static bool check_types(struct check *check, const struct policy_hook *hook,
			const struct target *target, const struct policy_arg_match *match,
			const struct operator* op, const struct arg_type **ret)
{
	const size_t places[] = {match->arg, match->second};

	*ret = NULL;
	for (size_t i = 0; i < MIN(op->args, ARRAY_SIZE(places)); i++) {
		const struct arg_type *type = type_of(hook, target, places[i]);

		if (!type)
			return false;
		if (!(type->groups & (op->groups | ARG_GROUP_UNKNOWN))) {
			refuse_type(check, match, op, type);
			return false;
		}
		if (!i)
			*ret = type;
	}
	return true;
}

static bool check_count(struct check *check, const struct policy_arg_match *match,
			const struct operator* op)
{
	size_t n = match->texts.n;

	if (op->syntax == SYNTAX_NONE && n)
		check_error(check, match->texts.mark, "%s takes no values", op->name);
	else if (n < op->min_values)
		check_error(check, POLICY_SET(match->texts) ? match->texts.mark : match->mark,
			    "%s needs values to compare with", op->name);
	else if (op->max_values && n > op->max_values)
		check_error(check, match->texts.v[op->max_values].mark, "%s takes %zu value%s",
			    op->name, op->max_values, op->max_values == 1 ? "" : "s");
	else
		return true;
	return false;
}

static void check_match(struct check *check, const struct policy_hook *hook,
			const struct target *target, struct policy_arg_match *match)
{
	const struct operator* op;
	const struct arg_type *type;
	bool counted;

	if (!POLICY_SET(*match) || !POLICY_CHOSEN(match->operator))
		return;
	op = operator_at((size_t)match->operator.v);
	if (target->returns && op->not_of_returns) {
		check_error(check, match->operator.mark, "%s is not for return values", op->name);
		return;
	}
	counted = check_count(check, match, op);
	if (find_target(check, hook, target, match, op) &&
	    check_types(check, hook, target, match, op, &type) && counted)
		values_read(&check->builder, op, type, &match->texts, &check->policy->spec.lists,
			    &match->values);
}

static void check_matches(struct check *check, const struct policy_hook *hook,
			  const struct target *target, const struct policy_arg_matches *matches)
{
	for (size_t i = 0; i < matches->n; i++)
		check_match(check, hook, target, &matches->v[i]);
}

static void check_returns(struct check *check, const struct policy_hook *hook,
			  const struct policy_selector *selector)
{
	static const struct policy_args none;
	const struct target returned = {"matchReturnArgs", &none, "returnArg", true};
	bool has_return = POLICY_SET(hook->return_arg) && hook->returns.v;
	struct finding *finding;

	if (has_return) {
		check_matches(check, hook, &returned, &selector->return_args);
		return;
	}
	if (selector->return_args.n) {
		finding = check_error(check, selector->return_args.mark,
				      "matchReturnArgs looks at a return value, and the hook has "
				      "none");
		if (hook->kind == HOOK_KPROBE || hook->kind == HOOK_FENTRY ||
		    hook->kind == HOOK_UPROBE)
			finding_remedy(finding, "add return: true and a returnArg");
		else
			finding_why(finding, "%s have no return value",
				    hook_section_names[hook->kind]);
	}
	if (selector->return_actions.n)
		check_error(check, selector->return_actions.mark,
			    "matchReturnActions are for when the function returns, and the hook "
			    "does not look at that");
}

void check_arg_matches(struct check *check, const struct policy_hook *hook,
		       struct policy_selector *selector)
{
	const struct target args = {"matchArgs", &hook->args, "args", false};
	const struct target data = {"matchData", &hook->data, "data", false};

	check_matches(check, hook, &args, &selector->args);
	check_matches(check, hook, &data, &selector->data);
	check_returns(check, hook, selector);
}
