// SPDX-License-Identifier: Apache-2.0
#include "cli/getevents_setup.h"
#include "base/cleanup.h"
#include "cli/color.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int bad_event_type(const char *name, struct error **reterr)
{
	const ProtobufCEnumDescriptor *types = &tetragon__event_type__descriptor;
	_cleanup_str_ struct str names = STR_INIT;

	for (unsigned i = 0; i < types->n_value_names; i++)
		str_appendf(&names, "%s%s", i ? ", " : "", types->values_by_name[i].name);
	error_set(reterr, -EINVAL, "--event-types: there is no type \"%s\"", name);
	if (str_cstr(&names))
		error_remedy(reterr, "types are %s", names.data);
	return -EINVAL;
}

static int parse_event_types(const struct strings *names, Tetragon__EventType **ret,
			     struct error **reterr)
{
	const ProtobufCEnumDescriptor *descriptor = &tetragon__event_type__descriptor;
	_cleanup_free_ Tetragon__EventType *types = calloc(names->n + 1, sizeof(*types));

	if (!types)
		return -ENOMEM;
	for (size_t i = 0; i < names->n; i++) {
		unsigned j = 0;

		while (j < descriptor->n_values &&
		       strcasecmp(descriptor->values[j].name, names->v[i]))
			j++;
		if (j == descriptor->n_values)
			return bad_event_type(names->v[i], reterr);
		types[i] = (Tetragon__EventType)descriptor->values[j].value;
	}
	*ret = TAKE_PTR(types);
	return 0;
}

/* Brings together the names that an option has. */
static int merge_aliases(struct getevents_settings *s)
{
	int r = strings_move(&s->namespaces, &s->more_namespaces);

	if (r == 0)
		r = strings_move(&s->pods, &s->more_pods);
	if (r == 0)
		r = strings_move(&s->processes, &s->more_processes);
	/* The others have nothing of a terminal. */
	if (r == 0 && s->tty_encode && !s->event_types.n)
		r = strings_add(&s->event_types, "PROCESS_KPROBE", strlen("PROCESS_KPROBE"));
	/* In filters, the host is the namespace without a name. */
	if (r == 0 && s->host)
		r = strings_add(&s->namespaces, "", 0);
	return r;
}

/* How the text of an expression stands at its end. */
struct open {
	unsigned brackets;
	char quote; /* of a string, or NUL */
	bool raw, triple;
};

static bool are_three(const char *p)
{
	return p[1] == p[0] && p[2] == p[0];
}

/* Returns the last character that it took. */
static const char *scan_string(struct open *open, const char *p)
{
	if (*p == '\\' && !open->raw && p[1])
		return p + 1;
	if (*p != open->quote || (open->triple && !are_three(p)))
		return p;
	open->quote = '\0';
	return open->triple ? p + 2 : p;
}

static void scan(struct open *open, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (open->quote) {
			p = scan_string(open, p);
		} else if (*p == '"' || *p == '\'') {
			open->quote = *p;
			open->raw = p > text && (p[-1] == 'r' || p[-1] == 'R');
			open->triple = are_three(p);
			p += open->triple ? 2 : 0;
		} else if (strchr("([{", *p)) {
			open->brackets++;
		} else if (strchr(")]}", *p) && open->brackets) {
			open->brackets--;
		}
	}
}

/* List options are taken apart at commas. Those in brackets belong to the expression; in a string,
 * white space around them is lost. */
static int join_expressions(struct strings *list, struct error **reterr)
{
	_cleanup_strings_ struct strings whole = {0};
	_cleanup_str_ struct str text = STR_INIT;
	struct open open = {0};

	for (size_t i = 0; i < list->n; i++) {
		str_appendf(&text, "%s%s", text.len ? ", " : "", list->v[i]);
		scan(&open, list->v[i]);
		if (open.quote && i + 1 < list->n) {
			error_set(reterr, -EINVAL,
				  "--cel-expression: a string that does not end before a comma");
			error_remedy(reterr, "a comma in a string is written \\x2c");
			return -EINVAL;
		}
		if (open.brackets && i + 1 < list->n)
			continue;
		if (!str_cstr(&text) || strings_add(&whole, text.data, text.len) < 0)
			return -ENOMEM;
		str_reset(&text);
		open = (struct open){0};
	}
	strings_free(list);
	return strings_move(list, &whole);
}

void getevents_setup_blame(struct error **reterr)
{
	const struct error *err = reterr ? *reterr : NULL;
	_cleanup_free_ char *place = NULL;

	if (err && err->file && asprintf(&place, "--cel-expression: %s", err->file) >= 0)
		error_at(reterr, place, err->line, err->column);
}

static bool fill_filter(const struct getevents_settings *s, Tetragon__EventType *types,
			Tetragon__Filter *msg)
{
	const struct {
		const struct strings *from;
		char ***to;
		size_t *n;
	} lists[] = {
		{&s->namespaces, &msg->namespace_, &msg->n_namespace_},
		{&s->namespace_regex, &msg->namespace_regex, &msg->n_namespace_regex},
		{&s->pods, &msg->pod_regex, &msg->n_pod_regex},
		{&s->containers, &msg->container_name_regex, &msg->n_container_name_regex},
		{&s->processes, &msg->binary_regex, &msg->n_binary_regex},
		{&s->policy_names, &msg->policy_names, &msg->n_policy_names},
		{&s->expressions, &msg->cel_expression, &msg->n_cel_expression},
	};
	bool any = s->event_types.n > 0;

	tetragon__filter__init(msg);
	msg->event_set = types;
	msg->n_event_set = s->event_types.n;
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		*lists[i].to = lists[i].from->v;
		*lists[i].n = lists[i].from->n;
		any |= lists[i].from->n > 0;
	}
	return any;
}

static void fill_fields(const struct strings *paths, Tetragon__FieldFilterAction action,
			Google__Protobuf__FieldMask *mask, Tetragon__FieldFilter *msg)
{
	google__protobuf__field_mask__init(mask);
	tetragon__field_filter__init(msg);
	mask->paths = paths->v;
	mask->n_paths = paths->n;
	msg->fields = mask;
	msg->action = action;
}

int getevents_request_init(struct getevents_request *request, struct getevents_settings *s,
			   struct error **reterr)
{
	int r = merge_aliases(s);

	*request = (struct getevents_request){0};
	tetragon__get_events_request__init(&request->msg);
	if (r == 0)
		r = parse_event_types(&s->event_types, &request->types, reterr);
	if (r == 0)
		r = join_expressions(&s->expressions, reterr);
	if (r < 0)
		return r;
	request->allow[0] = &request->filter;
	request->msg.allow_list = request->allow;
	request->msg.n_allow_list = fill_filter(s, request->types, &request->filter);

	request->msg.field_filters = request->fields;
	if (s->include_fields.n)
		request->fields[request->msg.n_field_filters++] = &request->include;
	fill_fields(&s->include_fields, TETRAGON__FIELD_FILTER_ACTION__INCLUDE,
		    &request->include_mask, &request->include);
	if (s->exclude_fields.n)
		request->fields[request->msg.n_field_filters++] = &request->exclude;
	fill_fields(&s->exclude_fields, TETRAGON__FIELD_FILTER_ACTION__EXCLUDE,
		    &request->exclude_mask, &request->exclude);
	return 0;
}

void getevents_request_done(struct getevents_request *request)
{
	free(request->types);
}

int getevents_setup_filter(const struct getevents_request *request, struct event_filter *filter,
			   struct error **reterr)
{
	int r = filter_list_add(&filter->allow, &request->filter, NULL, reterr);

	/* In a filter, only expressions have places. */
	if (r < 0)
		getevents_setup_blame(reterr);
	return r;
}

int getevents_setup_fields(const struct getevents_request *request, struct field_filters *filters,
			   struct error **reterr)
{
	int r = field_filters_add(filters, &request->include, reterr);

	if (r < 0)
		return error_wrap(reterr, r, "--include-fields");
	r = field_filters_add(filters, &request->exclude, reterr);
	return r < 0 ? error_wrap(reterr, r, "--exclude-fields") : 0;
}

struct compact_style getevents_setup_style(const struct getevents_settings *s, int fd)
{
	return (struct compact_style){
		.color = color_wanted(s->color, fd),
		.timestamps = s->timestamps,
		.stack_traces = s->stack_traces,
		.ima_hash = s->ima_hash,
	};
}
