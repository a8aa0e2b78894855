/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_API_DESCRIPTORS_H
#define OCELLI_API_DESCRIPTORS_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

/* Files of the schema as google.protobuf.FileDescriptorProto. What is found points into the
 * program. */

/* By a name as imports have it: "tetragon/events.proto". */
bool descriptors_find_file(const char *name, ProtobufCBinaryData *ret);

/* By what is defined there: "tetragon.Process", "tetragon.Process.pid", a service, a method. */
bool descriptors_find_symbol(const char *symbol, ProtobufCBinaryData *ret);

#endif
