// SPDX-License-Identifier: Apache-2.0
#include "cel/type.h"

#include "base/macro.h"

/* Deeper than anyone reads. */
#define SHOWN_LEVELS 6

const struct cel_type cel_simple_types[_CEL_KIND_MAX] = {
#define SIMPLE(k) [k] = {.kind = (k)}
	SIMPLE(CEL_NULL),     SIMPLE(CEL_BOOL),   SIMPLE(CEL_INT),   SIMPLE(CEL_UINT),
	SIMPLE(CEL_DOUBLE),   SIMPLE(CEL_STRING), SIMPLE(CEL_BYTES), SIMPLE(CEL_TIMESTAMP),
	SIMPLE(CEL_DURATION), SIMPLE(CEL_TYPE),   SIMPLE(CEL_IP),    SIMPLE(CEL_CIDR),
	SIMPLE(CEL_DYN),
#undef SIMPLE
};

static const char *const names[_CEL_KIND_MAX] = {
	[CEL_NONE] = "nothing",
	[CEL_NULL] = "null_type",
	[CEL_BOOL] = "bool",
	[CEL_INT] = "int",
	[CEL_UINT] = "uint",
	[CEL_DOUBLE] = "double",
	[CEL_STRING] = "string",
	[CEL_BYTES] = "bytes",
	[CEL_TIMESTAMP] = "google.protobuf.Timestamp",
	[CEL_DURATION] = "google.protobuf.Duration",
	[CEL_LIST] = "list",
	[CEL_MAP] = "map",
	[CEL_MESSAGE] = "message",
	[CEL_TYPE] = "type",
	[CEL_IP] = "net.IP",
	[CEL_CIDR] = "net.CIDR",
	[CEL_DYN] = "dyn",
	[CEL_NULLABLE] = "nullable",
	[CEL_VARIABLE] = "dyn",
};

const char *cel_kind_name(enum cel_kind kind)
{
	return names[kind];
}

const struct cel_type *cel_type_resolve(const struct cel_type *type)
{
	while (type->kind == CEL_VARIABLE && type->arg[0])
		type = type->arg[0];
	return type;
}

static void append(struct str *out, const struct cel_type *type, unsigned levels)
{
	type = cel_type_resolve(type);
	if (levels == 0) {
		str_append_lit(out, "…");
		return;
	}
	str_append_z(out, type->kind == CEL_MESSAGE ? type->message->name : names[type->kind]);
	if (type->kind == CEL_NULLABLE) {
		str_append_char(out, ' ');
		append(out, type->arg[0], levels - 1);
	} else if (type->kind == CEL_LIST || type->kind == CEL_MAP) {
		str_append_char(out, '(');
		append(out, type->arg[0], levels - 1);
		if (type->kind == CEL_MAP) {
			str_append_lit(out, ", ");
			append(out, type->arg[1], levels - 1);
		}
		str_append_char(out, ')');
	}
}

void cel_type_append(struct str *out, const struct cel_type *type)
{
	append(out, type, SHOWN_LEVELS);
}
