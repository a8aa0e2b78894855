// SPDX-License-Identifier: Apache-2.0
#include "filter/mask.h"
#include "base/macro.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Whether @name, of @len bytes, is that of the field: FieldMasks come in camelCase from JSON. */
static bool is_name_of(const ProtobufCFieldDescriptor *field, const char *name, size_t len)
{
	const char *have = field->name, *end = name + len;

	for (;;) {
		while (*have == '_')
			have++;
		while (name < end && *name == '_')
			name++;
		if (!*have || name == end)
			return !*have && name == end;
		if (tolower((unsigned char)*have++) != tolower((unsigned char)*name++))
			return false;
	}
}

static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *descriptor,
						  const char *name, size_t len)
{
	for (unsigned i = 0; i < descriptor->n_fields; i++)
		if (is_name_of(&descriptor->fields[i], name, len))
			return &descriptor->fields[i];
	return NULL;
}

static struct mask_entry *find_entry(const struct mask *mask, const ProtobufCFieldDescriptor *field)
{
	for (size_t i = 0; i < mask->n; i++)
		if (mask->v[i].field == field)
			return &mask->v[i];
	return NULL;
}

/* protoc names the messages that make up a map after the field, and gives them a key and a value.
 */
static bool is_map(const ProtobufCFieldDescriptor *field)
{
	const ProtobufCMessageDescriptor *d = field->descriptor;
	size_t len = strlen(d->short_name), suffix = strlen("Entry");

	return field->label == PROTOBUF_C_LABEL_REPEATED && d->n_fields == 2 && len > suffix &&
	       !strcmp(d->short_name + len - suffix, "Entry") &&
	       !strcmp(d->fields[0].name, "key") && !strcmp(d->fields[1].name, "value");
}

static int add_entry(struct mask *mask, const ProtobufCFieldDescriptor *field,
		     struct mask_entry **ret)
{
	struct mask_entry *v = reallocarray(mask->v, mask->n + 1, sizeof(*v));

	if (!v)
		return -ENOMEM;
	mask->v = v;
	v[mask->n] = (struct mask_entry){.field = field};
	*ret = &v[mask->n++];
	return 0;
}

int mask_add(struct mask *mask, const ProtobufCMessageDescriptor *descriptor, const char *path,
	     struct error **reterr)
{
	size_t len = strcspn(path, ".");
	const ProtobufCFieldDescriptor *field = find_field(descriptor, path, len);
	bool last = path[len] == '\0';
	struct mask_entry *entry;
	struct mask within = {0};
	int r;

	if (!field)
		return error_set(reterr, -ENOENT, "%s has no field \"%.*s\"",
				 descriptor->short_name, (int)len, path);
	if (!last && (field->type != PROTOBUF_C_TYPE_MESSAGE || is_map(field)))
		return error_set(reterr, -ENOENT, "\"%s\" of %s has no fields of its own",
				 field->name, descriptor->short_name);
	entry = find_entry(mask, field);
	if (entry) {
		if (last)
			mask_free(&entry->within);
		if (last || entry->within.n == 0)
			return 0;
		return mask_add(&entry->within, field->descriptor, path + len + 1, reterr);
	}
	if (!last) {
		r = mask_add(&within, field->descriptor, path + len + 1, reterr);
		if (r < 0)
			return r;
	}
	r = add_entry(mask, field, &entry);
	if (r < 0)
		mask_free(&within);
	else
		entry->within = within;
	return r;
}

static size_t value_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return sizeof(uint64_t);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(void *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	default:
		return sizeof(uint32_t);
	}
}

static void *member(ProtobufCMessage *msg, size_t offset)
{
	return (char *)msg + offset;
}

static bool is_other_of_oneof(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field)
{
	return (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
	       *(uint32_t *)member(msg, field->quantifier_offset) != field->id;
}

/* Unsets the field of a copy: what it held belongs to the original. */
static void clear(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *field)
{
	void *value = member(msg, field->offset);

	if (is_other_of_oneof(msg, field))
		return;
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		*(size_t *)member(msg, field->quantifier_offset) = 0;
		*(void **)value = NULL;
		return;
	}
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		*(uint32_t *)member(msg, field->quantifier_offset) = 0;
	memset(value, 0, value_size(field->type));
	if (field->type == PROTOBUF_C_TYPE_STRING)
		*(const char **)value = protobuf_c_empty_string;
}

/* Puts a masked copy in place of the message, or messages, in the field of a copy. */
static bool narrow(ProtobufCMessage *msg, const struct mask_entry *entry, bool exclude,
		   struct lazy *lazy, struct arena *arena)
{
	const ProtobufCFieldDescriptor *field = entry->field;
	ProtobufCMessage **value = member(msg, field->offset);
	size_t n;

	if (is_other_of_oneof(msg, field) || !*value)
		return true;
	if (field->label != PROTOBUF_C_LABEL_REPEATED) {
		*value = mask_apply(&entry->within, exclude, *value, lazy, arena);
		return *value;
	}
	n = *(size_t *)member(msg, field->quantifier_offset);
	if (n > 0) {
		ProtobufCMessage **from = *(ProtobufCMessage ***)value;
		ProtobufCMessage **to = arena_alloc(arena, n * sizeof(*to));

		for (size_t i = 0; to && i < n; i++) {
			to[i] = mask_apply(&entry->within, exclude, from[i], lazy, arena);
			if (!to[i])
				return false;
		}
		*(ProtobufCMessage ***)value = to;
		return to;
	}
	return true;
}

ProtobufCMessage *mask_apply(const struct mask *mask, bool exclude, const ProtobufCMessage *msg,
			     struct lazy *lazy, struct arena *arena)
{
	const ProtobufCMessageDescriptor *descriptor = msg->descriptor;
	ProtobufCMessage *copy = arena_alloc(arena, descriptor->sizeof_message);

	if (!copy || lazy_fill(lazy, msg) < 0)
		return NULL;
	memcpy(copy, msg, descriptor->sizeof_message);
	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		const struct mask_entry *entry = find_entry(mask, field);

		if (entry && entry->within.n > 0) {
			if (!narrow(copy, entry, exclude, lazy, arena))
				return NULL;
		} else if (!!entry == exclude) {
			clear(copy, field);
		}
	}
	return copy;
}

void mask_free(struct mask *mask)
{
	for (size_t i = 0; i < mask->n; i++)
		mask_free(&mask->v[i].within);
	free(mask->v);
	*mask = (struct mask){0};
}
