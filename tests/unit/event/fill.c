// SPDX-License-Identifier: Apache-2.0
#include "fill.h"

#include "base/macro.h"
#include "event/json_shape.h"

#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/field_mask.pb-c.h>
#include <google/protobuf/timestamp.pb-c.h>
#include <tetragon/eventlogservice.pb-c.h>
#include <tetragon/sensors.pb-c.h>

#include <float.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct types {
	const ProtobufCMessageDescriptor **v;
	size_t n;
};

/* Adds @type and all that it is made of. */
static void add_type(struct types *types, const ProtobufCMessageDescriptor *type)
{
	for (size_t i = 0; i < types->n; i++)
		if (types->v[i] == type)
			return;
	types->v = realloc(types->v, (types->n + 1) * sizeof(types->v[0]));
	types->v[types->n++] = type;
	for (unsigned i = 0; i < type->n_fields; i++)
		if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
			add_type(types, type->fields[i].descriptor);
}

size_t schema_types(const ProtobufCMessageDescriptor ***ret)
{
	static const ProtobufCServiceDescriptor *const services[] = {
		&tetragon__fine_guidance_sensors__descriptor,
		&tetragon__event_log_service__descriptor,
	};
	/* Those that no service mentions. */
	static const ProtobufCMessageDescriptor *const others[] = {
		&tetragon__redaction_filter__descriptor,
		&google__protobuf__double_value__descriptor,
		&google__protobuf__float_value__descriptor,
		&google__protobuf__int64_value__descriptor,
		&google__protobuf__uint64_value__descriptor,
		&google__protobuf__string_value__descriptor,
		&google__protobuf__bytes_value__descriptor,
	};
	struct types types = {0};

	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		for (unsigned k = 0; k < services[i]->n_methods; k++) {
			add_type(&types, services[i]->methods[k].input);
			add_type(&types, services[i]->methods[k].output);
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		add_type(&types, others[i]);
	*ret = types.v;
	return types.n;
}

#define PICK(array, seed) ((array)[(seed) % ARRAY_SIZE(array)])

static const int32_t int32s[] = {1, -1, INT32_MAX, INT32_MIN, 0};
static const uint32_t uint32s[] = {1, UINT32_MAX, 0, 4711};
static const int64_t int64s[] = {1, -1, INT64_MAX, INT64_MIN, 0, (1LL << 53) + 1};
static const uint64_t uint64s[] = {1, UINT64_MAX, 0, (1ULL << 63), (1ULL << 53) + 1};
static const float floats[] = {0.1f, FLT_MAX, FLT_MIN, 16777216.0f, -1e-7f};
static const double doubles[] = {0.1, DBL_MAX, DBL_MIN, 5e-324, 1e21, 123456789.125};
static const char *const strings[] = {
	"plain",
	"",
	"quote\" back\\slash / \x7f",
	"\b\t\n\f\r\x01\x1f",
	"gr\xc3\xbcn \xe2\x82\xac \xf0\x9f\x90\x9d",
	"longer than one word of eight bytes, or two",
};

static char *fill_string(unsigned seed)
{
	return strdup(PICK(strings, seed));
}

static ProtobufCBinaryData fill_bytes(unsigned seed)
{
	ProtobufCBinaryData bytes = {.len = seed % 5};

	if (bytes.len == 0)
		return bytes;
	bytes.data = malloc(bytes.len);
	memset(bytes.data, 0xfa + (int)seed % 6, bytes.len);
	return bytes;
}

static int fill_enum(const ProtobufCEnumDescriptor *type, unsigned seed)
{
	unsigned i = seed % (type->n_values + 1);

	return i < type->n_values ? type->values[i].value : 987654;
}

static void fill_value(const ProtobufCFieldDescriptor *field, unsigned seed, void *to)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		*(int32_t *)to = PICK(int32s, seed);
		break;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		*(uint32_t *)to = PICK(uint32s, seed);
		break;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		*(int64_t *)to = PICK(int64s, seed);
		break;
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		*(uint64_t *)to = PICK(uint64s, seed);
		break;
	case PROTOBUF_C_TYPE_FLOAT:
		*(float *)to = PICK(floats, seed);
		break;
	case PROTOBUF_C_TYPE_DOUBLE:
		*(double *)to = PICK(doubles, seed);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)to = seed % 3 != 0;
		break;
	case PROTOBUF_C_TYPE_ENUM:
		*(int *)to = fill_enum(field->descriptor, seed);
		break;
	case PROTOBUF_C_TYPE_STRING:
		*(char **)to = fill_string(seed);
		break;
	case PROTOBUF_C_TYPE_BYTES:
		*(ProtobufCBinaryData *)to = fill_bytes(seed);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		*(ProtobufCMessage **)to = fill_message(field->descriptor, seed);
		break;
	}
}

static void fill_list(const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field,
		      unsigned seed, char *msg)
{
	size_t n = 1 + seed % 3, size = json_element_size(field->type);
	char *elements = calloc(n, size);

	for (size_t i = 0; i < n; i++)
		fill_value(field, seed + 7 * (unsigned)i, elements + i * size);
	*(size_t *)(void *)(msg + field->quantifier_offset) = n;
	memcpy(msg + field->offset, &elements, sizeof(elements));

	/* Keys in order, as they are read back. */
	for (size_t i = 0; json_shape(type, field) == JSON_MAP && i < n; i++) {
		const ProtobufCMessageDescriptor *entry = field->descriptor;
		char **key =
			(char **)(void *)(((char **)(void *)elements)[i] + entry->fields[0].offset);

		free(*key);
		if (asprintf(key, "key \"%zu\"", i) < 0)
			abort();
	}
}

/* The types whose fields do not take just any value. */
static bool fill_well_known(ProtobufCMessage *msg, unsigned seed)
{
	static const int64_t seconds[] = {-62135596800, 253402300799, 0, -1, 1795000000};
	static const int32_t nanos[] = {0, 999999999, 500000000, 123000, 1};
	static const char *const paths[] = {"process.exec_id", "a", "node_name"};

	if (msg->descriptor == &google__protobuf__timestamp__descriptor) {
		Google__Protobuf__Timestamp *t = (Google__Protobuf__Timestamp *)msg;

		t->seconds = PICK(seconds, seed);
		t->nanos = PICK(nanos, seed / 2);
	} else if (msg->descriptor == &google__protobuf__duration__descriptor) {
		Google__Protobuf__Duration *d = (Google__Protobuf__Duration *)msg;

		d->seconds = PICK(seconds, seed);
		d->nanos = PICK(nanos, seed / 2) * (d->seconds < 0 ? -1 : 1);
	} else if (msg->descriptor == &google__protobuf__field_mask__descriptor) {
		Google__Protobuf__FieldMask *mask = (Google__Protobuf__FieldMask *)msg;

		mask->n_paths = seed % 4;
		mask->paths = calloc(4, sizeof(char *));
		for (size_t i = 0; i < mask->n_paths; i++)
			mask->paths[i] = strdup(paths[i]);
	} else {
		return false;
	}
	return true;
}

/* How many fields share the oneof of @field, and in *ret the place of @field among them. */
static unsigned oneof_members(const ProtobufCMessageDescriptor *type,
			      const ProtobufCFieldDescriptor *field, unsigned *ret)
{
	unsigned n = 0;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *other = &type->fields[i];

		if (other == field)
			*ret = n;
		n += json_in_oneof(other) && other->quantifier_offset == field->quantifier_offset;
	}
	return n;
}

static void fill_field(const ProtobufCMessageDescriptor *type, unsigned i, unsigned seed, char *msg)
{
	const ProtobufCFieldDescriptor *field = &type->fields[i];
	unsigned at = 0;

	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		fill_list(type, field, seed + i, msg);
		return;
	}
	if (json_in_oneof(field)) {
		if (seed % oneof_members(type, field, &at) != at)
			return;
		*(uint32_t *)(void *)(msg + field->quantifier_offset) = field->id;
	}
	fill_value(field, seed + i, msg + field->offset);
}

ProtobufCMessage *fill_message(const ProtobufCMessageDescriptor *type, unsigned seed)
{
	ProtobufCMessage *msg = malloc(type->sizeof_message);

	protobuf_c_message_init(type, msg);
	if (!fill_well_known(msg, seed))
		for (unsigned i = 0; i < type->n_fields; i++)
			fill_field(type, i, seed, (char *)msg);
	return msg;
}
