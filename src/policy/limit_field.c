// SPDX-License-Identifier: Apache-2.0
#include "policy/limit_field.h"
#include "policy/operator.h"
#include "policy/value_name.h"

#include <string.h>

/* More letters wrong than this, and one word is as likely meant as another. */
#define MISTAKES_MAX 3

/* As the event has them. */
static const struct {
	const char *name;
	enum limit_field_of of;
} words[] = {
	{"return", LIMIT_FIELD_RETURN},
	{"process.pid", LIMIT_FIELD_PROCESS},
	{"process.tid", LIMIT_FIELD_THREAD},
	{"process.binary", LIMIT_FIELD_BINARY},
};

/* Each is what an operator looks at, of the types that it can be asked of. */
static const struct {
	const char *name;
	enum operator_kind looks;
} parts[] = {
	{"family", OPERATOR_FAMILY}, {"protocol", OPERATOR_PROTOCOL}, {"state", OPERATOR_STATE},
	{"saddr", OPERATOR_SADDR},   {"daddr", OPERATOR_DADDR},       {"sport", OPERATOR_SPORT},
	{"dport", OPERATOR_DPORT},
};

static bool is_word(const char *s, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(s, word, len);
}

/* What was left out has none, not even an empty one. */
static bool has_label(const struct policy_arg *arg, const char *s, size_t len)
{
	return len && arg->label.len == len && !memcmp(s, arg->label.s, len);
}

static const char *part_name(size_t i)
{
	return i < ARRAY_SIZE(parts) ? parts[i].name : NULL;
}

static const struct vocabulary part_names = {.what = "a part of a value", .name = part_name};

static const struct operator* looks_at(size_t part)
{
	const struct operator* op;

	for (size_t i = 0; (op = operator_at(i)); i++)
		if (op->kind == parts[part].looks)
			return op;
	return NULL;
}

/* Returns how many values are called so; which, if it is one. */
static size_t find_value(const struct policy_hook *hook, const char *s, size_t len,
			 struct policy_limit_field *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (is_word(s, len, words[i].name)) {
			ret->of = words[i].of;
			return 1;
		}
	ret->of = LIMIT_FIELD_VALUE;
	if (value_name_find(hook, s, len, &ret->place))
		return 1;
	for (size_t i = 0; i < hook->args.n + hook->data.n; i++) {
		if (!has_label(value_at(hook, i), s, len))
			continue;
		ret->place = i;
		n++;
	}
	if (has_label(&hook->return_arg, s, len)) {
		ret->of = LIMIT_FIELD_RETURN;
		n++;
	}
	return n;
}

static bool is_value(const struct policy_limit_field *field)
{
	return field->of == LIMIT_FIELD_VALUE || field->of == LIMIT_FIELD_RETURN;
}

static const struct policy_arg *arg_of(const struct policy_hook *hook,
				       const struct policy_limit_field *field)
{
	return field->of == LIMIT_FIELD_RETURN ? &hook->return_arg : value_at(hook, field->place);
}

static void refuse_name(struct diagnostics *diags, const struct policy_hook *hook,
			const struct policy_text *text)
{
	struct finding *f = diagnose_error(diags, text->mark,
					   QUOTED " is nothing that events of this hook tell",
					   QUOTE(text->s, text->len));
	struct suggest suggest;

	/* How near names are takes long to say, and few are told. */
	if (!f)
		return;
	suggest_init(&suggest, text->s, text->len, MISTAKES_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		suggest_offer(&suggest, words[i].name);
	for (size_t i = 0; i < hook->args.n + hook->data.n; i++)
		if (value_at(hook, i)->label.len)
			suggest_offer(&suggest, value_at(hook, i)->label.s);
	if (!finding_suggest(f, &suggest))
		finding_remedy(f,
			       "there are: arg0 for the first of \"args\", of which there are %zu, "
			       "data0 of \"data\" (%zu), their labels, return, process.pid, "
			       "process.tid, process.binary",
			       hook->args.n, hook->data.n);
}

static void refuse_label(struct diagnostics *diags, struct mark mark, const char *label, size_t len,
			 size_t values)
{
	finding_remedy(diagnose_error(diags, mark, "%zu values have the label " QUOTED, values,
				      QUOTE(label, len)),
		       "write arg0 for the first of \"args\", data0 of \"data\"");
}

static bool read_part(struct diagnostics *diags, const struct policy_text *text, const char *name,
		      struct policy_limit_field *ret)
{
	size_t len = text->len - (size_t)(name - text->s);
	int part = vocabulary_find(&part_names, name, len);

	if (part >= 0)
		ret->part = looks_at((size_t)part);
	else
		vocabulary_remedy(&part_names, name, len,
				  diagnose_error(diags, text->mark, QUOTED " is not %s",
						 QUOTE(name, len), part_names.what));
	return part >= 0;
}

/* "arg0.daddr" is a part of arg0, unless there is a value that is called all of that. */
static bool read_name(struct diagnostics *diags, const struct policy_hook *hook,
		      const struct policy_text *text, struct policy_limit_field *ret)
{
	const char *dot = memrchr(text->s, '.', text->len);
	size_t len = text->len, found = find_value(hook, text->s, len, ret);
	bool has_part = !found && dot;

	if (has_part) {
		len = (size_t)(dot - text->s);
		found = find_value(hook, text->s, len, ret);
	}
	if (found > 1)
		refuse_label(diags, text->mark, text->s, len, found);
	else if (!found || (has_part && !is_value(ret)))
		refuse_name(diags, hook, text);
	else
		return !has_part || read_part(diags, text, dot + 1, ret);
	return false;
}

/* Of a call its arguments are told, and of its return what is read then. */
static void check_time(struct diagnostics *diags, const struct policy_hook *hook, bool on_return,
		       const struct policy_text *text, const struct policy_limit_field *field)
{
	bool later = field->of == LIMIT_FIELD_RETURN || arg_of(hook, field)->return_copy.v;
	struct finding *f;

	if (field->of == LIMIT_FIELD_RETURN && !hook->returns.v) {
		finding_remedy(diagnose_error(diags, text->mark, "what is returned is not told"),
			       "add return: true, and returnArg");
	} else if (later && !on_return) {
		f = diagnose_error(diags, text->mark, QUOTED " is read when the call returns",
				   QUOTE(text->s, text->len));
		finding_remedy(f, "put the limit under matchReturnActions");
	} else if (!later && on_return) {
		f = diagnose_error(diags, text->mark,
				   QUOTED " is told of the call, and not of its return",
				   QUOTE(text->s, text->len));
		finding_remedy(f, "put the limit under matchActions");
	}
}

void limit_field_read(struct builder *builder, const struct policy_hook *hook, bool on_return,
		      const struct policy_text *text, struct policy_limit_field *ret)
{
	if (!builder_spend(builder, text->mark, hook->args.n + hook->data.n))
		return;
	ret->mark = text->mark;
	if (!read_name(builder->diags, hook, text, ret) || !is_value(ret))
		return;
	check_time(builder->diags, hook, on_return, text, ret);
	limit_field_fits(builder->diags, hook, ret);
}

static void refuse_part(struct diagnostics *diags, const struct policy_limit_field *field,
			const struct arg_type *type)
{
	struct str has = STR_INIT;
	const char *missing = "";
	struct finding *f;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		if (looks_at(i) == field->part)
			missing = parts[i].name;
		if (looks_at(i)->groups & type->groups)
			str_appendf(&has, "%s%s", has.len ? ", " : "", parts[i].name);
	}
	f = diagnose_error(diags, field->mark, "values of type %s have no %s", type->name, missing);
	if (has.len && str_cstr(&has))
		finding_remedy(f, "they have: %s", has.data);
	else
		finding_remedy(f, "name the value without a part");
	str_free(&has);
}

bool limit_field_fits(struct diagnostics *diags, const struct policy_hook *hook,
		      const struct policy_limit_field *field)
{
	const struct policy_arg *arg = is_value(field) ? arg_of(hook, field) : NULL;
	const struct arg_type *type =
		arg && arg->type.v >= 0 ? arg_type_at((size_t)arg->type.v) : NULL;

	if (!type || arg_is_up_to_kernel(arg, type))
		return true;
	if (type->id == ARG_TYPE_NOP) {
		diagnose_error(diags, field->mark, "values of type nop are not told");
		return false;
	}
	if (!field->part || field->part->groups & type->groups)
		return true;
	refuse_part(diags, field, type);
	return false;
}
