/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_CLI_MESSAGE_H
#define OCELLI_CLI_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

/* A message that somebody sent us is freed at the end of the scope. */
static inline void message_free(ProtobufCMessage **message)
{
	if (*message)
		protobuf_c_message_free_unpacked(*message, NULL);
}

#define _cleanup_message_ __attribute__((cleanup(message_free)))

/* The name of a value in lower case without what is in front of all of the enum, "enabled" for
 * TP_STATE_ENABLED: copied to @buf, which is returned; the number of one that is not known. */
const char *message_enum_word(const ProtobufCEnumDescriptor *type, int value, const char *prefix,
			      char *buf, size_t size);

#endif
