// SPDX-License-Identifier: Apache-2.0
#include "tracing/fields.h"
#include "policy/typing.h"
#include "base/cleanup.h"
#include "compile/backend.h"
#include "policy/arg_type.h"
#include "sensor/tracepoint_format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Instead of the first eight bytes of a record, programs get something else
 * (include/trace/perf.h): common_type and its like are not theirs to read. */
#define HIDDEN_BYTES 8

struct resolver {
	struct diagnostics *diags;
	const struct tracepoint_format *format;
	const char *event;
};

static bool is_width(unsigned size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

/* The word for its type, or NULL. */
static const char *type_of(const struct tracepoint_field *field, char *buf, size_t size)
{
	if (field->is_text)
		return "string";
	if (field->kind != FIELD_NUMBER || !is_width(field->size))
		return NULL;
	snprintf(buf, size, "%sint%u", field->is_signed ? "" : "u", 8U * field->size);
	return buf;
}

static void resolve_type(struct resolver *r, struct policy_arg *arg,
			 const struct tracepoint_field *field)
{
	char buf[16];
	const char *name;

	if (arg->type.v >= 0 && arg_type_at((size_t)arg->type.v)->id != ARG_TYPE_AUTO)
		return;
	name = type_of(field, buf, sizeof(buf));
	if (name)
		typing_set(arg, name);
	else
		finding_remedy(diagnose_error(r->diags, arg->mark,
					      "the type of %s has to be written", field->name),
			       "say what it is to be read as: type: ...");
}

static unsigned place_of(struct resolver *r, const struct policy_arg *arg,
			 const struct tracepoint_field *field)
{
	if (field->kind == FIELD_ARRAY)
		return place_in_record(RECORD_ADDRESS, field->offset, 0);
	if (field->kind == FIELD_DATA_LOC)
		return place_in_record(RECORD_DATA_LOC, field->offset, 4);
	if (!is_width(field->size)) {
		diagnose_error(r->diags, arg->mark, "%s is no number", field->name);
		return 0;
	}
	return place_in_record(field->is_signed && field->size < 8 ? RECORD_SIGNED_VALUE
								   : RECORD_VALUE,
			       field->offset, (uint8_t)field->size);
}

/* The field that says how large it is, by its place from 1. */
static void resolve_size(struct resolver *r, struct policy_arg *arg)
{
	int64_t field = arg->size_index.v - 1;

	if (!POLICY_SET(arg->size_index))
		return;
	if (field >= 0 && (uint64_t)field < r->format->n)
		arg->size_index.v = (int64_t)place_of(r, arg, &r->format->v[field]) + 1;
	else
		diagnose_error(r->diags, arg->size_index.mark,
			       "%s has %zu fields, from 1 by sizeArgIndex", r->event, r->format->n);
}

static void resolve_arg(struct resolver *r, struct policy_arg *arg)
{
	const struct tracepoint_field *field;

	if (arg->index.v < 0 || (uint64_t)arg->index.v >= r->format->n) {
		finding_remedy(diagnose_error(r->diags, arg->index.mark,
					      "%s has no field of that index", r->event),
			       "it has %zu, from 0; see its format in tracefs", r->format->n);
		return;
	}
	field = &r->format->v[arg->index.v];
	if (field->offset < HIDDEN_BYTES) {
		diagnose_error(r->diags, arg->index.mark, "%s cannot be read by programs",
			       field->name);
		return;
	}
	resolve_type(r, arg, field);
	arg->index.v = place_of(r, arg, field);
	resolve_size(r, arg);
}

int policy_fields_place(const char *event, const struct tracepoint_format *format,
			struct arena *arena, const struct policy *policy, struct diagnostics *diags,
			const struct policy_hook **hook)
{
	struct typing typing = typing_begin(arena, policy, diags);
	struct resolver r = {.diags = diags, .format = format, .event = event};
	struct policy_hook *typed = typing_copy(&typing, *hook);

	if (!typed)
		return -ENOMEM;
	*hook = typed;
	for (size_t i = 0; i < typed->args.n; i++)
		resolve_arg(&r, &typed->args.v[i]);
	if (typing_works(&typing))
		typing_read_values(&typing, typed);
	if (arena->failed)
		return -ENOMEM;
	return typing_works(&typing) ? 0 : -EINVAL;
}

int policy_fields_resolve(const char *event, struct arena *arena, const struct policy *policy,
			  struct diagnostics *diags, const struct policy_hook **hook)
{
	_cleanup_free_ struct tracepoint_format *format = malloc(sizeof(*format));
	int r;

	if (!format)
		return -ENOMEM;
	r = tracepoint_format_read(event, format);
	if (r >= 0)
		return policy_fields_place(event, format, arena, policy, diags, hook);
	finding_why(diagnose_error(diags, (*hook)->event.mark,
				   r == -EACCES ? "the fields of tracepoint %s are not known"
						: "this kernel has no tracepoint %s",
				   event),
		    "its format cannot be read in tracefs: %s", strerror(-r));
	return r;
}
