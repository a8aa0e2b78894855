// SPDX-License-Identifier: Apache-2.0
#include "cli/message.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *message_enum_word(const ProtobufCEnumDescriptor *type, int value, const char *prefix,
			      char *buf, size_t size)
{
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(type, value);
	const char *name = found ? found->name : "";
	size_t len = strlen(prefix);

	if (!found)
		snprintf(buf, size, "%d", value);
	else
		snprintf(buf, size, "%s", strncmp(name, prefix, len) ? name : name + len);
	for (char *p = buf; *p; p++)
		*p = (char)(*p == '_' ? ' ' : tolower(*p));
	return buf;
}
