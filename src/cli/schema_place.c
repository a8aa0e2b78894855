// SPDX-License-Identifier: Apache-2.0
#include "cli/schema_place.h"
#include "base/macro.h"
#include "base/suggest.h"
#include "policy/diagnostics.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define MISTAKES_MAX 3

/* What an operator of Tetragon keeps in a cluster for its agents. Nothing here reads one. */

#define WORD(text) {.name = (text), .type = FIELD_STRING}
#define PART(text, of) {.name = (text), .type = FIELD_OBJECT, .object = &(of)}
#define OBJECT(variable, text)                                              \
	static const struct object variable = {.what = (text),              \
					       .fields = variable##_fields, \
					       .n_fields = ARRAY_SIZE(variable##_fields)}

static const struct field info_metadata_fields[] = {WORD("name"), WORD("namespace")};
OBJECT(info_metadata, "metadata");
static const struct field info_spec_fields[] = {
	{.name = "hostNetwork", .type = FIELD_BOOL},
	WORD("nodeName"),
};
OBJECT(info_spec, "the spec of a PodInfo");
static const struct field info_ip_fields[] = {WORD("IP")};
OBJECT(info_ip, "an address");
static const struct field info_status_fields[] = {
	WORD("podIP"),
	{.name = "podIPs", .type = FIELD_OBJECT, .shape = FIELD_LIST, .object = &info_ip},
};
OBJECT(info_status, "a status");
static const struct field info_workload_fields[] = {WORD("name"), WORD("namespace")};
OBJECT(info_workload, "a workload");
static const struct field info_type_fields[] = {WORD("apiVersion"), WORD("kind")};
OBJECT(info_type, "a type");
static const struct field info_fields[] = {
	WORD("apiVersion"),
	WORD("kind"),
	PART("metadata", info_metadata),
	PART("spec", info_spec),
	PART("status", info_status),
	PART("workloadObject", info_workload),
	PART("workloadType", info_type),
};
OBJECT(info, "a PodInfo");

const struct schema_resource schema_resources[] = {
	{"TracingPolicy", "tracingpolicies", "tgtp",
	 "Which calls of the kernel and of programs are hooked, and which of them are told, "
	 "wherever "
	 "they are made.",
	 &policy_objects[POLICY_CLUSTER], policy_example},
	{"TracingPolicyNamespaced", "tracingpoliciesnamespaced", "tgtpn",
	 "The same for the pods of one namespace. This version does not know pods, and refuses it.",
	 &policy_objects[POLICY_NAMESPACED], NULL},
	{"PodInfo", "podinfo", "tgpi",
	 "What Tetragon's operator keeps in a cluster of each pod. Nothing here reads it.", &info,
	 NULL},
	{0},
};

/* --- paths */

struct walk {
	const char *path;
	struct schema_place at;
	struct error **reterr;
};

static bool is_called(const struct schema_resource *resource, const char *s, size_t len)
{
	const char *const names[] = {resource->kind, resource->plural, resource->short_name};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i]) == len && !strncasecmp(names[i], s, len))
			return true;
	return false;
}

static int find_resource(struct walk *w, const char *s, size_t len)
{
	const struct schema_resource *r = schema_resources;
	struct suggest suggest;

	suggest_init(&suggest, s, len, MISTAKES_MAX);
	for (; r->kind && !is_called(r, s, len); r++)
		suggest_offer(&suggest, r->kind);
	if (r->kind) {
		w->at = (struct schema_place){
			.resource = r, .object = r->object, .example = r->example};
		return 0;
	}
	error_set(w->reterr, -ENOENT, "there is no resource " QUOTED, QUOTE(s, len));
	error_remedy(w->reterr, "there are: TracingPolicy (tgtp), TracingPolicyNamespaced (tgtpn), "
				"PodInfo (tgpi)");
	suggest_remedy(&suggest, w->reterr);
	return -ENOENT;
}

static int no_such_field(struct walk *w, const char *s, size_t len)
{
	const struct object *object = w->at.object;
	_cleanup_str_ struct str names = STR_INIT;
	struct suggest suggest;

	suggest_init(&suggest, s, len, MISTAKES_MAX);
	for (size_t i = 0; object && i < object->n_fields; i++) {
		if (!schema_shows(&object->fields[i]))
			continue;
		suggest_offer(&suggest, object->fields[i].name);
		str_appendf(&names, "%s%s", names.len ? ", " : "", object->fields[i].name);
	}
	error_set(w->reterr, -ENOENT,
		  object ? "there is no field " QUOTED : "there is nothing in it: " QUOTED,
		  QUOTE(s, len));
	error_wrap(w->reterr, 0, "%.*s", (int)(s - w->path), w->path);
	if (str_cstr(&names) && names.len)
		error_remedy(w->reterr, "there are: %s", names.data);
	suggest_remedy(&suggest, w->reterr);
	return -ENOENT;
}

/* What is behind a key of a map, whatever it is called. */
static bool enter_map(struct walk *w)
{
	const struct field *field = w->at.field;

	if (!field || field->shape != FIELD_MAP || w->at.is_entry)
		return false;
	w->at.is_entry = true;
	w->at.object = field->object;
	return true;
}

static int enter(struct walk *w, const char *s, size_t len)
{
	const struct object *object = w->at.object;
	const struct field_help *help;

	if (enter_map(w))
		return 0;
	for (size_t i = 0; object && i < object->n_fields; i++) {
		const struct field *field = &object->fields[i];

		if (strlen(field->name) != len || memcmp(field->name, s, len) != 0 ||
		    !schema_shows(field))
			continue;
		help = field_help(object, field->name);
		if (help && help->example)
			w->at.example = help->example;
		w->at.owner = object;
		w->at.field = field;
		w->at.is_entry = false;
		w->at.object = field->shape == FIELD_MAP ? NULL : field->object;
		return 0;
	}
	return no_such_field(w, s, len);
}

/* An item of a list is like any other. */
static bool is_index(const char *s, size_t len)
{
	return strspn(s, "0123456789") >= len;
}

static void trim(const char **s, size_t *len)
{
	while (*len && (*s)[0] == ' ')
		(*s)++, (*len)--;
	while (*len && (*s)[*len - 1] == ' ')
		(*len)--;
}

static int take_part(struct walk *w, const char *s, size_t len, bool in_brackets)
{
	trim(&s, &len);
	if (in_brackets && is_index(s, len))
		return 0;
	if (!len)
		return error_set(w->reterr, -EINVAL, "%s: a path has no empty parts", w->path);
	return w->at.resource ? enter(w, s, len) : find_resource(w, s, len);
}

int schema_place_find(const char *path, struct schema_place *ret, struct error **reterr)
{
	struct walk w = {.path = path, .reterr = reterr};
	const char *s = path;
	int r = 0;

	while (r >= 0) {
		bool in_brackets = *s == '[';
		size_t len = strcspn(s += in_brackets, in_brackets ? "]" : ".[");

		if (in_brackets && !s[len])
			return error_set(reterr, -EINVAL, "%s: a bracket does not end", path);
		r = take_part(&w, s, len, in_brackets);
		s += len + in_brackets;
		if (r < 0 || !*s)
			break;
		if (*s == '.')
			s++;
		else if (*s != '[')
			return error_set(reterr, -EINVAL, "%s: behind a bracket there is a dot",
					 path);
	}
	if (r >= 0)
		*ret = w.at;
	return r;
}

void schema_append_type(const struct field *field, bool is_entry, struct str *out)
{
	static const char *const names[] = {
		[FIELD_STRING] = "string",  [FIELD_BOOL] = "boolean",  [FIELD_INT32] = "integer",
		[FIELD_INT64] = "integer",  [FIELD_CHOICE] = "string", [FIELD_OBJECT] = "object",
		[FIELD_IGNORED] = "object",
	};

	if (field->shape == FIELD_LIST)
		str_append_lit(out, "[]");
	else if (field->shape == FIELD_MAP && !is_entry)
		str_append_lit(out, "map[string]");
	str_append_z(out, names[field->type]);
}
