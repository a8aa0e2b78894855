// SPDX-License-Identifier: Apache-2.0
#include "event/json_plan.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <stdlib.h>

/* The one state in here: a cache of constants. One thread writes JSON. */
static struct json_plan *plans[256];

static struct json_plan **bucket(const ProtobufCMessageDescriptor *type)
{
	/* Descriptors are some hundred bytes apart: their low bits say nothing, a product mixes
	 * the rest into its high ones. */
	uint64_t hash = (uint64_t)(uintptr_t)type * 0x9e3779b97f4a7c15ULL;

	return &plans[hash >> 56];
}

/*
 * Fields come in the order of their declaration. A descriptor has lost it, but
 * schemas number their fields in that order save for the members of a oneof,
 * which stand together: where the first of them has its place.
 */
static uint32_t rank(const ProtobufCMessageDescriptor *type, uint32_t number)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field(type, number);
	const ProtobufCFieldDescriptor *first = type->fields;

	if (!json_in_oneof(field))
		return number;
	/* The members of a oneof share its case, and all fields are sorted by number. */
	while (!json_in_oneof(first) || first->quantifier_offset != field->quantifier_offset)
		first++;
	return first->id;
}

static int compare_ops(const void *a, const void *b, void *type)
{
	const struct json_op *x = a, *y = b;
	bool x_ours = x->number >= JSON_FIRST_EXTENSION, y_ours = y->number >= JSON_FIRST_EXTENSION;
	uint32_t x_rank = rank(type, x->number), y_rank = rank(type, y->number);

	if (x_ours != y_ours)
		return x_ours - y_ours;
	if (x_rank != y_rank)
		return x_rank < y_rank ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static void plan_presence(struct json_op *op, const ProtobufCFieldDescriptor *field)
{
	bool pointer =
		field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE;

	op->presence_offset = field->quantifier_offset;
	if (op->shape != JSON_SINGLE) {
		op->presence = JSON_PRESENT_NONZERO_SIZE;
	} else if (json_in_oneof(field)) {
		op->presence = pointer ? JSON_PRESENT_CASE_POINTER : JSON_PRESENT_CASE;
	} else {
		op->presence = json_types[field->type].presence;
		op->presence_offset = field->offset;
	}
}

static void plan_value(struct json_op *op, const ProtobufCFieldDescriptor *field)
{
	json_value_fn *well_known = NULL;

	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		well_known = json_well_known_writer(field->descriptor);
	op->write = well_known ? well_known : json_types[field->type].write;
	op->type = field->descriptor;
}

static bool plan_field(struct json_op *op, const ProtobufCMessageDescriptor *type,
		       const ProtobufCFieldDescriptor *field)
{
	int len = asprintf(&op->label, ",\"%s\":", field->name);

	if (len < 0) {
		op->label = NULL;
		return false;
	}
	op->label_len = (uint32_t)len;
	op->number = field->id;
	op->offset = field->offset;
	op->size = (uint32_t)json_element_size(field->type);
	op->shape = json_shape(type, field);
	plan_presence(op, field);
	if (op->shape == JSON_MAP) {
		op->entry = field->descriptor;
		field = &op->entry->fields[1];
	}
	plan_value(op, field);
	return true;
}

static void plan_free(struct json_plan **plan)
{
	if (!*plan)
		return;
	for (size_t i = 0; i < (*plan)->n; i++)
		free((*plan)->ops[i].label);
	free(*plan);
	*plan = NULL;
}

static struct json_plan *plan_new(const ProtobufCMessageDescriptor *type)
{
	__attribute__((cleanup(plan_free))) struct json_plan *plan =
		calloc(1, sizeof(*plan) + type->n_fields * sizeof(plan->ops[0]));

	if (!plan)
		return NULL;
	plan->type = type;
	plan->n = type->n_fields;
	for (size_t i = 0; i < plan->n; i++) {
		if (!plan_field(&plan->ops[i], type, &type->fields[i]))
			return NULL;
		plan->n_schema += type->fields[i].id < JSON_FIRST_EXTENSION;
	}
	qsort_r(plan->ops, plan->n, sizeof(plan->ops[0]), compare_ops, (void *)type);
	return TAKE_PTR(plan);
}

const struct json_plan *json_plan_get(const ProtobufCMessageDescriptor *type)
{
	struct json_plan **first = bucket(type), *plan;

	for (plan = *first; plan; plan = plan->next)
		if (LIKELY(plan->type == type))
			return plan;
	plan = plan_new(type);
	if (!plan)
		return NULL;
	plan->next = *first;
	*first = plan;
	return plan;
}
