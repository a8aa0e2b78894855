/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OCELLI_PROTO_EMBEDDED_H
#define OCELLI_PROTO_EMBEDDED_H

#include <stdint.h>

/* A google.protobuf.FileDescriptorSet of all that the API has. */
extern const uint8_t proto_descriptors[], proto_descriptors_end[];

#endif
