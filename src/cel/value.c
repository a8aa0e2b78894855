// SPDX-License-Identifier: Apache-2.0
#include "cel/value.h"

#include "base/number.h"
#include "cel/calendar.h"
#include "cel/net.h"
#include "cel/proto.h"
#include "cel/text.h"

/* As much of a string and as many elements as are shown, and how deep. */
#define SHOWN_BYTES 64
#define SHOWN_ITEMS 8
#define SHOWN_LEVELS 4

/* As cel-go has it, which is Go's "%g". */
static const struct number_style number_style = {
	.nan = "NaN",
	.infinity = "+Inf",
	.minus_infinity = "-Inf",
	.fixed_from = -4,
	.fixed_below = 6,
	.exponent_digits = 2,
};

static void append(struct str *out, const struct cel_value *value, unsigned levels);

static void append_text(struct str *out, const struct cel_value *value)
{
	size_t shown = 0;

	while (shown < value->text.len && shown < SHOWN_BYTES)
		shown += cel_text_step(value->text.data + shown, value->text.len - shown);
	str_append_char(out, '"');
	str_append(out, value->text.data, shown);
	if (shown < value->text.len)
		str_append_lit(out, "…");
	str_append_char(out, '"');
}

static void append_bytes(struct str *out, const struct cel_value *value)
{
	str_append_lit(out, "b\"");
	for (size_t i = 0; i < MIN(value->text.len, (size_t)SHOWN_BYTES); i++)
		str_appendf(out, "\\x%02x", (unsigned char)value->text.data[i]);
	if (value->text.len > SHOWN_BYTES)
		str_append_lit(out, "…");
	str_append_char(out, '"');
}

static void append_items(struct str *out, const struct cel_value *value, unsigned levels)
{
	bool is_map = value->kind == CEL_MAP;
	struct cel_value item = {.kind = CEL_NONE};

	str_append_char(out, is_map ? '{' : '[');
	for (uint32_t i = 0; i < value->n; i++) {
		if (i > 0)
			str_append_lit(out, ", ");
		if (levels == 0 || i == SHOWN_ITEMS) {
			str_append_lit(out, "…");
			break;
		}
		if (is_map) {
			cel_map_key(value, i, &item);
			append(out, &item, levels - 1);
			str_append_lit(out, ": ");
			cel_map_value(value, i, &item);
		} else {
			cel_list_get(value, i, &item);
		}
		append(out, &item, levels - 1);
	}
	str_append_char(out, is_map ? '}' : ']');
}

static void append(struct str *out, const struct cel_value *value, unsigned levels)
{
	switch (value->kind) {
	case CEL_BOOL:
		str_append_z(out, value->boolean ? "true" : "false");
		break;
	case CEL_INT:
		str_append_i64(out, value->integer);
		break;
	case CEL_UINT:
		str_append_u64(out, value->uinteger);
		str_append_char(out, 'u');
		break;
	case CEL_DOUBLE:
		number_append_double(out, value->number, &number_style);
		break;
	case CEL_STRING:
		append_text(out, value);
		break;
	case CEL_BYTES:
		append_bytes(out, value);
		break;
	case CEL_TIMESTAMP:
		cel_time_append(out, value->timestamp.seconds, value->timestamp.nanos);
		break;
	case CEL_DURATION:
		cel_duration_append(out, value->duration);
		break;
	case CEL_LIST:
	case CEL_MAP:
		append_items(out, value, levels);
		break;
	case CEL_MESSAGE:
		str_appendf(out, "%s{…}", value->message.type->name);
		break;
	case CEL_TYPE:
		str_append(out, value->text.data, value->text.len);
		break;
	case CEL_IP:
	case CEL_CIDR:
		cel_net_append(out, value);
		break;
	default:
		str_append_lit(out, "null");
		break;
	}
}

void cel_value_append(struct str *out, const struct cel_value *value)
{
	append(out, value, SHOWN_LEVELS);
}
