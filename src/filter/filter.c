// SPDX-License-Identifier: Apache-2.0
#include "filter/filter.h"
#include "base/cleanup.h"
#include "cel/cel_filter.h"
#include "filter/caps.h"
#include "filter/regex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum field_kind {
	FIELD_FLAG,        /* a BoolValue */
	FIELD_NUMBERS,     /* uint32_t or an enum */
	FIELD_STRINGS,     /* equal */
	FIELD_PATTERNS,    /* regular expressions */
	FIELD_EXPRESSIONS, /* CEL, about the event as a whole */
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t value; /* offset in Tetragon__Filter, of the BoolValue or of the list */
	size_t count; /* offset of the list's length */

	/* What an event has there. Strings: the one numbered @i, NULL after the last. */
	bool (*flag)(const struct subject *s);
	bool (*number)(const struct subject *s, uint32_t *ret);
	const char *(*string)(const struct subject *s, size_t i);
};

struct predicate {
	const struct field *field;
	size_t n;
	union {
		bool wanted;
		uint32_t *numbers;
		char **strings;
		struct regex **patterns;
		struct cel_filter *expressions;
	};
};

static bool may_be_probe(const Tetragon__Process *process)
{
	return process && process->pod && process->pod->container &&
	       process->pod->container->maybe_exec_probe;
}

static bool is_health_check(const struct subject *s)
{
	return may_be_probe(s->process) || may_be_probe(s->parent);
}

static bool is_in_init_tree(const struct subject *s)
{
	return s->process && s->process->in_init_tree && s->process->in_init_tree->value;
}

static bool get_type(const struct subject *s, uint32_t *ret)
{
	*ret = s->type;
	return true;
}

static bool get_pid(const struct subject *s, uint32_t *ret)
{
	if (!s->process || !s->process->pid)
		return false;
	*ret = s->process->pid->value;
	return true;
}

/* What runs outside of any pod is in the namespace "". */
static const char *get_namespace(const struct subject *s, size_t i)
{
	if (i > 0 || !s->process)
		return NULL;
	return s->process->pod ? s->process->pod->namespace_ : "";
}

static const char *get_pod_namespace(const struct subject *s, size_t i)
{
	return i == 0 && s->process && s->process->pod ? s->process->pod->namespace_ : NULL;
}

static const char *get_pod(const struct subject *s, size_t i)
{
	return i == 0 && s->process && s->process->pod ? s->process->pod->name : NULL;
}

static const char *get_container_name(const struct subject *s, size_t i)
{
	return get_pod(s, i) && s->process->pod->container ? s->process->pod->container->name
							   : NULL;
}

/* The schema's field holds but the beginning of the id. */
static const char *get_container_id(const struct subject *s, size_t i)
{
	if (!s->process)
		return NULL;
	return i == 0 ? s->process->docker : i == 1 ? s->process->container_id : NULL;
}

static const char *get_policy_name(const struct subject *s, size_t i)
{
	return i == 0 && s->policy_name && s->policy_name[0] ? s->policy_name : NULL;
}

static const char *get_binary(const struct subject *s, size_t i)
{
	return i == 0 && s->process ? s->process->binary : NULL;
}

static const char *get_arguments(const struct subject *s, size_t i)
{
	return i == 0 && s->process ? s->process->arguments : NULL;
}

static const char *get_parent_binary(const struct subject *s, size_t i)
{
	return i == 0 && s->parent ? s->parent->binary : NULL;
}

static const char *get_parent_arguments(const struct subject *s, size_t i)
{
	return i == 0 && s->parent ? s->parent->arguments : NULL;
}

static const char *get_ancestor_binary(const struct subject *s, size_t i)
{
	return i < s->n_ancestors ? s->ancestors[i]->binary : NULL;
}

#define FLAG(field, get) {#field, FIELD_FLAG, offsetof(Tetragon__Filter, field), 0, .flag = get}
#define LIST(field, kind, ...)                                                                   \
	{#field, kind, offsetof(Tetragon__Filter, field), offsetof(Tetragon__Filter, n_##field), \
	 __VA_ARGS__}
#define STRINGS(field, member, get)                                \
	{field, FIELD_STRINGS, offsetof(Tetragon__Filter, member), \
	 offsetof(Tetragon__Filter, n_##member), .string = get}

/* The cheapest to tell come first. */
static const struct field fields[] = {
	LIST(event_set, FIELD_NUMBERS, .number = get_type),
	LIST(pid, FIELD_NUMBERS, .number = get_pid),
	FLAG(health_check, is_health_check),
	FLAG(in_init_tree, is_in_init_tree),
	STRINGS("namespace", namespace_, get_namespace),
	LIST(policy_names, FIELD_STRINGS, .string = get_policy_name),
	LIST(namespace_regex, FIELD_PATTERNS, .string = get_pod_namespace),
	LIST(pod_regex, FIELD_PATTERNS, .string = get_pod),
	LIST(container_id, FIELD_PATTERNS, .string = get_container_id),
	LIST(container_name_regex, FIELD_PATTERNS, .string = get_container_name),
	LIST(binary_regex, FIELD_PATTERNS, .string = get_binary),
	LIST(parent_binary_regex, FIELD_PATTERNS, .string = get_parent_binary),
	LIST(ancestor_binary_regex, FIELD_PATTERNS, .string = get_ancestor_binary),
	LIST(arguments_regex, FIELD_PATTERNS, .string = get_arguments),
	LIST(parent_arguments_regex, FIELD_PATTERNS, .string = get_parent_arguments),
	LIST(cel_expression, FIELD_EXPRESSIONS, .string = NULL),
};

static const struct {
	const char *name;
	size_t count;
	const char *why;
} refused_fields[] = {
	{"pid_set", offsetof(Tetragon__Filter, n_pid_set),
	 "following the children of a process is not in this version"},
	{"labels", offsetof(Tetragon__Filter, n_labels), "label selectors are not in this version"},
};

struct filter {
	size_t n;
	struct predicate predicates[ARRAY_SIZE(fields)];
	bool has_caps;
	struct caps_filter caps;
};

#define MEMBER(type, base, offset) (*(type const *)(const void *)((const char *)(base) + (offset)))

static void predicate_free(struct predicate *p)
{
	if (p->field->kind == FIELD_FLAG)
		return;
	if (p->field->kind == FIELD_EXPRESSIONS) {
		cel_filter_free(&p->expressions);
		return;
	}
	for (size_t i = 0; i < p->n; i++) {
		if (p->field->kind == FIELD_PATTERNS)
			regex_free(&p->patterns[i]);
		else if (p->field->kind == FIELD_STRINGS)
			free(p->strings[i]);
	}
	free(p->numbers);
}

void filter_free(struct filter **filter)
{
	if (!*filter)
		return;
	for (size_t i = 0; i < (*filter)->n; i++)
		predicate_free(&(*filter)->predicates[i]);
	free(*filter);
	*filter = NULL;
}

static int copy_numbers(struct predicate *p, const void *from, size_t n)
{
	p->numbers = calloc(n, sizeof(*p->numbers));
	if (!p->numbers)
		return -ENOMEM;
	memcpy(p->numbers, from, n * sizeof(*p->numbers));
	p->n = n;
	return 0;
}

static int copy_strings(struct predicate *p, char *const *from, size_t n)
{
	p->strings = calloc(n, sizeof(*p->strings));
	if (!p->strings)
		return -ENOMEM;
	for (; p->n < n; p->n++) {
		p->strings[p->n] = strdup(from[p->n]);
		if (!p->strings[p->n])
			return -ENOMEM;
	}
	return 0;
}

static int compile_patterns(struct predicate *p, char *const *from, size_t n, struct error **reterr)
{
	p->patterns = calloc(n, sizeof(*p->patterns));
	if (!p->patterns)
		return -ENOMEM;
	for (; p->n < n; p->n++) {
		int r = regex_new(from[p->n], &p->patterns[p->n], reterr);

		if (r < 0)
			return error_wrap(reterr, r, "%s", p->field->name);
	}
	return 0;
}

static int copy_list(struct predicate *p, const Tetragon__Filter *msg, size_t n,
		     struct error **reterr)
{
	size_t value = p->field->value;

	switch (p->field->kind) {
	case FIELD_NUMBERS:
		return copy_numbers(p, MEMBER(void *, msg, value), n);
	case FIELD_STRINGS:
		return copy_strings(p, MEMBER(char **, msg, value), n);
	case FIELD_PATTERNS:
		return compile_patterns(p, MEMBER(char **, msg, value), n, reterr);
	default:
		return cel_filter_new((const char *const *)MEMBER(char **, msg, value), n,
				      &p->expressions, reterr);
	}
}

/* Adds the field to @filter when @msg sets it. */
static int add_field(struct filter *filter, const struct field *field, const Tetragon__Filter *msg,
		     struct error **reterr)
{
	struct predicate *p = &filter->predicates[filter->n];
	size_t n;

	if (field->kind == FIELD_FLAG) {
		const Google__Protobuf__BoolValue *flag =
			MEMBER(Google__Protobuf__BoolValue *, msg, field->value);

		if (flag) {
			*p = (struct predicate){.field = field, .wanted = flag->value};
			filter->n++;
		}
		return 0;
	}
	n = MEMBER(size_t, msg, field->count);
	if (n == 0)
		return 0;
	if (n > FILTER_VALUES_MAX)
		return error_set(reterr, -E2BIG, "%s: %zu values; the limit is %d", field->name, n,
				 FILTER_VALUES_MAX);
	*p = (struct predicate){.field = field};
	filter->n++;
	return copy_list(p, msg, n, reterr);
}

int filter_new(const Tetragon__Filter *msg, struct filter **ret, struct error **reterr)
{
	_cleanup_(filter_free) struct filter *filter = NULL;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(refused_fields); i++)
		if (MEMBER(size_t, msg, refused_fields[i].count))
			return error_set(reterr, -EOPNOTSUPP, "%s: %s", refused_fields[i].name,
					 refused_fields[i].why);
	filter = calloc(1, sizeof(*filter));
	if (!filter)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		r = add_field(filter, &fields[i], msg, reterr);
		if (r < 0)
			return r;
	}
	if (msg->capabilities) {
		r = caps_filter_init(msg->capabilities, &filter->caps, reterr);
		if (r < 0)
			return error_wrap(reterr, r, "capabilities");
		filter->has_caps = true;
	}
	*ret = TAKE_PTR(filter);
	return 0;
}

static bool match_numbers(const struct predicate *p, const struct subject *s)
{
	uint32_t number;

	if (!p->field->number(s, &number))
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (p->numbers[i] == number)
			return true;
	return false;
}

static bool match_strings(const struct predicate *p, const struct subject *s)
{
	const char *string;

	for (size_t i = 0; (string = p->field->string(s, i)); i++)
		for (size_t j = 0; j < p->n; j++)
			if (!strcmp(p->strings[j], string))
				return true;
	return false;
}

static bool match_patterns(const struct predicate *p, const struct subject *s,
			   struct filter_doubt *doubt)
{
	const char *string;
	bool told = true;

	for (size_t i = 0; (string = p->field->string(s, i)); i++) {
		for (size_t j = 0; j < p->n; j++) {
			int r = regex_match(p->patterns[j], string);

			if (r > 0)
				return true;
			told = told && r == 0;
		}
	}
	if (told)
		return false;
	doubt->times++;
	return doubt->counts_as;
}

static bool match_expressions(const struct predicate *p, const struct subject *s,
			      struct filter_doubt *doubt)
{
	struct error **reterr = doubt->reterr && !*doubt->reterr ? doubt->reterr : NULL;
	int r = cel_filter_match(p->expressions, s->event, reterr);

	if (r >= 0)
		return r;
	if (r == -EDOM) {
		doubt->valueless++;
		return false;
	}
	doubt->times++;
	return doubt->counts_as;
}

static bool match(const struct predicate *p, const struct subject *s, struct filter_doubt *doubt)
{
	switch (p->field->kind) {
	case FIELD_FLAG:
		return p->field->flag(s) == p->wanted;
	case FIELD_NUMBERS:
		return match_numbers(p, s);
	case FIELD_STRINGS:
		return match_strings(p, s);
	case FIELD_PATTERNS:
		return match_patterns(p, s, doubt);
	default:
		return match_expressions(p, s, doubt);
	}
}

bool filter_match(const struct filter *filter, const struct subject *subject,
		  struct filter_doubt *doubt)
{
	if (filter->has_caps &&
	    !(subject->process && caps_filter_match(&filter->caps, subject->process->cap)))
		return false;
	for (size_t i = 0; i < filter->n; i++)
		if (!match(&filter->predicates[i], subject, doubt))
			return false;
	return true;
}
