// SPDX-License-Identifier: Apache-2.0
#include "event/json_plan.h"

#include "base/cleanup.h"
#include "base/utf8.h"

#include <stdlib.h>

/* Members are read by their size: what the plan calls a pointer is one to any type of message. */
#define LOAD(type, from)                         \
	__extension__({                          \
		type _v;                         \
		memcpy(&_v, (from), sizeof(_v)); \
		_v;                              \
	})

static inline bool is_present(const struct json_op *op, const char *msg)
{
	const char *at = msg + op->presence_offset, *text;

	switch (op->presence) {
	case JSON_PRESENT_NONZERO32:
		return LOAD(uint32_t, at) != 0;
	case JSON_PRESENT_NONZERO64:
		return LOAD(uint64_t, at) != 0;
	case JSON_PRESENT_TEXT:
		text = LOAD(const char *, at);
		return text && *text;
	case JSON_PRESENT_CASE:
		return LOAD(uint32_t, at) == op->number;
	case JSON_PRESENT_CASE_POINTER:
		return LOAD(uint32_t, at) == op->number && LOAD(void *, msg + op->offset);
	}
	return false;
}

static void write_list(struct json_writer *w, struct str *out, const struct json_op *op,
		       const char *msg)
{
	const char *element = LOAD(const char *, msg + op->offset);
	size_t n = LOAD(size_t, msg + op->presence_offset);

	str_append_char(out, '[');
	for (size_t i = 0; i < n; i++, element += op->size) {
		if (i > 0)
			str_append_char(out, ',');
		op->write(w, out, op->type, element);
	}
	str_append_char(out, ']');
}

/* A key of a map, in the text of them all: offsets, for the text moves as it grows. */
struct map_key {
	size_t entry;
	size_t at, len;
};

static int compare_text(const struct map_key *a, const struct map_key *b, const char *text)
{
	int order = memcmp(text + a->at, text + b->at, MIN(a->len, b->len));

	if (order)
		return order;
	return (a->len > b->len) - (a->len < b->len);
}

/* Equal keys stay in the order of their entries. */
static int compare_keys(const void *a, const void *b, void *text)
{
	const struct map_key *x = a, *y = b;
	int order = compare_text(x, y, text);

	return order ? order : (x->entry > y->entry) - (x->entry < y->entry);
}

static void write_map(struct json_writer *w, struct str *out, const struct json_op *op,
		      const char *msg)
{
	const ProtobufCMessage *const *entries =
		LOAD(const ProtobufCMessage *const *, msg + op->offset);
	size_t n = LOAD(size_t, msg + op->presence_offset), written = 0;
	const ProtobufCFieldDescriptor *key = &op->entry->fields[0], *value = key + 1;
	_cleanup_free_ struct map_key *keys = calloc(n, sizeof(*keys));
	_cleanup_str_ struct str text = STR_INIT;

	/* Sorted as they are written, which is with their bad bytes replaced. */
	for (size_t i = 0; keys && i < n; i++) {
		const char *s = LOAD(const char *, (const char *)entries[i] + key->offset);

		keys[i] = (struct map_key){.entry = i, .at = text.len};
		if (s)
			utf8_append_valid(&text, s, strlen(s));
		keys[i].len = text.len - keys[i].at;
	}
	if (!keys || !str_cstr(&text)) {
		out->failed = true;
		return;
	}
	qsort_r(keys, n, sizeof(*keys), compare_keys, text.data);

	str_append_char(out, '{');
	for (size_t i = 0; i < n; i++) {
		/* As protobuf has it, the last entry of a key counts. */
		if (i + 1 < n && !compare_text(&keys[i], &keys[i + 1], text.data))
			continue;
		if (written++ > 0)
			str_append_char(out, ',');
		json_write_string(out, text.data + keys[i].at, keys[i].len);
		str_append_char(out, ':');
		op->write(w, out, op->type, (const char *)entries[keys[i].entry] + value->offset);
	}
	str_append_char(out, '}');
}

/* Each field brings its comma along; the first leaves it out. */
static inline void write_field(struct json_writer *w, struct str *out, const struct json_op *op,
			       const char *msg, bool first)
{
	str_append(out, op->label + first, op->label_len - first);
	if (LIKELY(op->shape == JSON_SINGLE))
		op->write(w, out, op->type, msg + op->offset);
	else if (op->shape == JSON_LIST)
		write_list(w, out, op, msg);
	else
		write_map(w, out, op, msg);
}

static void write_object(struct json_writer *w, struct str *out, const ProtobufCMessage *msg)
{
	const struct json_plan *plan = json_plan_get(msg->descriptor);
	bool first = true;

	if (UNLIKELY(!plan)) {
		out->failed = true;
		return;
	}
	str_append_char(out, '{');
	for (size_t i = 0, n = w->extensions ? plan->n : plan->n_schema; i < n; i++) {
		if (!is_present(&plan->ops[i], (const char *)msg))
			continue;
		write_field(w, out, &plan->ops[i], (const char *)msg, first);
		first = false;
	}
	str_append_char(out, '}');
}

void json_write_message(struct json_writer *w, struct str *out, _unused_ const void *type,
			const void *value)
{
	const ProtobufCMessage *msg = LOAD(const void *, value);

	if (!w->message || !w->message(w, out, msg))
		write_object(w, out, msg);
}

size_t json_write_fields(struct json_writer *w, struct str *out, const ProtobufCMessage *msg,
			 unsigned first, unsigned last)
{
	const struct json_plan *plan = json_plan_get(msg->descriptor);
	size_t written = 0;

	if (UNLIKELY(!plan)) {
		out->failed = true;
		return 0;
	}
	for (size_t i = 0, n = w->extensions ? plan->n : plan->n_schema; i < n; i++) {
		const struct json_op *op = &plan->ops[i];

		if (op->number >= first && op->number <= last && is_present(op, (const char *)msg))
			write_field(w, out, op, (const char *)msg, written++ == 0);
	}
	return written;
}

void json_write(struct json_writer *w, struct str *out, const ProtobufCMessage *msg)
{
	json_value_fn *well_known = json_well_known_writer(msg->descriptor);

	if (well_known)
		well_known(w, out, msg->descriptor, &msg);
	else
		write_object(w, out, msg);
}
