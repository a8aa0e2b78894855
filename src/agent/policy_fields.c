// SPDX-License-Identifier: Apache-2.0
#include "agent/policy_fields.h"
#include "base/cleanup.h"
#include "base/macro.h"
#include "compile/backend.h"
#include "policy/arg_type.h"
#include "policy/operator.h"
#include "policy/values.h"
#include "sensor/tracepoint_format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Instead of the first eight bytes of a record, programs get something else
 * (include/trace/perf.h): common_type and its like are not theirs to read. */
#define HIDDEN_BYTES 8

struct resolver {
	struct builder builder;
	const struct tracepoint_format *format;
	const struct policy *policy;
	const char *event;
	size_t mistakes; /* there were before */
};

static bool failed(const struct resolver *r)
{
	return r->builder.diags->mistakes > r->mistakes;
}

static void *copy(struct resolver *r, const void *from, size_t n, size_t size)
{
	void *to = arena_alloc(r->builder.arena, MAX(n, 1) * size);

	return to && n ? memcpy(to, from, n * size) : to;
}

/* --- fields */

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
		arg->type.v = vocabulary_find(&arg_types, name, strlen(name));
	else
		finding_remedy(diagnose_error(r->builder.diags, arg->mark,
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
		diagnose_error(r->builder.diags, arg->mark, "%s is no number", field->name);
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
		diagnose_error(r->builder.diags, arg->size_index.mark,
			       "%s has %zu fields, from 1 by sizeArgIndex", r->event, r->format->n);
}

static void resolve_arg(struct resolver *r, struct policy_arg *arg)
{
	const struct tracepoint_field *field;

	if (arg->index.v < 0 || (uint64_t)arg->index.v >= r->format->n) {
		finding_remedy(diagnose_error(r->builder.diags, arg->index.mark,
					      "%s has no field of that index", r->event),
			       "it has %zu, from 0; see its format in tracefs", r->format->n);
		return;
	}
	field = &r->format->v[arg->index.v];
	if (field->offset < HIDDEN_BYTES) {
		diagnose_error(r->builder.diags, arg->index.mark, "%s cannot be read by programs",
			       field->name);
		return;
	}
	resolve_type(r, arg, field);
	arg->index.v = place_of(r, arg, field);
	resolve_size(r, arg);
}

/* --- values of fields whose type was not known */

static void resolve_match(struct resolver *r, const struct policy_hook *hook,
			  struct policy_arg_match *match)
{
	const struct operator* op = operator_at((size_t)match->operator.v);
	const struct arg_type *type = arg_type_at((size_t)hook->args.v[match->arg].type.v);

	if (match->values.kind != POLICY_VALUES_DEFERRED)
		return;
	if (!(type->groups & op->groups)) {
		diagnose_error(r->builder.diags, match->operator.mark,
			       "the field is not of a type that %s is for", op->name);
		return;
	}
	values_read(&r->builder, op, type, &match->texts, &r->policy->spec.lists, &match->values);
}

static void resolve_selectors(struct resolver *r, struct policy_hook *hook)
{
	struct policy_selector *v =
		copy(r, hook->selectors.v, hook->selectors.n, sizeof(*hook->selectors.v));

	if (!v)
		return;
	hook->selectors.v = v;
	for (size_t i = 0; i < hook->selectors.n; i++) {
		v[i].args.v = copy(r, v[i].args.v, v[i].args.n, sizeof(*v[i].args.v));
		for (size_t j = 0; v[i].args.v && j < v[i].args.n; j++)
			resolve_match(r, hook, &v[i].args.v[j]);
	}
}

static struct policy_hook *resolve(struct resolver *r, const struct policy_hook *from)
{
	struct policy_hook *hook = copy(r, from, 1, sizeof(*from));

	if (!hook)
		return NULL;
	hook->args.v = copy(r, from->args.v, from->args.n, sizeof(*from->args.v));
	for (size_t i = 0; hook->args.v && i < hook->args.n; i++)
		resolve_arg(r, &hook->args.v[i]);
	if (hook->args.v && !failed(r))
		resolve_selectors(r, hook);
	return hook;
}

int policy_fields_resolve(const char *event, struct arena *arena, const struct policy *policy,
			  struct diagnostics *diags, const struct policy_hook **hook)
{
	_cleanup_free_ struct tracepoint_format *format = malloc(sizeof(*format));
	struct resolver r = {
		.builder = {.arena = arena, .diags = diags, .left = BUILDER_COST_MAX},
		.format = format,
		.policy = policy,
		.event = event,
		.mistakes = diags->mistakes,
	};
	int e;

	if (!format)
		return -ENOMEM;
	e = tracepoint_format_read(event, format);
	if (e < 0) {
		finding_why(diagnose_error(r.builder.diags, (*hook)->event.mark,
					   "this kernel has no tracepoint %s", event),
			    "its format cannot be read in tracefs: %s", strerror(-e));
		return e;
	}
	*hook = resolve(&r, *hook);
	if (arena->failed)
		return -ENOMEM;
	return failed(&r) ? -EINVAL : 0;
}
