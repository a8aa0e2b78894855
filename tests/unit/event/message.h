/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_TESTS_MESSAGE_H
#define OCELLI_TESTS_MESSAGE_H

/* Well-known types as expressions, for messages built by hand. They live as long as the block. */

#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/timestamp.pb-c.h>
#include <google/protobuf/wrappers.pb-c.h>

/* The generated structs point to text they never change. */
#define TEXT(s) ((char *)(s))

#define INIT(descriptor) {(descriptor), 0, NULL}

#define BOOL(v) \
	(&(Google__Protobuf__BoolValue){INIT(&google__protobuf__bool_value__descriptor), (v)})
#define INT32(v) \
	(&(Google__Protobuf__Int32Value){INIT(&google__protobuf__int32_value__descriptor), (v)})
#define UINT32(v) \
	(&(Google__Protobuf__UInt32Value){INIT(&google__protobuf__uint32_value__descriptor), (v)})
#define TIME(seconds, nanos)                                                                       \
	(&(Google__Protobuf__Timestamp){INIT(&google__protobuf__timestamp__descriptor), (seconds), \
					(nanos)})
#define DURATION(seconds, nanos)                                                                 \
	(&(Google__Protobuf__Duration){INIT(&google__protobuf__duration__descriptor), (seconds), \
				       (nanos)})

#endif
