// SPDX-License-Identifier: Apache-2.0
#include "cli/info_json.h"
#include "base/macro.h"
#include "cli/json_members.h"
#include "cli/message.h"
#include "event/json.h"

#include "google/protobuf/any.pb-c.h"
#include "google/protobuf/wrappers.pb-c.h"

#include <string.h>

/* What values of options come in. */
static const ProtobufCMessageDescriptor *const wrappers[] = {
	&google__protobuf__string_value__descriptor, &google__protobuf__bool_value__descriptor,
	&google__protobuf__int32_value__descriptor,  &google__protobuf__int64_value__descriptor,
	&google__protobuf__uint32_value__descriptor, &google__protobuf__uint64_value__descriptor,
	&google__protobuf__double_value__descriptor, &google__protobuf__float_value__descriptor,
	&google__protobuf__bytes_value__descriptor,
};

static const ProtobufCMessageDescriptor *type_of(const char *url)
{
	const char *slash = strrchr(url, '/'), *name = slash ? slash + 1 : url;

	for (size_t i = 0; i < ARRAY_SIZE(wrappers); i++)
		if (!strcmp(wrappers[i]->name, name))
			return wrappers[i];
	return NULL;
}

/* As JSON has it; of a type that is not known, what there is to say of it. */
void info_json_value(struct str *out, const Google__Protobuf__Any *any)
{
	struct json_writer writer = {0};
	const ProtobufCMessageDescriptor *type = any ? type_of(any->type_url) : NULL;
	_cleanup_message_ ProtobufCMessage *value =
		type ? protobuf_c_message_unpack(type, NULL, any->value.len, any->value.data)
		     : NULL;

	if (value)
		json_write(&writer, out, value);
	else if (any)
		json_write(&writer, out, &any->base);
	else
		str_append_lit(out, "null");
}

void info_json(struct str *out, const Tetragon__GetInfoResponse *info)
{
	json_put_begin(out, NULL, '{');
	json_put_string(out, "name", info->name);
	json_put_string(out, "version", info->version);
	if (info->build) {
		json_put_begin(out, "build", '{');
		json_put_string(out, "commit", info->build->commit);
		json_put_string(out, "time", info->build->time);
		json_put_string(out, "modified", info->build->modified);
		json_put_end(out, '}');
	}
	json_put_begin(out, "probes", '{');
	for (size_t i = 0; i < info->n_probes; i++)
		json_put_bool(out, info->probes[i]->name,
			      info->probes[i]->enabled && info->probes[i]->enabled->value);
	json_put_end(out, '}');
	json_put_begin(out, "options", '{');
	for (size_t i = 0; i < info->n_conf; i++) {
		json_put_name(out, info->conf[i]->key);
		info_json_value(out, info->conf[i]->value);
	}
	json_put_end(out, '}');
	json_put_end(out, '}');
	str_append_char(out, '\n');
}
