// SPDX-License-Identifier: Apache-2.0
#include "filter/filter.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "cel/cel_filter.h"
#include "cel/limit.h"
#include "filter/caps.h"
#include "filter/label_selector.h"
#include "filter/pid_set.h"
#include "filter/regex.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum field_kind {
	FIELD_FLAG,        /* a BoolValue */
	FIELD_NUMBERS,     /* uint32_t or an enum */
	FIELD_STRINGS,     /* equal */
	FIELD_PATTERNS,    /* regular expressions */
	FIELD_LABELS,      /* selectors of labels */
	FIELD_PIDS,        /* processes and those that they start */
	FIELD_CAPS,        /* a CapFilter */
	FIELD_EXPRESSIONS, /* CEL, about the event as a whole */
};

/* What has to be filled before a field is looked at; the event itself always is. */
enum {
	OF_EVENT = 0,
	OF_PROCESS = 1 << 0,
	OF_PARENT = 1 << 1,
	OF_ANCESTORS = 1 << 2,
	OF_ALL = OF_PROCESS | OF_PARENT | OF_ANCESTORS,
};

struct field {
	const char *name;
	enum field_kind kind;
	unsigned looks_at;
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
		struct label_selector **labels;
		struct pid_set *pids;
		struct caps_filter *caps;
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

#define FLAG(field, parts, get) \
	{#field, FIELD_FLAG, parts, offsetof(Tetragon__Filter, field), 0, .flag = get}
#define LIST(field, kind, parts, ...)           \
	{#field,                                \
	 kind,                                  \
	 parts,                                 \
	 offsetof(Tetragon__Filter, field),     \
	 offsetof(Tetragon__Filter, n_##field), \
	 __VA_ARGS__}
#define NUMBERS(field, get) LIST(field, FIELD_NUMBERS, OF_EVENT, .number = get)
#define PATTERNS(field, parts, get) LIST(field, FIELD_PATTERNS, parts, .string = get)
#define STRINGS(field, member, parts, get)       \
	{field,                                  \
	 FIELD_STRINGS,                          \
	 parts,                                  \
	 offsetof(Tetragon__Filter, member),     \
	 offsetof(Tetragon__Filter, n_##member), \
	 .string = get}

/* The cheapest to tell come first. */
static const struct field fields[] = {
	NUMBERS(event_set, get_type),
	NUMBERS(pid, get_pid),
	LIST(pid_set, FIELD_PIDS, OF_EVENT, .string = NULL),
	FLAG(in_init_tree, OF_EVENT, is_in_init_tree),
	STRINGS("policy_names", policy_names, OF_EVENT, get_policy_name),
	{"capabilities", FIELD_CAPS, OF_PROCESS, offsetof(Tetragon__Filter, capabilities), 0,
	 .flag = NULL},
	FLAG(health_check, OF_PROCESS | OF_PARENT, is_health_check),
	STRINGS("namespace", namespace_, OF_PROCESS, get_namespace),
	PATTERNS(namespace_regex, OF_PROCESS, get_pod_namespace),
	PATTERNS(pod_regex, OF_PROCESS, get_pod),
	LIST(labels, FIELD_LABELS, OF_PROCESS, .string = NULL),
	PATTERNS(container_id, OF_PROCESS, get_container_id),
	PATTERNS(container_name_regex, OF_PROCESS, get_container_name),
	PATTERNS(binary_regex, OF_PROCESS, get_binary),
	PATTERNS(parent_binary_regex, OF_PARENT, get_parent_binary),
	PATTERNS(ancestor_binary_regex, OF_ANCESTORS, get_ancestor_binary),
	PATTERNS(arguments_regex, OF_PROCESS, get_arguments),
	PATTERNS(parent_arguments_regex, OF_PARENT, get_parent_arguments),
	LIST(cel_expression, FIELD_EXPRESSIONS, OF_ALL, .string = NULL),
};

struct filter {
	size_t n;
	struct predicate predicates[ARRAY_SIZE(fields)];
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
	if (p->field->kind == FIELD_PIDS) {
		pid_set_free(&p->pids);
		return;
	}
	if (p->field->kind == FIELD_CAPS) {
		free(p->caps);
		return;
	}
	for (size_t i = 0; i < p->n; i++) {
		if (p->field->kind == FIELD_PATTERNS)
			regex_free(&p->patterns[i]);
		else if (p->field->kind == FIELD_LABELS)
			label_selector_free(&p->labels[i]);
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

static int parse_labels(struct predicate *p, char *const *from, size_t n, struct error **reterr)
{
	p->labels = calloc(n, sizeof(*p->labels));
	if (!p->labels)
		return -ENOMEM;
	for (; p->n < n; p->n++) {
		int r = label_selector_new(from[p->n], &p->labels[p->n], reterr);

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
	case FIELD_LABELS:
		return parse_labels(p, MEMBER(char **, msg, value), n, reterr);
	case FIELD_PIDS:
		return pid_set_new(MEMBER(uint32_t *, msg, value), n, &p->pids);
	default:
		return cel_filter_new((const char *const *)MEMBER(char **, msg, value), n,
				      &p->expressions, reterr);
	}
}

static int add_caps(struct filter *filter, const struct field *field, const Tetragon__Filter *msg,
		    struct error **reterr)
{
	struct predicate *p = &filter->predicates[filter->n];
	int r;

	if (!msg->capabilities)
		return 0;
	*p = (struct predicate){.field = field, .caps = calloc(1, sizeof(*p->caps))};
	filter->n++;
	if (!p->caps)
		return -ENOMEM;
	r = caps_filter_init(msg->capabilities, p->caps, reterr);
	return r < 0 ? error_wrap(reterr, r, "%s", field->name) : 0;
}

/* Adds the field to @filter when @msg sets it. */
static int add_field(struct filter *filter, const struct field *field, const Tetragon__Filter *msg,
		     struct error **reterr)
{
	struct predicate *p = &filter->predicates[filter->n];
	size_t n;

	if (field->kind == FIELD_CAPS)
		return add_caps(filter, field, msg, reterr);
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

static int check_rules(const Tetragon__Filter *msg, const struct filter_rules *rules,
		       struct error **reterr)
{
	const struct {
		const char *name, *remedy;
		size_t n;
	} fields_ruled[] = {
		{"pid_set", rules->no_pid_set, msg->n_pid_set},
		{"ancestor_binary_regex", rules->no_ancestors, msg->n_ancestor_binary_regex},
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields_ruled); i++) {
		if (!fields_ruled[i].n || !fields_ruled[i].remedy)
			continue;
		error_set(reterr, -EINVAL, "%s: it is not enabled", fields_ruled[i].name);
		error_remedy(reterr, "%s", fields_ruled[i].remedy);
		return -EINVAL;
	}
	return 0;
}

int filter_new(const Tetragon__Filter *msg, const struct filter_rules *rules, struct filter **ret,
	       struct error **reterr)
{
	_cleanup_(filter_free) struct filter *filter = NULL;
	int r = rules ? check_rules(msg, rules, reterr) : 0;

	if (r < 0)
		return r;
	/* What is not understood is not passed over: it would match more than was meant. */
	if (msg->base.n_unknown_fields)
		return error_set(reterr, -EINVAL, "it has a field that this version does not know");
	filter = calloc(1, sizeof(*filter));
	if (!filter)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		r = add_field(filter, &fields[i], msg, reterr);
		if (r < 0)
			return r;
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

/* A search that is given up has taken as much as a hundred others. */
static int search(struct regex *regex, const char *string, struct filter_doubt *doubt)
{
	uint64_t steps = CEL_SEARCH_STEPS + strlen(string) / CEL_STEP_BYTES;
	int r;

	if (!doubt->steps)
		return regex_match(regex, string);
	if (*doubt->steps < steps) {
		if (doubt->reterr && !*doubt->reterr)
			error_set(doubt->reterr, -E2BIG,
				  "all filters together take more than %d steps for an event",
				  FILTER_STEPS_MAX);
		return -E2BIG;
	}
	r = regex_match(regex, string);
	if (r < 0)
		steps += CEL_SEARCH_FAILED_STEPS;
	*doubt->steps -= MIN(steps, *doubt->steps);
	return r;
}

static bool match_patterns(const struct predicate *p, const struct subject *s,
			   struct filter_doubt *doubt)
{
	const char *string;
	bool told = true;

	for (size_t i = 0; (string = p->field->string(s, i)); i++) {
		for (size_t j = 0; j < p->n; j++) {
			int r = search(p->patterns[j], string, doubt);

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

static bool match_labels(const struct predicate *p, const struct subject *s)
{
	const Tetragon__Pod *pod = s->process ? s->process->pod : NULL;

	for (size_t i = 0; pod && i < p->n; i++)
		if (label_selector_match(p->labels[i], pod->pod_labels, pod->n_pod_labels))
			return true;
	return false;
}

static bool match_pids(const struct predicate *p, struct filter_doubt *doubt)
{
	int r = pid_set_holds(p->pids);

	if (r >= 0)
		return r;
	doubt->times++;
	if (doubt->reterr && !*doubt->reterr)
		error_set(doubt->reterr, r,
			  "pid_set: more than %d processes to be followed: the children of the "
			  "others are not found",
			  PID_SET_MAX);
	return true;
}

static bool match_expressions(const struct predicate *p, const struct subject *s,
			      struct filter_doubt *doubt)
{
	struct error **reterr = doubt->reterr && !*doubt->reterr ? doubt->reterr : NULL;
	int r = cel_filter_match(p->expressions, s->event, doubt->steps, reterr);

	if (r >= 0)
		return r;
	if (r == -EDOM) {
		doubt->valueless++;
		return false;
	}
	doubt->times++;
	return doubt->counts_as;
}

/* Returns whether what is to be looked at is there. */
static bool fill(const struct subject *s, unsigned parts)
{
	bool ok = true;

	if (!s->lazy)
		return true;
	if (parts & OF_PROCESS)
		ok &= lazy_fill(s->lazy, (const ProtobufCMessage *)s->process) >= 0;
	if (parts & OF_PARENT)
		ok &= lazy_fill(s->lazy, (const ProtobufCMessage *)s->parent) >= 0;
	for (size_t i = 0; parts & OF_ANCESTORS && i < s->n_ancestors; i++)
		ok &= lazy_fill(s->lazy, (const ProtobufCMessage *)s->ancestors[i]) >= 0;
	return ok;
}

static bool match_caps(const struct predicate *p, const struct subject *s)
{
	return s->process && caps_filter_match(p->caps, s->process->cap);
}

static bool match(const struct predicate *p, const struct subject *s, struct filter_doubt *doubt)
{
	if (!fill(s, p->field->looks_at)) {
		doubt->times++;
		return doubt->counts_as;
	}
	switch (p->field->kind) {
	case FIELD_FLAG:
		return p->field->flag(s) == p->wanted;
	case FIELD_NUMBERS:
		return match_numbers(p, s);
	case FIELD_STRINGS:
		return match_strings(p, s);
	case FIELD_PATTERNS:
		return match_patterns(p, s, doubt);
	case FIELD_LABELS:
		return match_labels(p, s);
	case FIELD_PIDS:
		return match_pids(p, doubt);
	case FIELD_CAPS:
		return match_caps(p, s);
	default:
		return match_expressions(p, s, doubt);
	}
}

static const struct predicate *find_predicate(const struct filter *filter, enum field_kind kind,
					      const char *name)
{
	for (size_t i = 0; i < filter->n; i++)
		if (filter->predicates[i].field->kind == kind &&
		    !strcmp(filter->predicates[i].field->name, name))
			return &filter->predicates[i];
	return NULL;
}

enum filter_scope filter_scope_of(const struct filter *filter, uint32_t type)
{
	const struct predicate *types = find_predicate(filter, FIELD_NUMBERS, "event_set");
	const struct subject subject = {.type = type};

	if (types && !match_numbers(types, &subject))
		return FILTER_MATCHES_NONE;
	return filter->n == !!types ? FILTER_MATCHES_ALL : FILTER_MATCHES_SOME;
}

bool filter_follow(const struct filter *filter, const struct subject *subject)
{
	const struct predicate *pids = find_predicate(filter, FIELD_PIDS, "pid_set");

	if (pids && subject)
		pid_set_follow(pids->pids, subject);
	return pids;
}

bool filter_match(const struct filter *filter, const struct subject *subject,
		  struct filter_doubt *doubt)
{
	for (size_t i = 0; i < filter->n; i++)
		if (!match(&filter->predicates[i], subject, doubt))
			return false;
	return true;
}
